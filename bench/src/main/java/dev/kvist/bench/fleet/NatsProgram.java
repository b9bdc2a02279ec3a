package dev.kvist.bench.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A {@code nats-server} that is installed here, new enough to have all that Kvist uses.
 *
 * @param path the executable file
 * @param version as it says
 */
public record NatsProgram(Path path, String version) {
  /** What to do where there is none. */
  public static final String MISSING =
      "no nats-server 2.12 or newer was found: install one on the PATH, or name it in NATS_SERVER; on"
          + " Debian ./check fetches one";

  /** The first with batches that are stored whole or not at all. */
  private static final int LEAST_MINOR_VERSION = 12;

  private static final Pattern VERSION = Pattern.compile("v(2\\.([0-9]+)\\.\\S+)");

  private static final class Found {
    static final @Nullable NatsProgram PROGRAM = find(System.getenv().getOrDefault("PATH", ""));
  }

  /**
   * The first of: those that {@code NATS_SERVER} names with colons between, those that {@code
   * ./check} fetched, those on the PATH. Null when there is none.
   */
  public static @Nullable NatsProgram found() {
    return Found.PROGRAM;
  }

  private static @Nullable NatsProgram find(String path) {
    for (Path candidate : candidates(path)) {
      NatsProgram program = Files.isExecutable(candidate) ? of(candidate) : null;
      if (program != null) {
        return program;
      }
    }
    return null;
  }

  private static List<Path> candidates(String path) {
    var candidates = new ArrayList<Path>();
    String named = System.getenv().getOrDefault("NATS_SERVER", "");
    split(named).forEach(program -> candidates.add(Path.of(program)));
    File[] fetched = cache().resolve("nats-server").toFile().listFiles();
    if (fetched != null) {
      Arrays.sort(fetched);
      for (File suite : fetched) {
        candidates.add(suite.toPath().resolve("usr/sbin/nats-server"));
      }
    }
    split(path).forEach(folder -> candidates.add(Path.of(folder, "nats-server")));
    return candidates;
  }

  private static List<String> split(String paths) {
    return Arrays.stream(paths.split(File.pathSeparator, -1))
        .filter(path -> !path.isEmpty())
        .toList();
  }

  private static Path cache() {
    String own = System.getenv().getOrDefault("KVIST_CACHE", "");
    if (!own.isEmpty()) {
      return Path.of(own);
    }
    String caches = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
    return caches.isEmpty()
        ? Path.of(System.getProperty("user.home"), ".cache", "kvist")
        : Path.of(caches, "kvist");
  }

  private static @Nullable NatsProgram of(Path path) {
    try {
      Process process = new ProcessBuilder(path.toString(), "--version").start();
      return of(path, new String(process.getInputStream().readAllBytes(), UTF_8));
    } catch (IOException e) {
      return null;
    }
  }

  /** By what it says of its version; null when that is too old, or none at all. */
  static @Nullable NatsProgram of(Path path, String said) {
    Matcher matcher = VERSION.matcher(said);
    boolean fits = matcher.find() && Integer.parseInt(matcher.group(2)) >= LEAST_MINOR_VERSION;
    return fits ? new NatsProgram(path, matcher.group(1)) : null;
  }
}

package dev.kvist.tck.nats;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * The two servers that everything is tested against: an old one without filters by list (2.10), TTL
 * (2.11) and atomic batches (2.12), and a current one.
 *
 * <p>Looked for in {@code NATS_SERVER} (paths with colons between), the cache that {@code ./check}
 * fills, and on the PATH. A test that does not find its server is skipped; or fails, when {@code
 * ./check} has put it into {@code KVIST_REQUIRED_SERVERS}.
 */
public enum NatsKind {
  /** Older than 2.10. */
  OLD("nats-old", 0, 9),

  /** 2.12 or newer. */
  CURRENT("nats-current", 12, Integer.MAX_VALUE);

  private static final Pattern VERSION = Pattern.compile("v2\\.([0-9]+)\\.");
  private static final Map<NatsKind, Path> FOUND = find();

  private final String requirement;
  private final int fromMinorVersion;
  private final int toMinorVersion;

  NatsKind(String requirement, int fromMinorVersion, int toMinorVersion) {
    this.requirement = requirement;
    this.fromMinorVersion = fromMinorVersion;
    this.toMinorVersion = toMinorVersion;
  }

  /** The program; a test without one ends here. */
  public Path program() {
    Path program = FOUND.get(this);
    if (program == null) {
      String missing = requirement + " is missing: run ./check, or name one in NATS_SERVER";
      String required = System.getenv().getOrDefault("KVIST_REQUIRED_SERVERS", "");
      if (List.of(required.split(" ", -1)).contains(requirement)) {
        Assertions.fail(missing);
      }
      Assumptions.abort(missing);
      throw new AssertionError();
    }
    return program;
  }

  private static Map<NatsKind, Path> find() {
    Map<NatsKind, Path> found = new ConcurrentHashMap<>(new EnumMap<>(NatsKind.class));
    for (Path candidate : candidates()) {
      int minor = Files.isExecutable(candidate) ? minorVersion(candidate) : -1;
      for (NatsKind kind : values()) {
        if (minor >= kind.fromMinorVersion && minor <= kind.toMinorVersion) {
          found.putIfAbsent(kind, candidate);
        }
      }
    }
    return found;
  }

  private static List<Path> candidates() {
    var candidates = new ArrayList<Path>();
    for (String path : split(System.getenv("NATS_SERVER"))) {
      candidates.add(Path.of(path));
    }
    File[] fetched = cache().resolve("nats-server").toFile().listFiles();
    if (fetched != null) {
      Arrays.sort(fetched);
      for (File suite : fetched) {
        candidates.add(suite.toPath().resolve("usr/sbin/nats-server"));
      }
    }
    for (String folder : split(System.getenv("PATH"))) {
      candidates.add(Path.of(folder, "nats-server"));
    }
    return candidates;
  }

  private static List<String> split(@Nullable String paths) {
    return paths == null
        ? List.of()
        : Arrays.stream(paths.split(File.pathSeparator, -1)).filter(p -> !p.isEmpty()).toList();
  }

  private static Path cache() {
    String own = System.getenv("KVIST_CACHE");
    if (own != null && !own.isEmpty()) {
      return Path.of(own);
    }
    String caches = System.getenv("XDG_CACHE_HOME");
    return caches != null && !caches.isEmpty()
        ? Path.of(caches, "kvist")
        : Path.of(System.getProperty("user.home"), ".cache", "kvist");
  }

  private static int minorVersion(Path program) {
    try {
      Process process = new ProcessBuilder(program.toString(), "--version").start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher matcher = VERSION.matcher(text);
      return matcher.find() ? Integer.parseInt(matcher.group(1)) : -1;
    } catch (IOException e) {
      return -1;
    }
  }
}

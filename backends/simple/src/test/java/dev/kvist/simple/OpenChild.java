package dev.kvist.simple;

import dev.kvist.Connection;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.tck.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jpountz.lz4.LZ4Factory;
import org.slf4j.LoggerFactory;

/** A process of another user that opens a store, and says how that went or what it read there. */
final class OpenChild {
  private static final String NOBODY = "65534";

  private OpenChild() {}

  /**
   * Opens a store as a user who owns nothing.
   *
   * @param scratch gets a copy of the classes, since their place may be closed to that user
   * @return what it printed; null when this user cannot become another
   */
  static String asNobody(Path scratch, String uri) throws IOException {
    Path classes = scratch.resolve("classes");
    List<String> command =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    command.addAll(
        ChildJvm.command(
            List.of("-Xmx64m", "-XX:+UseSerialGC"),
            copied(classes),
            OpenChild.class,
            List.of(uri)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    process.onExit().join();
    return printed;
  }

  private static String copied(Path to) throws IOException {
    List<String> roots = new ArrayList<>();
    for (Path root : StorageChild.classRoots(LoggerFactory.class, LZ4Factory.class)) {
      Path copy = to.resolve(Integer.toString(roots.size()));
      try (var paths = Files.walk(root)) {
        for (Path path : paths.toList()) {
          Path target = copy.resolve(root.relativize(path).toString());
          Files.createDirectories(Files.isDirectory(path) ? target : target.getParent());
          if (!Files.isDirectory(path)) {
            Files.copy(path, target);
          }
        }
      }
      roots.add(copy.toString());
    }
    return String.join(":", roots);
  }

  /** Prints the value of the key {@code k} in the bucket {@code b}, or the error. */
  public static void main(String[] arguments) {
    try (Connection connection = Kvist.open(arguments[0])) {
      byte[] value = connection.store("b").reader().get(Kvist.utf8("k"));
      System.out.println("opened " + (value == null ? "empty" : Kvist.utf8(value)));
    } catch (KvException e) {
      System.out.println(e.getClass().getSimpleName() + " " + e.getMessage());
    }
  }
}

package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small file system of its own. Where it cannot be mounted, the test is skipped and says so. */
record Volume(Path path) implements AutoCloseable {
  static Volume mount(Path parent, int mebibytes) throws IOException {
    Path path = Files.createDirectories(parent.resolve("volume"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", path.toString()),
        "this user may not mount");
    return new Volume(path);
  }

  void remountReadOnly() {
    assertTrue(run("mount", "-o", "remount,ro", path.toString()));
  }

  /** Takes all room that is left; deleting the file gives it back. */
  Path fill() throws IOException {
    Path ballast = path.resolve("ballast");
    try (var file = Files.newOutputStream(ballast)) {
      while (true) {
        file.write(new byte[4096]);
      }
    } catch (IOException e) {
      return ballast;
    }
  }

  @Override
  public void close() {
    run("umount", "-l", path.toString());
  }

  private static boolean run(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.onExit().join().exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}

package dev.kvist.tck;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small file system in memory, for tests of full and read-only devices. Where it cannot be
 * mounted, the test is skipped and says so; where the environment variable {@code CI} is set, it
 * fails.
 *
 * @param path where it is mounted
 */
public record Volume(Path path) implements AutoCloseable {
  /**
   * Mounts one.
   *
   * @param parent gets a folder for it
   * @param mebibytes its size
   */
  public static Volume mount(Path parent, int mebibytes) throws IOException {
    Path path = Files.createDirectories(parent.resolve("volume"));
    boolean mounted =
        run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", path.toString());
    assertTrue(
        mounted || System.getenv("CI") == null,
        "CI is set, where no test may be skipped, and this user may not mount a tmpfs at "
            + path
            + ": run the tests as root with CAP_SYS_ADMIN (a container: --cap-add SYS_ADMIN"
            + " --security-opt apparmor=unconfined), or unset CI");
    assumeTrue(mounted, "this user may not mount");
    return new Volume(path);
  }

  /** From now on nobody can write. */
  public void remountReadOnly() {
    assertTrue(run("mount", "-o", "remount,ro", path.toString()));
  }

  /** Takes all room that is left; deleting the file gives it back. */
  public Path fill() throws IOException {
    Path ballast = path.resolve("ballast");
    try (var file = Files.newOutputStream(ballast)) {
      while (true) {
        file.write(new byte[4096]);
      }
    } catch (IOException e) {
      return ballast;
    }
  }

  /** Unmounts it, also while files in it are open. */
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

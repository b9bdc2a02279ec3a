package dev.kvist.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.server.MainProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process that is told to end (SIGTERM) while it writes to a real engine: what it acknowledged is
 * on the device, and the store was closed cleanly.
 */
@ParameterizedClass
@ValueSource(strings = {"simple", "rocksdb"})
final class TerminationTest {
  private static final int ROWS = 5_000;
  private static final int TERMINATED = 128 + 15;
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);

  @Parameter private String engine = "";
  @TempDir private Path directory;

  private Process start(String... args) throws IOException {
    var arguments = new ArrayList<>(List.of("--store", engine + ":store"));
    arguments.addAll(List.of(args));
    return new ProcessBuilder(MainProcess.command(arguments))
        .directory(directory.toFile())
        .redirectOutput(directory.resolve("out").toFile())
        .redirectError(directory.resolve("err").toFile())
        .start();
  }

  private String err() {
    try {
      return Files.readString(directory.resolve("err"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void end(Process process) throws InterruptedException {
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
  }

  @Test
  void anImportKeepsWhatItTook() throws IOException, InterruptedException {
    Process process = start("-v", "import", "demo", "-", "--format", "tsv");
    try (OutputStream rows = process.getOutputStream()) {
      // The last row is not whole: the import waits for its rest when it is told to end.
      rows.write(lines(ROWS).getBytes(UTF_8));
      rows.write("key05".getBytes(UTF_8));
      rows.flush();
      awaitBytes(directory.resolve("store"), "value 4000");
      // Not by the process itself, which would end its input.
      process.toHandle().destroy();
      end(process);
    }
    assertEquals(TERMINATED, process.exitValue(), err());
    assertTrue(err().contains(": closed"), err());
    assertCleanWith(4_001, ROWS);
    importAgain();
  }

  /** The whole file, with the row that was cut off. */
  private void importAgain() throws IOException, InterruptedException {
    Files.writeString(directory.resolve("rows.tsv"), lines(ROWS + 1));
    Process again = start("-v", "import", "demo", "rows.tsv");
    end(again);
    assertEquals(0, again.exitValue(), err());
    assertCleanWith(ROWS + 1, ROWS + 1);
    Process last = start("get", "demo", String.format("key%05d", ROWS));
    end(last);
    assertEquals(0, last.exitValue(), err());
    assertEquals("value " + ROWS, Files.readString(directory.resolve("out")));
  }

  private static String lines(int count) {
    var lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append(String.format("key%05d\tvalue %d%n", i, i));
    }
    return lines.toString();
  }

  @Test
  void anImportThatIsAtItsEndClosesTheStoreFirst() throws IOException, InterruptedException {
    Process process = start("-v", "import", "demo", "-", "--format", "tsv");
    try (OutputStream rows = process.getOutputStream()) {
      rows.write("key00000\tvalue 0\n".getBytes(UTF_8));
    }
    awaitText(directory.resolve("err"), "imported 1,");
    process.toHandle().destroy();
    end(process);
    assertTrue(List.of(0, TERMINATED).contains(process.exitValue()), err());
    assertTrue(err().contains(": closed"), err());
    assertCleanWith(1, 1);
  }

  @Test
  void aWatchThatHoldsTheStoreOpenClosesIt() throws IOException, InterruptedException {
    try (Connection connection = Kvist.open(engine + ":" + directory.resolve("store"))) {
      connection.store("demo").writer().put(Kvist.utf8("key00000"), Kvist.utf8("value 0"));
    }
    Process process = start("-v", "watch", "demo");
    awaitText(directory.resolve("out"), "caught_up");
    process.toHandle().destroy();
    end(process);
    assertEquals(TERMINATED, process.exitValue(), err());
    assertTrue(err().contains(": closed"), err());
    assertCleanWith(1, 1);
  }

  /** The store was closed cleanly, and holds so many first rows. */
  private void assertCleanWith(int least, int most) throws IOException, InterruptedException {
    Process count = start("-v", "keys", "demo");
    end(count);
    assertEquals(0, count.exitValue(), err());
    assertTrue(err().contains("(closed cleanly"), err());
    assertFalse(err().contains("WARN"), err());
    List<String> keys = Files.readAllLines(directory.resolve("out"));
    assertTrue(keys.size() >= least && keys.size() <= most, keys.size() + " keys");
    for (int i = 0; i < keys.size(); i++) {
      assertEquals(String.format("key%05d", i), keys.get(i));
    }
    assertFalse(keys.contains("key05"), "half a row");
  }

  private static void awaitText(Path file, String text) throws IOException {
    long deadline = System.nanoTime() + LONGEST_NANOS;
    while (!Files.exists(file) || !Files.readString(file).contains(text)) {
      assertTrue(System.nanoTime() < deadline, () -> file + " never had " + text);
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static void awaitBytes(Path folder, String text) throws IOException {
    long deadline = System.nanoTime() + LONGEST_NANOS;
    while (!holds(folder, text)) {
      assertTrue(System.nanoTime() < deadline, () -> folder + " never had " + text);
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static boolean holds(Path folder, String text) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".log")).toList()) {
        if (Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1).contains(text)) {
          return true;
        }
      }
    }
    return false;
  }
}

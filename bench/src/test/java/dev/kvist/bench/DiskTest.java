package dev.kvist.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that fills a disk would take what others need of it. */
final class DiskTest {
  @TempDir private Path folder;

  @Test
  void aRunWithoutTheDiskThatItNeedsSaysSoAndBeginsNothing() throws Exception {
    var said = new ByteArrayOutputStream();
    PrintStream before = System.err;
    int status;
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      // A petabyte.
      status =
          Main.run(
              List.of(
                  "--engines",
                  "kvist-rocksdb",
                  "--workloads",
                  "point",
                  "--entries",
                  "1000000000",
                  "--values",
                  "1048576",
                  "--dir",
                  folder.toString(),
                  "--out",
                  folder.resolve("results").toString()));
    } finally {
      System.setErr(before);
    }
    assertEquals(2, status);
    String lines = said.toString(StandardCharsets.UTF_8);
    assertTrue(lines.contains("GiB of disk at a time in " + folder), lines);
    assertTrue(lines.contains("GiB of disk are needed in " + folder), lines);
    assertFalse(Files.exists(folder.resolve("results")));
    try (var stores = Files.list(folder.resolve("kvist-bench"))) {
      assertEquals(List.of(), stores.toList());
    }
  }
}

package dev.kvist.rocksdb;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Closing frees everything, and nothing that somebody uses. */
final class ClosingTest {
  @TempDir private Path folder;

  /** In a process of its own, whose exit status says whether native code went wrong. */
  @ParameterizedTest
  @CsvSource({"single_bucket_mode, false", "sync_writes, true", "memory_mode, true"})
  void closingUnderEveryKindOfCallEndsThemAll(String name, String value) throws IOException {
    ClosingChild.run(folder, "calls", Map.of(name, value, "value_threshold", "50"));
  }

  @Test
  void openingAndClosingLeavesNothingBehind() throws IOException {
    String printed = ClosingChild.run(folder, "opens", Map.of());
    String[] grown = printed.substring(printed.lastIndexOf('\n') + 1).split(" ", -1);
    long bytes = Long.parseLong(grown[0]);
    // The allocator keeps about 1 MiB; options that are never freed are more than 4 MiB.
    assertTrue(bytes < 3L << 20, bytes + " bytes more");
    assertTrue(Long.parseLong(grown[1]) < 10, grown[1] + " files more");
    assertTrue(Long.parseLong(grown[2]) < 10, grown[2] + " threads more");
  }
}

package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.RocksDBException;

/** Closing frees everything, and nothing that somebody uses. */
final class ClosingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  /** Nobody may write after that, and so be told of it. */
  @Test
  void aCloseAfterWritesHaveStoppedSaysThatSomeMayBeLost() {
    Store store = Places.open(Places.at(folder));
    store.writes.fail(new IOException("for the test"));
    var late = assertThrows(KvException.IoFailed.class, store::close);
    assertTrue(String.valueOf(late.getMessage()).contains("may be lost"), late::getMessage);
    assertEquals(KvException.Effect.UNKNOWN, late.effect());
    Places.fill(Places.at(folder), 1);
  }

  /** In a process of its own, whose exit status says whether native code went wrong. */
  @ParameterizedTest
  @CsvSource({"single_bucket_mode, false", "sync_writes, true", "memory_mode, true"})
  void closingUnderEveryKindOfCallEndsThemAll(String name, String value) throws IOException {
    ClosingChild.run(folder, "calls", Map.of(name, value, "value_threshold", "50"));
  }

  /** It takes as long as it takes; who wants to close the store does not have to wait for it. */
  @Test
  void aCompactionEndsWithItsStore() {
    // None by itself, and much to do for the one that is asked for.
    ConnectionOptions options = Places.at(folder).with("num_level0_tables", "1000");
    Store store = Places.open(options);
    try (Connection connection = new RocksConnection(store)) {
      var random = new Random(23);
      byte[] value = new byte[10_000];
      for (int i = 0; i < 6_000; i++) {
        random.nextBytes(value);
        connection.store("b").writer().put(utf8("k" + i), value);
      }
      Future<?> compaction =
          Waiting.start(
              Thread.ofPlatform(),
              () ->
                  assertThrows(KvException.Closed.class, () -> connection.maintenance().compact()));
      Waiting.until(PATIENCE, "a compaction", () -> running(store) > 0);
      store.close();
      Waiting.result(PATIENCE, compaction);
    }
    try (Connection connection = Kvist.open(options)) {
      assertEquals(List.of(), connection.maintenance().verify().damages());
      connection.maintenance().compact();
      assertEquals(6_000, connection.store("b").reader().keys(KeyRange.all()).toList().size());
    }
  }

  private static long running(Store store) {
    try {
      return store.database.rocks.getLongProperty("rocksdb.num-running-compactions");
    } catch (RocksDBException e) {
      throw new AssertionError(e);
    }
  }

  /** In memory that costs little; on disk 300 times, and 1,000 with {@code KVIST_DEEP=1}. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void openingAndClosingLeavesNothingBehind(boolean inMemory) throws IOException {
    int opens = inMemory || "1".equals(System.getenv("KVIST_DEEP")) ? 1_000 : 300;
    String printed =
        ClosingChild.run(
            folder, Integer.toString(opens), Map.of("memory_mode", Boolean.toString(inMemory)));
    String[] grown = printed.substring(printed.lastIndexOf('\n') + 1).split(" ", -1);
    long bytes = Long.parseLong(grown[0]);
    // The allocator keeps about 1 MiB, and the JVM as much of the threads of 1,000 stores; options
    // that are never freed are more than 4 MiB.
    assertTrue(bytes < 3L << 20, bytes + " bytes more");
    assertTrue(Long.parseLong(grown[1]) < 10, grown[1] + " files more");
    assertTrue(Long.parseLong(grown[2]) < 10, grown[2] + " threads more");
  }
}

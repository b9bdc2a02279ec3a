package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.Kvist;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cached blocks and write buffers share one budget, however many buckets there are. */
final class NativeMemoryTest {
  private static final long BUDGET = 16 << 20;

  /** What is being flushed is in memory until it is written. */
  private static final long MOST = BUDGET / 2 * 3;

  @TempDir private Path folder;

  private ConnectionOptions options(String single) {
    return ConnectionOptions.of("rocksdb", folder.toString())
        .with("single_bucket_mode", single)
        .with("memory_budget", Long.toString(BUDGET));
  }

  private static long figure(Map<String, Long> stats, String name) {
    return Objects.requireNonNull(stats.get(name), name);
  }

  /** Three write buffers of their default size are twelve times as much. */
  @ParameterizedTest
  @CsvSource({"true, 1", "false, 1", "false, 40"})
  void staysWithinTheBudget(String single, int buckets) {
    var random = new Random(17);
    byte[] value = new byte[4_000];
    long most = 0;
    try (Connection connection = Kvist.open(options(single))) {
      for (int i = 0; i < 12_500; i++) {
        random.nextBytes(value);
        connection.store("b" + i % buckets).writer().put(utf8("k" + i), value);
        if (i % 200 == 0) {
          most = Math.max(most, used(connection));
        }
      }
      for (int i = 0; i < buckets; i++) {
        connection.store("b" + i).reader().scan(KeyRange.all()).toList();
        most = Math.max(most, used(connection));
      }
    }
    assertTrue(most > BUDGET / 4 && most < MOST, "used at most " + most);
  }

  private static long used(Connection connection) {
    Map<String, Long> stats = connection.stats();
    return Math.max(figure(stats, "memtables.bytes"), figure(stats, "cache.bytes"));
  }

  /** A write buffer that takes much when it is empty would leave none for what is written. */
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void manyBucketsAreNotFlushedForEachOther(String single) {
    try (Connection connection =
        Kvist.open(
            ConnectionOptions.of("rocksdb", folder.toString())
                .with("single_bucket_mode", single))) {
      for (int i = 0; i < 1_000; i++) {
        connection.store("b" + i % 100).writer().put(utf8("k" + i), new byte[100]);
      }
      Map<String, Long> stats = connection.stats();
      assertTrue(figure(stats, "sst.files") < 20, () -> stats.get("sst.files") + " tables");
      assertTrue(figure(stats, "memtables.bytes") < 64 << 20, stats::toString);
    }
  }
}

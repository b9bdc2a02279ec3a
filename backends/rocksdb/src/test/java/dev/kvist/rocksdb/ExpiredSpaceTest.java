package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvObserver;
import dev.kvist.tck.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** K5: the space of values whose time is over comes back, and nobody has to read them for it. */
final class ExpiredSpaceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int VALUES = 2_000;
  private static final int VALUE_BYTES = 1_000;

  @TempDir private Path folder;

  private final AtomicLong clock = new AtomicLong(1_800_000_000_000L);

  private static long figure(Connection connection, String name) {
    return Objects.requireNonNull(connection.stats().get(name), name);
  }

  private static long bytes(Connection connection) {
    return figure(connection, "sst.bytes") + figure(connection, "blob.bytes");
  }

  private static void fill(Connection connection) {
    var random = new Random(11);
    byte[] value = new byte[VALUE_BYTES];
    for (int i = 0; i < VALUES; i++) {
      random.nextBytes(value);
      connection.store("b").ttl().put(utf8("k" + i), value, Duration.ofHours(1));
    }
    connection.store("b").writer().put(utf8("stays"), value);
    connection.maintenance().compact();
    assertTrue(bytes(connection) >= (long) VALUES * VALUE_BYTES);
  }

  private void isGivenBack(Connection connection) {
    Waiting.until(PATIENCE, "markers", () -> figure(connection, "expired") == VALUES);
    connection.maintenance().compact();
    Waiting.until(PATIENCE, "the space", () -> bytes(connection) < (long) VALUES * VALUE_BYTES / 5);
    assertEquals(0, figure(connection, "gets") + figure(connection, "scans.pages"));
    assertEquals(VALUE_BYTES, get(connection, "stays").length);
  }

  private static byte[] get(Connection connection, String key) {
    return Objects.requireNonNull(connection.store("b").reader().get(utf8(key)));
  }

  /** In tables and in files of large values. */
  @ParameterizedTest
  @CsvSource({"true, 1MiB", "true, 500", "false, 1MiB", "false, 500"})
  void ofAnOpenStore(String single, String threshold) {
    try (Connection connection = new RocksConnection(open(single, threshold))) {
      fill(connection);
      clock.addAndGet(Duration.ofHours(2).toMillis());
      isGivenBack(connection);
    }
  }

  /** Their time came while nobody had it open. */
  @Test
  void ofAStoreThatWasClosed() {
    try (Connection connection = new RocksConnection(open("true", "500"))) {
      fill(connection);
    }
    clock.addAndGet(Duration.ofHours(2).toMillis());
    try (Connection connection = new RocksConnection(open("true", "500"))) {
      isGivenBack(connection);
    }
  }

  private Store open(String single, String threshold) {
    ConnectionOptions options =
        Places.at(folder).with("single_bucket_mode", single).with("value_threshold", threshold);
    return Places.open(options, KvObserver.NONE, clock::get);
  }
}

package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.tck.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The space of large values that are dead comes back by itself, in an open store. */
final class BlobCollectionTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int VALUES = 200;
  private static final int VALUE_BYTES = 20_000;

  @TempDir private Path folder;

  private ConnectionOptions options() {
    return Places.at(folder)
        .with("mem_table_size", "256KiB")
        .with("value_threshold", "10KiB")
        .with("value_log_file_size", "1MiB")
        .with("value_log_gc_interval_in_seconds", "1")
        .with("value_log_gc_discard_ratio", "0.01");
  }

  /** Writes all large values, again and again the same ones. */
  private static void fill(KvStore store, int rounds) {
    var random = new Random(3);
    byte[] value = new byte[VALUE_BYTES];
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < VALUES; i++) {
        random.nextBytes(value);
        store.writer().put(utf8("k" + i), value);
      }
    }
  }

  private static long figure(Connection connection, String name) {
    return Objects.requireNonNull(connection.stats().get(name), name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void deletedValuesGiveTheirSpaceBack(String single) {
    try (Connection connection = Kvist.open(options().with("single_bucket_mode", single))) {
      KvStore store = connection.store("b");
      fill(store, 1);
      Waiting.until(
          PATIENCE,
          "blobs",
          () -> figure(connection, "blob.bytes") > (long) VALUES / 2 * VALUE_BYTES);
      for (int i = 1; i < VALUES; i++) {
        store.writer().delete(utf8("k" + i));
      }
      // Only what is written to tables is known to be dead.
      Waiting.until(
          PATIENCE,
          "the space",
          () -> {
            store.writer().put(utf8("small"), new byte[9_000]);
            return figure(connection, "blob.bytes") < 10 * VALUE_BYTES;
          });
      assertEquals(VALUE_BYTES, Objects.requireNonNull(store.reader().get(utf8("k0"))).length);
    }
  }

  /** It takes as long as it takes, and what is acknowledged meanwhile must not wait for it. */
  @Test
  void syncsGoOnWhileItCollects() throws InterruptedException {
    var collecting = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var observer =
        new KvObserver() {
          @Override
          public void compacted(long bytesRead, long bytesKept, long nanos) {
            if (!Thread.currentThread().getName().equals("kvist-blobs")) {
              return; // One that RocksDB began by itself.
            }
            collecting.countDown();
            try {
              assertTrue(release.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
        };
    Store store =
        Places.open(options().with("flush_interval", "5ms"), observer, System::currentTimeMillis);
    try (Connection connection = new RocksConnection(store)) {
      var filling =
          Waiting.start(
              Thread.ofPlatform(),
              () -> {
                while (collecting.getCount() > 0) {
                  fill(connection.store("b"), 1);
                }
              });
      assertTrue(collecting.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      Waiting.result(PATIENCE, filling);
      try {
        for (int i = 0; i < 3; i++) {
          long before = figure(connection, "syncs");
          connection.store("b").writer().put(utf8("meanwhile"), utf8("v" + i));
          Waiting.until(PATIENCE, "a sync", () -> figure(connection, "syncs") > before);
        }
      } finally {
        release.countDown();
      }
    }
  }
}

package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Markers are forgotten beside everything else. */
final class MarkersTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MARKERS = 50_000;
  private static final int AT_ONCE = 1_000;

  @TempDir private Path folder;

  private final AtomicLong clock = new AtomicLong(1_800_000_000_000L);
  private final AtomicLong syncs = new AtomicLong();

  private Store open() {
    ConnectionOptions options =
        Places.at(folder)
            .with("flush_interval", "2ms")
            .with("marker_retention", "1h")
            .with("mem_table_size", "64KiB")
            .with("retention_bytes", "64KiB");
    var observer =
        new KvObserver() {
          @Override
          public void synced(long bytes, long nanos) {
            syncs.getAndIncrement();
          }
        };
    return Places.open(options, observer, clock::get);
  }

  private static byte[] key(int number) {
    return utf8("k%06d".formatted(number));
  }

  private static void deleteAll(KvStore store) {
    for (int i = 0; i < MARKERS; i += AT_ONCE) {
      var puts = new WriteBatch();
      var deletes = new WriteBatch();
      for (int j = i; j < i + AT_ONCE; j++) {
        puts.put(key(j), utf8("v"));
        deletes.delete(key(j));
      }
      store.batch().apply(puts);
      store.batch().apply(deletes);
    }
  }

  /** K8: a power loss costs the last flush interval, whatever else there is to do. */
  @Test
  void syncsGoOnWhileManyAreForgotten() {
    try (Connection connection = new RocksConnection(open())) {
      KvStore store = connection.store("b");
      deleteAll(store);
      assertTrue(store.reader().entry(key(0)) != null, "a marker is kept");
      clock.addAndGet(Duration.ofHours(2).toMillis());
      long before = awaitForgotten(store, 0);
      long after = awaitForgotten(store, MARKERS - 1);
      assertTrue(after - before >= 5, () -> "syncs meanwhile: " + (after - before));
    }
  }

  /** Returns how many syncs there were until then; writes, so that there is something to sync. */
  private long awaitForgotten(KvStore store, int number) {
    Waiting.until(
        PATIENCE,
        "a marker that is forgotten",
        () -> {
          store.writer().put(utf8("other"), new byte[1_000]);
          return store.reader().entry(key(number)) == null;
        });
    return syncs.get();
  }
}

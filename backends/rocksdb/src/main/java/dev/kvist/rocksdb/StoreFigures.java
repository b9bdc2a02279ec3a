package dev.kvist.rocksdb;

import dev.kvist.KvException.Effect;
import dev.kvist.spi.OperationMeters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;

/** What is said of a store in figures. */
final class StoreFigures {
  private StoreFigures() {}

  static Map<String, Long> of(Store store, OperationMeters meters) {
    Database database = store.database;
    int user = database.gate.enter();
    try {
      var stats = new LinkedHashMap<String, Long>();
      stats.put("entries.estimated", store.estimatedRecords());
      meters.putInto(stats);
      stats.put("scans.keys", store.traffic.scanned.sum());
      stats.put("conflicts", store.traffic.conflicts.sum());
      stats.put("expired", store.traffic.expired.sum());
      store.watches.putInto(stats, store);
      putFiles(store, stats);
      putWritten(database, stats);
      stats.put("cache.bytes", database.tuning.cache.getUsage());
      stats.put("memtables.bytes", sum(database, "rocksdb.cur-size-all-mem-tables"));
      stats.put("compactions", store.traffic.compactions.sum());
      stats.put("compactions.last.at.millis", store.traffic.compactedAtMillis);
      stats.put("compactions.last.took.millis", store.traffic.compactedForMillis);
      stats.put("syncs", store.traffic.syncs.sum());
      stats.put("syncs.bytes", store.traffic.syncedBytes.sum());
      stats.put("syncs.micros", store.traffic.syncNanos.sum() / 1_000);
      stats.put("syncs.micros.max", store.traffic.longestSyncNanos / 1_000);
      return stats;
    } catch (RocksDBException e) {
      throw database.failed("cannot be read", Effect.NONE, e);
    } catch (IOException e) {
      throw DataDirectory.failed(store.path, "cannot be read", e);
    } finally {
      database.gate.leave(user);
    }
  }

  private static void putFiles(Store store, Map<String, Long> stats)
      throws RocksDBException, IOException {
    Database database = store.database;
    stats.put("sst.bytes", sum(database, "rocksdb.total-sst-files-size"));
    stats.put("blob.bytes", sum(database, "rocksdb.total-blob-file-size"));
    stats.put("blob.garbage.bytes", sum(database, "rocksdb.live-blob-file-garbage-size"));
    // In this order: what is deleted meanwhile counts as made later.
    long removed = store.retention.removed();
    long logs = store.retention.files();
    stats.put("log.files", logs);
    stats.put("segments.created", Math.max(0, logs + removed - store.logsAtOpen));
    stats.put("segments.removed", removed);
    stats.put("log.bytes", store.retention.bytes());
    if (database.settings.memoryMode()) {
      return;
    }
    stats.put("sst.files", files(store.path, ".sst"));
    stats.put("blob.files", files(store.path, ".blob"));
    stats.put("volume.free.bytes", DataDirectory.freeBytes(store.path));
  }

  private static void putWritten(Database database, Map<String, Long> stats)
      throws RocksDBException {
    Database.Written written = database.written();
    stats.put("sst.written.bytes", (long) (written.tableGibis() * (1 << 30)));
    stats.put("blob.written.bytes", (long) (written.blobGibis() * (1 << 30)));
    stats.put("appended.bytes", database.appendedBytes());
  }

  private static long files(Path folder, String suffix) throws IOException {
    return DataDirectory.list(folder).stream()
        .filter(path -> path.toString().endsWith(suffix))
        .count();
  }

  private static long sum(Database database, String property) throws RocksDBException {
    long sum = 0;
    for (ColumnFamilyHandle family : database.allFamilies()) {
      sum += database.rocks.getLongProperty(family, property);
    }
    return sum;
  }
}

package dev.kvist.simple;

import dev.kvist.spi.OperationMeters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The figures of an open store, as {@code docs/operations.md} lists them. */
final class StoreFigures {
  private StoreFigures() {}

  static Map<String, Long> of(Store store, OperationMeters meters) {
    Engine engine = store.engine;
    var stats = new LinkedHashMap<String, Long>();
    putEntries(engine, stats);
    meters.putInto(stats);
    stats.put("scans.keys", engine.traffic.scanned.sum());
    stats.put("conflicts", engine.traffic.conflicts.sum());
    stats.put("expired", engine.traffic.expired.sum());
    putWatches(engine, stats);
    putFiles(engine, stats);
    putCare(engine, stats);
    putSyncs(engine, store.committer, stats);
    return stats;
  }

  private static void putEntries(Engine engine, Map<String, Long> stats) {
    Tally tally = engine.tally;
    // Each bucket that ever was has a record of its name, which is no entry.
    stats.put("entries", tally.entries());
    stats.put("entries.bytes", tally.liveBytes());
    stats.put("markers", engine.index.size() - tally.live());
    stats.put("records.bytes", tally.recordBytes());
  }

  private static void putWatches(Engine engine, Map<String, Long> stats) {
    List<LogChanges> watches = engine.watches.now();
    long newest = watches.isEmpty() ? 0 : engine.counter();
    long versions = 0;
    long millis = 0;
    for (LogChanges watch : watches) {
      OpenWatches.Lag lag = OpenWatches.lag(engine, watch.place(), newest);
      versions = Math.max(versions, lag.versions());
      millis = Math.max(millis, lag.millis());
    }
    stats.put("watches.open", (long) watches.size());
    stats.put("watches.updates", engine.traffic.updatesDelivered.sum());
    stats.put("watches.lag.versions", versions);
    stats.put("watches.lag.millis", millis);
  }

  private static void putFiles(Engine engine, Map<String, Long> stats) {
    Segment[] wal = engine.log.wal();
    Segment[] state = engine.log.state();
    stats.put("files.bytes", Limits.fileBytes(engine));
    stats.put("log.files", (long) wal.length);
    stats.put("log.bytes", Segment.bytes(wal));
    stats.put("state.files", (long) state.length);
    stats.put("state.bytes", Segment.bytes(state));
    long spareBytes = engine.log.spareBytes();
    stats.put("spare.files", spareBytes / engine.log.segmentBytes());
    stats.put("spare.bytes", spareBytes);
    stats.put("index.files", engine.index.bytes() / IndexLayout.CHUNK_BYTES);
    stats.put("index.bytes", engine.index.bytes());
    stats.put("keys.files", engine.runs.fileCount());
    stats.put("keys.bytes", engine.runs.fileBytes());
    stats.put("memory.bytes", Limits.memoryBytes(engine));
    stats.put("volume.free.bytes", engine.freeBytes());
  }

  private static void putCare(Engine engine, Map<String, Long> stats) {
    Traffic traffic = engine.traffic;
    stats.put("segments.created", engine.log.segmentsMade.sum());
    stats.put("segments.removed", traffic.segmentsRemoved.sum());
    stats.put("compactions", traffic.compactions.sum());
    stats.put("compactions.read.bytes", traffic.compactedBytes.sum());
    stats.put("compactions.kept.bytes", traffic.keptBytes.sum());
    stats.put("compactions.last.at.millis", traffic.compactedAtMillis);
    stats.put("compactions.last.took.millis", traffic.compactedForMillis);
  }

  private static void putSyncs(Engine engine, Committer committer, Map<String, Long> stats) {
    stats.put("appended.bytes", engine.log.appendedBytes());
    stats.put("syncs", committer.syncs());
    stats.put("syncs.bytes", committer.syncedBytes());
    stats.put("syncs.micros", committer.syncNanos() / 1_000);
    stats.put("syncs.micros.max", committer.longestSyncNanos() / 1_000);
  }
}

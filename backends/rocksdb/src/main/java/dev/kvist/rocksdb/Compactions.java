package dev.kvist.rocksdb;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;

/**
 * The compactions that have ended: those that RocksDB began by itself, and those that it was asked
 * for. What RocksDB counts is looked at again and again, as nothing of ours is to run on its
 * threads while it closes.
 */
final class Compactions {
  /**
   * Another one after whatever changed a family's tables; cheap to ask for, which counts are not.
   */
  private static final String TABLES_VERSION = "rocksdb.current-super-version-number";

  private static final int LEVELS = 7;

  private final Store store;

  /** By the number of the family. Guarded by this. */
  private Map<Integer, Seen> seen = Map.of();

  /** What a look found of a family. */
  private record Seen(long tablesVersion, Counts counts) {}

  Compactions(Store store) {
    this.store = store;
  }

  /** Takes note of those that have ended since the look before. From inside the gate. */
  void look() throws RocksDBException {
    Counts ended = ended(store.database.allFamilies());
    if (ended.number == 0) {
      return;
    }
    // Those between two looks cannot be told apart.
    long nanos = (long) (ended.seconds * 1e9 / ended.number);
    store.traffic.compactions.add(ended.number);
    store.traffic.compactedForMillis = nanos / 1_000_000;
    store.traffic.compactedAtMillis = store.clock.now();
    long read = bytes(ended.readGibis) / ended.number;
    long written = bytes(ended.writtenGibis) / ended.number;
    for (long i = 0; i < ended.number; i++) {
      store.observer.compacted(read, written, nanos);
    }
  }

  private synchronized Counts ended(List<ColumnFamilyHandle> families) throws RocksDBException {
    var sum = Counts.NOTHING;
    var now = new HashMap<Integer, Seen>();
    for (ColumnFamilyHandle family : families) {
      int id = family.getID();
      Seen before = seen.getOrDefault(id, new Seen(-1, Counts.NOTHING));
      // Before the counts: what ends in between is not missed by the next look.
      long tablesVersion = store.database.rocks.getLongProperty(family, TABLES_VERSION);
      Seen found = before;
      if (tablesVersion != before.tablesVersion) {
        found = new Seen(tablesVersion, Counts.of(store.database.counts(family)));
        sum = sum.plus(found.counts.since(before.counts));
      }
      now.put(id, found);
    }
    seen = now;
    return sum;
  }

  private static long bytes(double gibis) {
    return (long) (gibis * (1 << 30));
  }

  /**
   * What RocksDB counts.
   *
   * @param number of compactions that wrote to level 1 and below
   * @param seconds that these took
   * @param youngGibis what those read that wrote to level 0, which it counts with the flushes;
   *     flushes read nothing
   * @param readGibis what all of them read
   * @param writtenGibis what those to level 1 and below wrote, blobs included
   */
  record Counts(
      long number, double seconds, double youngGibis, double readGibis, double writtenGibis) {
    static final Counts NOTHING = new Counts(0, 0, 0, 0, 0);

    static Counts of(Map<String, String> figures) {
      double number = 0;
      double seconds = 0;
      double written = 0;
      for (int level = 1; level < LEVELS; level++) {
        String prefix = "compaction.L" + level + ".";
        number += figure(figures, prefix + "CompCount");
        seconds += figure(figures, prefix + "CompSec");
        written += figure(figures, prefix + "WriteGB") + figure(figures, prefix + "WblobGB");
      }
      return new Counts(
          (long) number,
          seconds,
          figure(figures, "compaction.L0.ReadGB"),
          figure(figures, "compaction.Sum.ReadGB"),
          written);
    }

    /** Levels that nothing was ever in are missing. */
    private static double figure(Map<String, String> figures, String name) {
      return Double.parseDouble(figures.getOrDefault(name, "0"));
    }

    /** What has ended since; of those to level 0 it is known only whether there were any. */
    Counts since(Counts before) {
      double young = youngGibis - before.youngGibis;
      return new Counts(
          number - before.number + (young > 0 ? 1 : 0),
          seconds - before.seconds,
          young,
          readGibis - before.readGibis,
          writtenGibis - before.writtenGibis);
    }

    Counts plus(Counts other) {
      return new Counts(
          number + other.number,
          seconds + other.seconds,
          youngGibis + other.youngGibis,
          readGibis + other.readGibis,
          writtenGibis + other.writtenGibis);
    }
  }
}

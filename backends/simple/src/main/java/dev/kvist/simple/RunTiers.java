package dev.kvist.simple;

import java.util.List;

/**
 * Which runs to merge, so that there are few of them while each key is rewritten rarely.
 *
 * <p>Runs may pile up to a number; then the newest are merged with all those before them that are
 * at most four times as large as what is merged so far. What stays falls in size by that factor
 * from run to run.
 */
final class RunTiers {
  /** Runs that a scan may have left behind since the last maintenance. */
  static final int MAX_FRESH = 5;

  /** Runs that maintenance leaves. */
  static final int MAX_SETTLED = 5;

  private static final int RATIO = 4;

  /** A scan does not merge more than this, so that it stays short; more is left to maintenance. */
  static final long SCAN_BYTES = 1 << 20;

  /** So many runs at most may wait for maintenance; from then on scans merge whatever is needed. */
  static final int MAX_WAITING = 16;

  /** Where there is nearly nothing to add, it still costs something to have one more run. */
  private static final long LEAST_BYTES = 4096;

  private RunTiers() {}

  /**
   * The first of the {@code fresh} runs that a scan merges with all after it; their number when it
   * should not.
   */
  static int scanMergesFrom(List<KeyRun> fresh) {
    if (fresh.size() <= MAX_FRESH) {
      return fresh.size();
    }
    int last = fresh.size() - 1;
    int from = mergesFrom(fresh.subList(0, last), fresh.get(last).size(), MAX_FRESH);
    return size(fresh.subList(from, fresh.size())) <= SCAN_BYTES || fresh.size() > MAX_WAITING
        ? from
        : fresh.size();
  }

  /**
   * The first of the {@code settled} runs to be merged with {@code added} bytes that come after
   * them all.
   */
  static int maintenanceMergesFrom(List<KeyRun> settled, long added) {
    return mergesFrom(settled, added, MAX_SETTLED);
  }

  static long size(List<KeyRun> runs) {
    return runs.stream().mapToLong(KeyRun::size).sum();
  }

  static long keys(List<KeyRun> runs) {
    return runs.stream().mapToLong(run -> run.header().keys()).sum();
  }

  private static int mergesFrom(List<KeyRun> older, long added, int limit) {
    int from = older.size();
    if (from + 1 <= limit) {
      return from;
    }
    long merged = Math.max(added, LEAST_BYTES);
    while (from > 0 && (from + 1 > limit || older.get(from - 1).size() <= RATIO * merged)) {
      merged += older.get(--from).size();
    }
    return from;
  }
}

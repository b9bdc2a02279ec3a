package dev.kvist.simple;

import java.util.List;

/**
 * Makes runs of the keys that were added: reads them from the log, sorts them, and appends a run to
 * the list, a slice of bounded size at a time. Whoever needs the keys does it, under the lock of
 * the list.
 */
final class KeyFreezer {
  private final KeySource source;
  private final AddedPositions added;
  private final RunMemory memory;
  private final RunList list;

  KeyFreezer(KeySource source, AddedPositions added, RunMemory memory, RunList list) {
    this.source = source;
    this.added = added;
    this.memory = memory;
    this.list = list;
  }

  /** Keys that are in no run yet. */
  long waiting() {
    return added.added() - added.taken();
  }

  /** Returns when every key that was added before the call is in a run of the list. */
  void freeze() {
    long target = added.added();
    if (added.taken() >= target) {
      return;
    }
    list.lock().lock();
    try {
      list.now();
      while (added.taken() < target) {
        freezeSlice(added.added());
        mergeFresh();
      }
    } finally {
      list.lock().unlock();
    }
  }

  /** Freezes when there is a full slice of keys to freeze. */
  void freezeMany() {
    if (waiting() >= KeyBatch.MAX_KEYS) {
      freeze();
    }
  }

  private void freezeSlice(long target) {
    long next = added.taken();
    KeyBatch batch = new KeyBatch((int) Math.min(target - next, KeyBatch.MAX_KEYS));
    while (next < target && !batch.isFull()) {
      source.read(added.get(next++), batch);
    }
    if (batch.count() > 0) {
      long bound = KeyRunLayout.sizeBound(batch.count(), batch.size());
      KeyRun run = memory.make(bound, builder -> addSorted(batch, builder));
      list.replace(list.now().runs().size(), 0, run);
    }
    added.take(next);
  }

  private static void addSorted(KeyBatch batch, RunBuilder builder) {
    long[] order = KeySort.sort(batch);
    for (int rank = 0; rank < order.length; rank++) {
      int index = KeySort.index(order, rank);
      int start = batch.start(index);
      builder.add(batch.bytes(), start, batch.end(index) - start);
    }
  }

  /** Merges runs that are small, so that scans that come often do not leave many behind. */
  private void mergeFresh() {
    RunSet now = list.now();
    List<KeyRun> fresh = now.fresh();
    int from = RunTiers.scanMergesFrom(fresh);
    if (from < fresh.size()) {
      List<KeyRun> small = fresh.subList(from, fresh.size());
      long bound = KeyRunLayout.mergeBound(small);
      KeyRun run = memory.make(bound, builder -> RunMerge.copy(small, builder));
      list.replace(now.owned() + from, small.size(), run);
    }
  }
}

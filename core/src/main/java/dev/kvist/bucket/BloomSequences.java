package dev.kvist.bucket;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which sequences a Bloom filter's journal gave out, which are written, and which groups of them
 * are folded into segments. Safe for many threads.
 *
 * <pre>
 *   segments              slots of the journal
 *   0 … folded−1    |  group folded   |  group folded+1  |
 *                      written, holes, not yet given out
 * </pre>
 */
final class BloomSequences {
  /** Writes the segment of a group. */
  @FunctionalInterface
  interface Fold {
    void write(long segment, long[] hashes);
  }

  private final int groupSize;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();

  /** Given out and not written; used before any new one. */
  private final TreeSet<Long> holes = new TreeSet<>();

  /** By slot, of the two groups that are not folded. */
  private final boolean[] written;

  private final long[] hashes;
  private long next;
  private long folded;
  private int writtenOfFirst;
  private boolean folding;
  private @Nullable KvException failure;

  /** With so many groups folded, and nothing written behind them. */
  BloomSequences(BloomShape shape, long folded) {
    this.groupSize = shape.groupSize();
    this.written = new boolean[shape.slots()];
    this.hashes = new long[2 * shape.slots()];
    this.folded = folded;
    this.next = folded * groupSize;
  }

  /** The next sequence is this one at least; those before it that are not done are holes. */
  void continueAt(long sequence) {
    lock.lock();
    try {
      for (; next < sequence; next++) {
        if (!written[slotOf(next)]) {
          holes.add(next);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * A sequence to write, for the caller alone until {@link #done} or {@link #giveBack}. Waits while
   * both groups are full, or folds the first.
   */
  long take(Fold fold) {
    while (true) {
      lock.lock();
      try {
        while (failure == null && !full()) {
          @Nullable Long hole = holes.pollFirst();
          if (hole != null) {
            return hole;
          }
          if (next < (folded + 2) * groupSize) {
            return next++;
          }
          moved.await();
        }
        throwFailure();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new KvException.Timeout(Effect.NONE, "an add to the Bloom filter", null);
      } finally {
        lock.unlock();
      }
      foldAll(fold, false);
    }
  }

  /** Whether both groups are given out and the first can be folded, by whoever comes now. */
  private boolean full() {
    return holes.isEmpty()
        && next == (folded + 2) * groupSize
        && writtenOfFirst == groupSize
        && !folding;
  }

  /** It was not written, as far as is known. */
  void giveBack(long sequence) {
    lock.lock();
    try {
      holes.add(sequence);
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** It is written, and the bits of its item are set. */
  void done(long sequence, ItemHash item) {
    lock.lock();
    try {
      int slot = slotOf(sequence);
      written[slot] = true;
      hashes[2 * slot] = item.first();
      hashes[2 * slot + 1] = item.second();
      if (sequence / groupSize == folded) {
        writtenOfFirst++;
      }
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Folds the first group, and the next, as far as they are full; one caller at a time, and others
   * do not wait for it unless they need the room.
   *
   * @param early whether to fold before there is need
   * @return how many groups were folded
   */
  int foldAll(Fold fold, boolean early) {
    int count = 0;
    while (true) {
      long[] group;
      long segment;
      lock.lock();
      try {
        if (early && failure != null) {
          return count;
        }
        throwFailure();
        if (folding || writtenOfFirst < groupSize || !(early || full())) {
          return count;
        }
        folding = true;
        segment = folded;
        int from = 2 * slotOf(segment * groupSize);
        group = Arrays.copyOfRange(hashes, from, from + 2 * groupSize);
      } finally {
        lock.unlock();
      }
      boolean done = false;
      try {
        fold.write(segment, group);
        done = true;
        count++;
      } finally {
        endFold(done);
      }
    }
  }

  private void endFold(boolean done) {
    lock.lock();
    try {
      folding = false;
      if (done) {
        int from = slotOf(folded * groupSize);
        Arrays.fill(written, from, from + groupSize, false);
        folded++;
        writtenOfFirst = 0;
        from = slotOf(folded * groupSize);
        for (int slot = from; slot < from + groupSize; slot++) {
          writtenOfFirst += written[slot] ? 1 : 0;
        }
      }
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The sequence below which every item is written and has its bits set. */
  long complete() {
    lock.lock();
    try {
      long sequence = folded * groupSize;
      while (sequence < next && written[slotOf(sequence)]) {
        sequence++;
      }
      return sequence;
    } finally {
      lock.unlock();
    }
  }

  /** How many groups are folded. */
  long folded() {
    lock.lock();
    try {
      return folded;
    } finally {
      lock.unlock();
    }
  }

  /** How many sequences are written. */
  long count() {
    lock.lock();
    try {
      long count = folded * groupSize;
      for (boolean one : written) {
        count += one ? 1 : 0;
      }
      return count;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends it: from now on every call that would write fails with this. Returns what it fails with.
   */
  KvException fail(KvException reason) {
    lock.lock();
    try {
      if (failure == null) {
        failure = reason;
      }
      moved.signalAll();
      return failure;
    } finally {
      lock.unlock();
    }
  }

  private void throwFailure() {
    if (failure != null) {
      throw failure;
    }
  }

  private int slotOf(long sequence) {
    return (int) (sequence % written.length);
  }
}

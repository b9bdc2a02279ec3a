package dev.kvist.rocksdb;

import dev.kvist.KvException;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts who is in native code, so that nothing is freed under them: what a close frees is still in
 * use by whoever entered before it, and nobody enters after it.
 *
 * <p>Counts are striped by thread, each on a cache line of its own: entering costs an atomic add on
 * a line that no other core has.
 */
final class Gate {
  /** Powers of two: a line of 64 bytes, and its neighbour that processors fetch with it. */
  private static final int LONGS_OF_A_STRIPE = 16;

  private static final int STRIPES = 32;
  private static final long NAP_NANOS = 50_000;

  private final String what;
  private final AtomicLongArray inside = new AtomicLongArray(STRIPES * LONGS_OF_A_STRIPE);
  private volatile boolean closed;

  Gate(String what) {
    this.what = what;
  }

  /**
   * Enters; returns what {@link #leave} takes.
   *
   * @throws KvException.Closed after the close
   */
  int enter() {
    int stripe = ((int) Thread.currentThread().threadId() & (STRIPES - 1)) * LONGS_OF_A_STRIPE;
    inside.getAndIncrement(stripe);
    // Read after the add, as the close reads the counts after it has set this: one sees the other.
    if (closed) {
      inside.getAndDecrement(stripe);
      throw new KvException.Closed(what);
    }
    return stripe;
  }

  void leave(int stripe) {
    inside.getAndDecrement(stripe);
  }

  void checkOpen() {
    if (closed) {
      throw new KvException.Closed(what);
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Whether all who are inside now have left, found out by looks from outside. For one thread. */
  final class Departure {
    /** A bit for each stripe that was not empty at any look. */
    private int left = -1;

    private Departure() {}

    boolean isComplete() {
      for (int stripe = 0; stripe < STRIPES; stripe++) {
        if ((left >>> stripe & 1) != 0 && inside.get(stripe * LONGS_OF_A_STRIPE) == 0) {
          left &= ~(1 << stripe);
        }
      }
      return left == 0;
    }
  }

  /** Of those who are inside now. */
  Departure departure() {
    return new Departure();
  }

  /** Lets nobody in any more; returns when all have left. */
  void close() {
    closed = true;
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      while (inside.get(stripe * LONGS_OF_A_STRIPE) != 0) {
        LockSupport.parkNanos(this, NAP_NANOS);
      }
    }
  }
}

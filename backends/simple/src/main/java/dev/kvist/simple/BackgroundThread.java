package dev.kvist.simple;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A thread for a store's own work, which rests after each moment of it. With fewer cores than
 * threads a kernel takes a core away only every few milliseconds, and a caller would wait for so
 * long; and several such threads at full speed would take the cores that callers need. When the
 * work is late it does not rest: then callers would wait for it.
 */
final class BackgroundThread extends Thread {
  private static final long MOMENT_NANOS = 100_000;
  private static final int REST = 3;
  private static final long LONGEST_REST_NANOS = 1_000_000;

  private final BooleanSupplier isLate;
  private long since;

  /**
   * @param isLate whether the work must not rest; asked by this thread, often
   */
  BackgroundThread(String name, Runnable work, BooleanSupplier isLate) {
    super(null, work, name, 0, false);
    this.isLate = isLate;
    setDaemon(true);
  }

  /**
   * Comes after each small step of work, of some 50 µs. On a thread of another kind, a caller's,
   * does nothing.
   */
  static void giveWay() {
    if (Thread.currentThread() instanceof BackgroundThread thread) {
      thread.rest();
    }
  }

  private void rest() {
    long worked = System.nanoTime() - since;
    if (worked >= MOMENT_NANOS) {
      if (!isLate.getAsBoolean()) {
        LockSupport.parkNanos(this, Math.min(REST * worked, LONGEST_REST_NANOS));
      }
      since = System.nanoTime();
    }
  }
}

package dev.kvist.nats;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** When an operation gives up, with all its attempts. For one thread. */
final class Deadline {
  private static final long FIRST_PAUSE_NANOS = 10_000_000;
  private static final long LONGEST_PAUSE_NANOS = 500_000_000;

  /** In less there is no answer, so that what is sent would not be known to have happened. */
  private static final long LEAST_NANOS = 1_000_000;

  private final Duration whole;
  private final long endNanos;
  private long pauseNanos = FIRST_PAUSE_NANOS;

  private Deadline(Duration whole, long endNanos) {
    this.whole = whole;
    this.endNanos = endNanos;
  }

  /** So far from now. */
  static Deadline in(Duration time) {
    return new Deadline(time, System.nanoTime() + time.toNanos());
  }

  /** The same end, but no more than so far from now. */
  Deadline within(Duration time) {
    return leftNanos() <= time.toNanos() ? this : in(time);
  }

  /** The time that the operation had at its beginning. */
  Duration whole() {
    return whole;
  }

  /** What is left, in nanoseconds; 0 or less when time is up. */
  long leftNanos() {
    return endNanos - System.nanoTime();
  }

  boolean isOver() {
    return leftNanos() <= 0;
  }

  /**
   * Waits a little before the next attempt, longer each time.
   *
   * @return false when there is no time for one, or the thread is interrupted
   */
  boolean pause() {
    long left = leftNanos();
    if (left <= 0 || Thread.currentThread().isInterrupted()) {
      return false;
    }
    LockSupport.parkNanos(
        this, Math.min(left, ThreadLocalRandom.current().nextLong(pauseNanos / 2, pauseNanos)));
    pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
    return leftNanos() > LEAST_NANOS;
  }

  /** Waits until it is over, or the thread is interrupted. */
  void sleep() {
    for (long left = leftNanos(); left > 0; left = leftNanos()) {
      LockSupport.parkNanos(this, left);
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
    }
  }
}

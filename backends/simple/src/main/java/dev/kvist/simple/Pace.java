package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Has writers wait while compaction is so far behind them that files would grow without bound, and
 * only while it gets on: where it cannot work, as on a volume that fails, they go on without.
 */
final class Pace {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition goOn = lock.newCondition();
  private BooleanSupplier isBehind = () -> false;

  /** The segment that the last write went to. */
  private @Nullable Segment newest;

  /** Whether a thread compacts when it is wanted. */
  private boolean working;

  /** Whether compaction has to wait itself. */
  private boolean paused;

  private volatile boolean held;

  /**
   * Says what writers wait for; before the first of them comes.
   *
   * @param behind whether compaction is too far behind
   */
  void follow(BooleanSupplier behind) {
    isBehind = behind;
  }

  /** Says whether compaction gets on. */
  void working(boolean isWorking) {
    lock.lock();
    try {
      working = isWorking;
      if (!isWorking) {
        release();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Says whether something is under way that compaction has to wait for. */
  void paused(boolean isPaused) {
    lock.lock();
    try {
      paused = isPaused;
      if (isPaused) {
        release();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Comes after each write, under the engine's lock. */
  void at(Segment segment) {
    if (segment != newest) {
      newest = segment;
      look();
    }
  }

  /** Comes with each new segment of the log, each that went, and now and then. */
  void look() {
    boolean behind = isBehind.getAsBoolean();
    if (behind == held) {
      return;
    }
    lock.lock();
    try {
      if (!behind) {
        release();
      } else if (working && !paused) {
        held = true;
      }
    } finally {
      lock.unlock();
    }
  }

  private void release() {
    held = false;
    goOn.signalAll();
  }

  /**
   * Comes before each write, without the engine's lock.
   *
   * @throws KvException.Timeout when interrupted while it waits; nothing was written
   */
  void await() {
    // An observer may write on the very thread that the others wait for.
    if (!held || Thread.currentThread() instanceof BackgroundThread) {
      return;
    }
    lock.lock();
    try {
      while (held) {
        goOn.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(Effect.NONE, "waiting for compaction", null);
    } finally {
      lock.unlock();
    }
  }
}

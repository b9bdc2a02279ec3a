package dev.kvist.spi;

import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How watches that wait learn of new records. A writer pays a read of a flag while nobody waits,
 * and wakes one thread of this class when somebody does; that thread wakes them all.
 */
public final class WatchSignal implements AutoCloseable {
  private static final long LONGEST_NAP_NANOS = 1_000_000_000;

  private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean anyWaiting;
  private volatile boolean signalled;
  private volatile boolean closed;
  private boolean started;
  private final Thread waker =
      Thread.ofPlatform().daemon().name("kvist-watch").unstarted(this::run);

  /** One that nobody waits for yet. */
  public WatchSignal() {}

  /** Something was published. */
  public void publish() {
    if (anyWaiting && !signalled) {
      signalled = true;
      LockSupport.unpark(waker);
    }
  }

  /** The current thread waits from now on; it looks once more before it parks. */
  private synchronized void enter() {
    if (!started && !closed) {
      waker.start();
      started = true;
    }
    waiting.add(Thread.currentThread());
    anyWaiting = true;
  }

  private synchronized void leave() {
    waiting.remove(Thread.currentThread());
    anyWaiting = !waiting.isEmpty();
  }

  /**
   * Waits on the current thread for an update.
   *
   * @param timeout how long; 0 or less for not at all
   * @param bucket of the watch, for the message of an error
   * @param ready whether {@code next} should be asked again at once
   * @param next the next update; null when there is none yet. What it throws ends the wait.
   * @return null when none came in time
   * @throws KvException.Timeout when the thread is interrupted; its flag stays set
   */
  public @Nullable KvUpdate await(
      Duration timeout, String bucket, BooleanSupplier ready, Supplier<@Nullable KvUpdate> next) {
    if (timeout.isZero() || timeout.isNegative()) {
      return null;
    }
    long deadline = System.nanoTime() + saturatedNanos(timeout);
    enter();
    try {
      while (true) {
        @Nullable KvUpdate update = next.get();
        long left = deadline - System.nanoTime();
        if (update != null || left <= 0) {
          return update;
        }
        if (Thread.currentThread().isInterrupted()) {
          throw new KvException.Timeout(
              KvException.Effect.NONE, "waiting for an update of bucket " + bucket, null);
        }
        if (!ready.getAsBoolean()) {
          LockSupport.parkNanos(this, Math.min(left, LONGEST_NAP_NANOS));
        }
      }
    } finally {
      leave();
    }
  }

  private static long saturatedNanos(Duration timeout) {
    return timeout.compareTo(Duration.ofDays(365)) > 0 ? Long.MAX_VALUE / 2 : timeout.toNanos();
  }

  private void run() {
    while (!closed) {
      if (!signalled) {
        LockSupport.park(this);
        continue;
      }
      // Reset before waking: whoever publishes after this signals again.
      signalled = false;
      wakeAll();
    }
  }

  /** Wakes every waiting thread to look again. */
  public void wakeAll() {
    for (Thread thread : waiting) {
      LockSupport.unpark(thread);
    }
  }

  /** Wakes everybody for the last time. */
  @Override
  public synchronized void close() {
    closed = true;
    wakeAll();
    LockSupport.unpark(waker);
  }
}

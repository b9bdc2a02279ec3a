package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvObserver;
import dev.kvist.spi.FlightEvents;
import dev.kvist.spi.SyncEvent;
import dev.kvist.spi.Threads;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the log onto the device: for writers that wait for it, all in one sync, and every flush
 * interval for the others.
 *
 * <p>A platform thread that finds nobody syncing does it itself, which saves a lone writer two
 * thread switches. Virtual threads leave it to this class's own thread, so that none of them holds
 * a carrier during a sync (K10).
 */
final class Committer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

  /**
   * What a failed sync calls: from then on the store refuses writes, since nothing is known of the
   * device (K8).
   */
  interface Failure {
    void syncFailed(Throwable cause);
  }

  /** A writer that waits; its value is one of the states. */
  private static final class Waiter extends AtomicInteger {
    private static final long serialVersionUID = 1;
    static final int WAITING = 0;
    static final int DONE = 1;
    static final int LEFT = 2;

    final transient Thread thread = Thread.currentThread();
    final long address;
    transient @Nullable Waiter next;

    /** Whom this one wakes when it is woken. */
    transient @Nullable Waiter wakes;

    /** How many wait, this one and those before it. */
    int depth;

    Waiter(long address) {
      this.address = address;
    }

    void follow(@Nullable Waiter before) {
      next = before;
      depth = before == null ? 1 : before.depth + 1;
    }
  }

  private static final long LONGEST_GATHER_NANOS = 150_000;

  private final Log log;
  private final KvObserver observer;
  private final Failure failure;
  private final long flushNanos;
  private final ReentrantLock syncing = new ReentrantLock();
  private final AtomicReference<@Nullable Waiter> waiters = new AtomicReference<>();
  private final @Nullable Thread thread;

  /** How many the last sync released: so many may come again. Written under {@link #syncing}. */
  private volatile int expected;

  private volatile long lastNanos;
  private volatile long longestNanos;
  private volatile @Nullable Throwable failed;
  private volatile boolean closed;
  private final LongAdder syncs = new LongAdder();
  private final LongAdder syncNanos = new LongAdder();
  private final LongAdder syncedBytes = new LongAdder();

  /**
   * @param inline syncs just on the threads that ask: for simulations, which must be repeatable,
   *     and where nothing is written
   */
  Committer(
      Log log, long flushIntervalMillis, KvObserver observer, Failure failure, boolean inline) {
    this.log = log;
    this.observer = observer;
    this.failure = failure;
    this.flushNanos = flushIntervalMillis * 1_000_000;
    this.thread =
        inline ? null : Thread.ofPlatform().daemon().name("kvist-sync").unstarted(this::run);
  }

  /** Begins to sync by itself; the log has a segment to append to. */
  void start() {
    if (thread != null) {
      thread.start();
    }
  }

  long syncs() {
    return syncs.sum();
  }

  long syncNanos() {
    return syncNanos.sum();
  }

  long longestSyncNanos() {
    return longestNanos;
  }

  long syncedBytes() {
    return syncedBytes.sum();
  }

  /**
   * Returns when everything up to a log address is on the device.
   *
   * @throws KvException.IoFailed when a sync failed
   * @throws KvException.Timeout when the thread is interrupted; the write may be on the device or
   *     not
   */
  void await(long address) {
    if (log.sync.address() >= address) {
      return;
    }
    if (thread == null
        || (waiters.get() == null && !Thread.currentThread().isVirtual() && syncing.tryLock())) {
      if (thread == null) {
        syncing.lock();
      }
      try {
        sync();
      } finally {
        syncing.unlock();
      }
      if (waiters.get() != null) {
        LockSupport.unpark(thread);
      }
      check(address);
      return;
    }
    park(address);
    check(address);
  }

  private void check(long address) {
    @Nullable Throwable cause = failed;
    if (log.sync.address() < address && cause != null) {
      throw new KvException.IoFailed(
          KvException.Effect.UNKNOWN,
          log.directory.location()
              + ": a sync failed, and the store refuses writes until it is opened again: "
              + cause.getMessage(),
          cause);
    }
    if (log.sync.address() < address) {
      throw new KvException.Closed("the store");
    }
  }

  private void park(long address) {
    Waiter waiter = new Waiter(address);
    Waiter head;
    do {
      head = waiters.get();
      waiter.follow(head);
    } while (!waiters.compareAndSet(head, waiter));
    if (head == null || waiter.depth == expected) {
      LockSupport.unpark(thread);
    }
    while (waiter.get() == Waiter.WAITING) {
      LockSupport.park(this);
      if (Thread.currentThread().isInterrupted()
          && waiter.compareAndSet(Waiter.WAITING, Waiter.LEFT)) {
        throw new KvException.Timeout(
            KvException.Effect.UNKNOWN, "waiting for the sync of a write", null);
      }
    }
    wake(waiter.wakes);
  }

  private void run() {
    long flushAt = System.nanoTime() + flushNanos;
    while (!closed) {
      if (waiters.get() == null) {
        long left = flushAt - System.nanoTime();
        if (left > 0) {
          LockSupport.parkNanos(this, left);
        }
      }
      boolean due = System.nanoTime() - flushAt >= 0;
      gather();
      if (waiters.get() != null || due) {
        syncing.lock();
        try {
          if (due) {
            checkOwner();
          }
          sync();
        } finally {
          syncing.unlock();
        }
        if (due) {
          flushAt = System.nanoTime() + flushNanos;
        }
      }
    }
    release(waiters.getAndSet(null), Long.MAX_VALUE);
  }

  /**
   * Lets those whom the last sync released, and who write again, come into the next one as well,
   * instead of splitting them into two. One who writes alone waits for nobody.
   */
  private void gather() {
    long until = System.nanoTime() + Math.min(lastNanos, LONGEST_GATHER_NANOS);
    Waiter head = waiters.get();
    while (head != null && head.depth < expected && !closed) {
      long left = until - System.nanoTime();
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(this, left);
      head = waiters.get();
    }
  }

  /**
   * Syncs now whatever is published. For those who need the log on the device: close, backup,
   * compaction.
   */
  void sync(boolean orThrow) {
    long address = log.endAddress();
    syncing.lock();
    try {
      checkOwner();
      sync();
    } finally {
      syncing.unlock();
    }
    if (orThrow) {
      check(address);
    }
  }

  /**
   * Another owner knows nothing of what is written here: what it writes itself would be lost, or
   * this.
   */
  private void checkOwner() {
    try {
      if (failed == null) {
        log.directory.checkOwned();
        checkNewest();
      }
    } catch (KvException.IoFailed e) {
      failed = e;
      failure.syncFailed(e);
    }
  }

  /** A file that was deleted takes all that is written and synced, and is gone with the process. */
  private void checkNewest() {
    @Nullable Segment newest = newest();
    if (newest == null) {
      return;
    }
    try {
      log.directory.identity(newest.name());
    } catch (NoSuchFileException e) {
      if (newest == newest()) {
        throw new KvException.IoFailed(
            Effect.NONE,
            log.directory.location()
                + ": "
                + newest.name()
                + " was removed while the store was open; reads go on, so that all can be exported",
            e);
      }
    } catch (IOException e) {
      // That it cannot be told is no reason to stop: a sync that fails will say so.
      LOG.debug("{}: cannot look at {}", log.directory.location(), newest.name(), e);
    }
  }

  private @Nullable Segment newest() {
    Segment[] segments = log.wal();
    return segments.length == 0 ? null : segments[segments.length - 1];
  }

  private void sync() {
    @Nullable Waiter waiting = waiters.getAndSet(null);
    if (failed == null && log.endAddress() > log.sync.address()) {
      @Nullable SyncEvent event = FlightEvents.sync();
      long start = System.nanoTime();
      try {
        long bytes = log.sync.force();
        long nanos = System.nanoTime() - start;
        lastNanos = nanos;
        longestNanos = Math.max(longestNanos, nanos);
        syncs.increment();
        syncNanos.add(nanos);
        syncedBytes.add(bytes);
        tell(bytes, nanos);
        if (event != null) {
          event.done(log.directory.location(), bytes);
        }
      } catch (IOException | InternalError e) {
        // InternalError: a page that is stored once more cannot be had. Those who wait must hear.
        LOG.error(
            "{}: a sync failed; the store refuses writes from now on", log.directory.location(), e);
        failed = e;
        failure.syncFailed(e);
      }
    }
    release(waiting, failed == null ? log.sync.address() : Long.MAX_VALUE);
  }

  /** An observer must not throw; those who wait for the sync hear of it even so. */
  private void tell(long bytes, long nanos) {
    try {
      observer.synced(bytes, nanos);
    } catch (RuntimeException | Error e) {
      LOG.error("{}: an observer failed", log.directory.location(), e);
    }
  }

  /**
   * Virtual threads wake each other, in two chains: that is cheaper among them than from here,
   * where each would cost a system call.
   */
  private void release(@Nullable Waiter waiting, long synced) {
    if (waiting != null) {
      expected = waiting.depth;
    }
    Waiter one = null;
    Waiter other = null;
    Waiter waiter = waiting;
    while (waiter != null) {
      Waiter next = waiter.next;
      if (waiter.address <= synced) {
        boolean virtual = waiter.thread.isVirtual();
        if (virtual) {
          waiter.wakes = one;
        }
        if (waiter.compareAndSet(Waiter.WAITING, Waiter.DONE)) {
          if (virtual) {
            one = other;
            other = waiter;
          } else {
            LockSupport.unpark(waiter.thread);
          }
        }
      } else {
        // Published after the sync began: waits for the next one.
        Waiter head;
        do {
          head = waiters.get();
          waiter.follow(head);
        } while (!waiters.compareAndSet(head, waiter));
      }
      waiter = next;
    }
    wake(one);
    wake(other);
  }

  private static void wake(@Nullable Waiter waiter) {
    if (waiter != null) {
      LockSupport.unpark(waiter.thread);
    }
  }

  /** Ends the thread. Does not sync. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    if (thread != null) {
      Threads.join(thread);
    }
  }
}

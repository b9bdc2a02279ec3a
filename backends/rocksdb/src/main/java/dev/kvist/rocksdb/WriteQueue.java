package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.spi.Threads;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes that wait to be written together, and who leads that. A platform thread that waits does it
 * itself. Virtual threads never do: a write may stall in native code, and would take a carrier from
 * all others. For them a thread of the queue's leads.
 */
final class WriteQueue implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WriteQueue.class);
  private static final long LONGEST_GATHER_NANOS = 150_000;

  private final String location;
  private final boolean sync;

  /** Whoever has it is the one who writes. */
  private final ReentrantLock lock;

  /** Takes some of what waits, and writes it; under the lock. */
  private final Runnable lead;

  private final Queue<PendingWrite> queue = new ConcurrentLinkedQueue<>();

  /** Counted up behind the adding, so that it is 1 at some time after a write came to no other. */
  private final AtomicInteger queued = new AtomicInteger();

  private final Thread committer =
      Thread.ofPlatform().daemon().name("kvist-commit").unstarted(this::run);

  /** How many the last group released: so many may come again. */
  private volatile int expected;

  private volatile long lastSyncNanos;
  private volatile boolean closed;

  /** Nobody takes from the queue any more. */
  private volatile boolean ended;

  WriteQueue(String location, boolean sync, ReentrantLock lock, Runnable lead) {
    this.location = location;
    this.sync = sync;
    this.lock = lock;
    this.lead = lead;
  }

  void start() {
    committer.start();
  }

  // --- for who has a write ----------------------------------------------------------------------

  /** Adds a write, and returns when it is done, by this thread or by another one. */
  void await(PendingWrite write) {
    queue.add(write);
    int waiting = queued.incrementAndGet();
    if (!write.mayLead && (waiting == 1 || waiting == expected)) {
      LockSupport.unpark(committer);
    }
    // Added before this is read, as the close reads the queue after it has set it.
    if (ended && queue.remove(write)) {
      queued.decrementAndGet();
      throw new KvException.Closed(location);
    }
    while (!write.isDone()) {
      if (write.mayLead && lock.tryLock()) {
        try {
          lead.run();
        } finally {
          lock.unlock();
          handOver();
        }
      } else if (Thread.currentThread().isInterrupted()) {
        write.abandoned = true;
        LockSupport.unpark(committer);
        throw new KvException.Timeout(Effect.UNKNOWN, "a write to " + location, null);
      } else {
        LockSupport.park(this);
      }
    }
  }

  /** Wakes who leads next; whoever gives up the lock does so, as others found it taken. */
  void handOver() {
    PendingWrite next = queue.peek();
    if (next != null) {
      LockSupport.unpark(next.mayLead && !next.abandoned ? next.thread : committer);
    }
  }

  // --- for who leads ----------------------------------------------------------------------------

  /** Takes the oldest; null when none waits. */
  @Nullable PendingWrite poll() {
    PendingWrite write = queue.poll();
    if (write != null) {
      queued.decrementAndGet();
    }
    return write;
  }

  /** A group is about to end, and so many callers with it. */
  void releases(int writes) {
    expected = writes;
  }

  /** The sync of a group took so long. */
  void synced(long nanos) {
    lastSyncNanos = nanos;
  }

  /** Tells those who wait that the store is closed. */
  void refuse() {
    for (PendingWrite write = poll(); write != null; write = poll()) {
      write.done(new KvException.Closed(location));
    }
  }

  // --- the thread -------------------------------------------------------------------------------

  private void run() {
    while (!closed) {
      if (queue.isEmpty()) {
        LockSupport.park(this);
        continue;
      }
      gather();
      lock.lock();
      try {
        lead.run();
      } catch (RuntimeException | Error e) {
        LOG.error("{}: a group of writes failed", location, e);
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Lets those whom the last sync released, and who write again, come into the next one as well,
   * instead of splitting them into two. One who writes alone waits for nobody.
   */
  private void gather() {
    long until = System.nanoTime() + Math.min(lastSyncNanos, LONGEST_GATHER_NANOS);
    while (sync && queued.get() < expected && !closed) {
      long left = until - System.nanoTime();
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(this, left);
    }
  }

  /** Returns when nobody leads any more; those who wait are told that the store is closed. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(committer);
    Threads.join(committer);
    ended = true;
    refuse();
  }
}

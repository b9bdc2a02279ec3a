package dev.kvist.spi;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * How watches that wait learn of new records. A writer pays a read of a flag while nobody waits,
 * and wakes one thread of this class when somebody does; that thread wakes them all.
 */
public final class WatchSignal implements AutoCloseable {
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

  /** Says that the current thread waits from now on; it looks once more before it parks. */
  public synchronized void enter() {
    if (!started && !closed) {
      waker.start();
      started = true;
    }
    waiting.add(Thread.currentThread());
    anyWaiting = true;
  }

  /** Says that the current thread waits no more. */
  public synchronized void leave() {
    waiting.remove(Thread.currentThread());
    anyWaiting = !waiting.isEmpty();
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

package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the ordered index has every key of the log: after a kill only when one pass over the
 * newest segments is done, which is behind the open, and after damage when what was damaged has
 * been built anew. For many threads.
 */
final class KeyOrder {
  private static final Logger LOG = LoggerFactory.getLogger(KeyOrder.class);

  private final Engine engine;
  private final CountDownLatch settled = new CountDownLatch(1);
  private volatile boolean complete;
  private volatile @Nullable KvException damage;

  /** Held by the one that mends. */
  private final ReentrantLock repairing = new ReentrantLock();

  /** Guards what follows. */
  private final ReentrantLock mending = new ReentrantLock();

  private final Condition changed = mending.newCondition();

  /** The thread that mends; null when there is none, and each reader does it. */
  private @Nullable Thread mender;

  /** How often it was mended. */
  private final AtomicInteger mended = new AtomicInteger();

  /** How often that failed. */
  private int failed;

  /** How many threads are at it: what was damaged may be gone before it counts as mended. */
  private int atIt;

  private volatile boolean isWaited;

  KeyOrder(Engine engine) {
    this.engine = engine;
  }

  /** Waits until scans see every key. */
  void await() {
    if (settled.getCount() > 0) {
      try {
        settled.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new KvException.Timeout(Effect.NONE, "waiting for the ordered index", null);
      }
      engine.checkOpen();
    }
    @Nullable KvException known = damage;
    if (known != null) {
      throw known;
    }
  }

  /** Says which thread calls {@link #mend}; null when it does no more. */
  void mender(@Nullable Thread thread) {
    mending.lock();
    try {
      mender = thread;
      changed.signalAll();
    } finally {
      mending.unlock();
    }
  }

  /** Whether somebody waits for {@link #mend}. */
  boolean isWaited() {
    return isWaited;
  }

  /**
   * Settles what was added to the ordered index; where that meets damage in it, mends it instead.
   */
  void maintain() throws IOException {
    int before = mended.get();
    try {
      engine.runs.maintain(upTo());
    } catch (KvException.Corrupted e) {
      if (!isDamagedSince(before)) {
        throw e;
      }
      mend();
    }
  }

  /** Whether there is damage, also such as another thread mends or has mended meanwhile. */
  private boolean isDamagedSince(int before) {
    mending.lock();
    try {
      return mended.get() != before || atIt > 0 || engine.runs.isDamaged();
    } finally {
      mending.unlock();
    }
  }

  private void repair() throws IOException {
    repairing.lock();
    try {
      if (engine.runs.isDamaged()) {
        OrderRepair.run(engine);
      }
    } finally {
      repairing.unlock();
    }
  }

  /** Builds anew what is damaged of the ordered index. */
  void mend() throws IOException {
    boolean done = false;
    mending.lock();
    try {
      atIt++;
    } finally {
      mending.unlock();
    }
    try {
      repair();
      done = true;
    } finally {
      mending.lock();
      try {
        if (done) {
          mended.incrementAndGet();
        } else {
          failed++;
        }
        atIt--;
        isWaited = false;
        changed.signalAll();
      } finally {
        mending.unlock();
      }
    }
  }

  /**
   * Reads the ordered index; where that meets damage in it, again when it is mended.
   *
   * @throws KvException.Corrupted when it cannot be mended
   */
  <T> T read(Supplier<T> reading) {
    while (true) {
      int before = mended.get();
      try {
        return reading.get();
      } catch (KvException.Corrupted e) {
        if (!isMendedSince(before, e)) {
          // Damage of the log, if that is the cause, says more.
          await();
          throw e;
        }
      }
    }
  }

  private boolean isMendedSince(int before, KvException.Corrupted damaged) {
    mending.lock();
    try {
      int failedBefore = failed;
      while (mended.get() == before) {
        engine.checkOpen();
        // An observer may read on the very thread that mends.
        boolean waits = !Thread.currentThread().equals(mender);
        if (!isDamagedSince(before) || failed != failedBefore || !waits) {
          return false;
        }
        if (mender == null) {
          mend();
        } else {
          isWaited = true;
          LockSupport.unpark(mender);
          changed.await();
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(Effect.NONE, "waiting for the ordered index", null);
    } catch (IOException e) {
      damaged.addSuppressed(e);
      return false;
    } finally {
      mending.unlock();
    }
  }

  /** The keys behind some record are not known, so that no scan could be complete. */
  void damaged(KvException cause) {
    LOG.error("{}: keys cannot be put in order, so scans fail", engine.directory.location(), cause);
    damage = cause;
  }

  /** Every key of the log is in the ordered index from now on, unless some are not known. */
  void complete() {
    complete = damage == null;
  }

  /** Nobody need wait any more. */
  void settle() {
    settled.countDown();
  }

  /**
   * The counter below which the ordered index has all keys: what it had when the store was opened,
   * until the rest has been added. A higher one would lose that rest for good.
   */
  long upTo() {
    return complete ? engine.counter() + 1 : engine.runs.coversTo();
  }
}

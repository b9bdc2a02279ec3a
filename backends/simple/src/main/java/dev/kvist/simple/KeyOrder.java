package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the ordered index has every key of the log: after a kill only when one pass over the
 * newest segments is done, which is behind the open. For many threads.
 */
final class KeyOrder {
  private static final Logger LOG = LoggerFactory.getLogger(KeyOrder.class);

  private final Engine engine;
  private final CountDownLatch settled = new CountDownLatch(1);
  private volatile boolean complete;
  private volatile @Nullable KvException damage;

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

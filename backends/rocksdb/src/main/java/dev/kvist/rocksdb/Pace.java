package dev.kvist.rocksdb;

import java.util.concurrent.locks.LockSupport;

/**
 * Lets writes wait for write buffers to be flushed, where each bucket has its own: RocksDB bounds
 * how many a column family has, and flushes one when all together are too large, but goes on taking
 * writes into the others meanwhile. For who has the lock of writes.
 */
final class Pace implements AutoCloseable {
  private static final long LOOK_BYTES = 256 << 10;
  private static final long NAP_NANOS = 1_000_000;

  /** A flush that fails, as on a full volume, gives nothing back: the write shall say why. */
  private static final long LONGEST_NANOS = 1_000_000_000;

  private final Database database;
  private final boolean isNeeded;
  private long unseen;
  private volatile boolean closed;

  Pace(Database database) {
    this.database = database;
    this.isNeeded = !database.settings.singleBucketMode();
  }

  /** So many bytes were written. From inside the gate. */
  void after(long bytes) {
    if (!isNeeded) {
      return;
    }
    unseen += bytes;
    if (unseen < LOOK_BYTES) {
      return;
    }
    unseen = 0;
    long since = System.nanoTime();
    // Write buffers are charged to the cache, and held there.
    while (database.tuning.cache.getPinnedUsage() > database.settings.memoryBudget()
        && !closed
        && System.nanoTime() - since < LONGEST_NANOS) {
      LockSupport.parkNanos(this, NAP_NANOS);
    }
  }

  /** Nobody waits any more. */
  @Override
  public void close() {
    closed = true;
  }
}

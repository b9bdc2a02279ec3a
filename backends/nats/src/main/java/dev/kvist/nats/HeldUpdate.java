package dev.kvist.nats;

/**
 * A message of a batch that waits for what comes behind it: the last one that a scope lets through
 * carries the cursor, and only then it is known to be that.
 */
final class HeldUpdate {
  /** The rest of a batch comes at once, where it is in scope of the consumer. */
  static final long PATIENCE_NANOS = 5_000_000;

  final byte[] key;
  final StoredMessage stored;
  private final String batch;
  private final boolean wasLast;
  private final long sinceNanos = System.nanoTime();

  /**
   * One that waits from now on.
   *
   * @param pending how many messages the server had behind it
   */
  HeldUpdate(byte[] key, StoredMessage stored, String batch, long pending) {
    this.key = key;
    this.stored = stored;
    this.batch = batch;
    this.wasLast = pending == 0;
  }

  /** Whether a message belongs to the same batch. */
  boolean isOf(@org.jspecify.annotations.Nullable String otherBatch) {
    return batch.equals(otherBatch);
  }

  /** Whether nothing more of the batch is to come. */
  boolean waitedEnough() {
    return wasLast && System.nanoTime() - sinceNanos >= PATIENCE_NANOS;
  }
}

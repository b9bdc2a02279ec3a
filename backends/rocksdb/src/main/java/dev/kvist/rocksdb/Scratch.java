package dev.kvist.rocksdb;

/**
 * A thread's working memory: a key as it is stored, and what is read. Platform threads keep one;
 * virtual threads, of which there may be millions, make one a call.
 */
final class Scratch {
  private static final int SMALL = 512;
  private static final int FIRST = 4096;
  private static final int KEPT = 1 << 17;
  private static final ThreadLocal<Scratch> OF_THREAD =
      ThreadLocal.withInitial(() -> new Scratch(FIRST));

  private byte[] key = new byte[64];
  private byte[] record;

  private Scratch(int bytes) {
    record = new byte[bytes];
  }

  static Scratch get() {
    return Thread.currentThread().isVirtual() ? new Scratch(SMALL) : OF_THREAD.get();
  }

  /** A key as it is stored: its first {@link Bucket#storedLength} bytes. */
  byte[] key(Bucket bucket, byte[] plain) {
    int length = bucket.storedLength(plain);
    if (key.length < length) {
      key = new byte[2 * length];
    }
    bucket.store(plain, key);
    return key;
  }

  /** Room to read into; content is not kept. */
  byte[] fresh() {
    if (record.length > KEPT) {
      record = new byte[FIRST];
    }
    return record;
  }

  /** What was read last. */
  byte[] record() {
    return record;
  }

  /** Room for at least so many bytes; content is not kept. */
  byte[] record(int length) {
    if (record.length < length || (record.length > KEPT && length <= KEPT)) {
      record = new byte[Math.max(FIRST, length)];
    }
    return record;
  }
}

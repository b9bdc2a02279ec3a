package dev.kvist.simple;

import java.nio.ByteBuffer;

/** A log without bytes: a position names the number of a key, and which of its records it is. */
final class NumberedRecords implements Records {
  private static final int NUMBER_BITS = 24;
  private static final int BUCKET = 3;

  private final long hashMask;

  /** Keys hash like {@link KeyHash}, with all but these bits cleared. */
  NumberedRecords(long hashMask) {
    this.hashMask = hashMask;
  }

  NumberedRecords() {
    this(-1);
  }

  static byte[] key(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  long hash(int number) {
    return KeyHash.hash(BUCKET, key(number), 42) & hashMask;
  }

  static long position(int number, int record) {
    return ((long) record << NUMBER_BITS | number) << 3;
  }

  static int number(long position) {
    return (int) (position >>> 3) & (1 << NUMBER_BITS) - 1;
  }

  @Override
  public boolean matches(long position, int bucket, byte[] key) {
    return bucket == BUCKET && number(position) == ByteBuffer.wrap(key).getInt();
  }

  long find(HashIndex index, int number) {
    return index.find(hash(number), BUCKET, key(number), this);
  }

  long put(HashIndex index, int number, long position) throws java.io.IOException {
    return index.put(hash(number), BUCKET, key(number), position, this);
  }
}

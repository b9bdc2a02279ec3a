package dev.kvist.simple;

import java.lang.foreign.MemorySegment;

/** Assembles a record's header and key, and its value when that is small. */
final class RecordWriter {
  /** Values up to this length are stored with their key at once. */
  private static final int SMALL_VALUE = 1 << 15;

  private RecordWriter() {}

  /** Whether {@link #assemble} takes a value in. */
  static boolean fits(byte[] value) {
    return value.length <= SMALL_VALUE;
  }

  /**
   * Writes header, checksum included, key, and a value that fits with its padding to the scratch
   * buffer.
   *
   * @return how many bytes that are; a value that does not fit follows them
   */
  static int assemble(
      Scratch scratch,
      int typeAndFlags,
      int bucket,
      byte[] key,
      byte[] value,
      int valueChecksum,
      long deadline,
      int claim,
      long counter,
      int epoch,
      long writtenAtMillis,
      int mask) {
    boolean hasDeadline = deadline != Long.MAX_VALUE;
    int keyStart = RecordLayout.HEADER_BYTES + (hasDeadline ? RecordLayout.DEADLINE_BYTES : 0);
    int keyEnd = keyStart + key.length;
    int length = fits(value) ? keyEnd + value.length : keyEnd;
    byte[] bytes = scratch.bytes(length + RecordLayout.ALIGNMENT);
    MemorySegment header = scratch.memory();
    int type = hasDeadline ? typeAndFlags | RecordLayout.DEADLINE : typeAndFlags;
    header.set(RecordLayout.INT, 4, valueChecksum);
    header.set(
        RecordLayout.LONG,
        8,
        (value.length & 0xFFFFFFFFL)
            | (long) key.length << 32
            | (long) type << 48
            | (long) claim << 56);
    header.set(RecordLayout.LONG, 16, counter | (long) (epoch >>> 16) << 48);
    header.set(RecordLayout.LONG, 24, writtenAtMillis | (long) (epoch & 0xFFFF) << 48);
    header.set(RecordLayout.INT, 32, bucket);
    if (hasDeadline) {
      header.set(RecordLayout.LONG, RecordLayout.HEADER_BYTES, deadline);
    }
    System.arraycopy(key, 0, bytes, keyStart, key.length);
    header.set(RecordLayout.INT, 0, scratch.checksum(bytes, 4, keyEnd - 4) ^ mask);
    if (length > keyEnd) {
      System.arraycopy(value, 0, bytes, keyEnd, value.length);
    }
    if (fits(value)) {
      while ((length & (RecordLayout.ALIGNMENT - 1)) != 0) {
        bytes[length++] = 0;
      }
    }
    return length;
  }
}

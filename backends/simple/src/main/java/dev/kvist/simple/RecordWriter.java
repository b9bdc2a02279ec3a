package dev.kvist.simple;

import java.lang.foreign.MemorySegment;

/** Assembles a record's header and key. */
final class RecordWriter {
  private RecordWriter() {}

  /**
   * Writes header and key to the scratch buffer, checksum included.
   *
   * @return how many bytes that are; the value follows them
   */
  static int header(
      Scratch scratch,
      int typeAndFlags,
      int bucket,
      byte[] key,
      int valueLength,
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
    byte[] bytes = scratch.bytes(keyEnd);
    MemorySegment header = scratch.memory();
    int type = hasDeadline ? typeAndFlags | RecordLayout.DEADLINE : typeAndFlags;
    header.set(RecordLayout.INT, 4, valueChecksum);
    header.set(
        RecordLayout.LONG,
        8,
        (valueLength & 0xFFFFFFFFL)
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
    return keyEnd;
  }
}

package dev.kvist.simple;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Checks the records of a segment one after the other, in copies of larger pieces of it: a copy for
 * each record, and another for its value, would take longer than the checksums themselves. For one
 * thread.
 */
final class ReadAhead {
  /** Any header with its key is shorter; small enough for a cache of the processor. */
  private static final int MOST_BYTES = 1 << 17;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();

  private final MemorySegment memory;
  private final CRC32C crc = new CRC32C();
  private final byte[] bytes;

  /** The piece of the segment that is in {@link #bytes}. */
  private long start;

  private long end;

  /** Where the record is that was checked last; negative when it is too long to be held whole. */
  private int record = -1;

  ReadAhead(MemorySegment memory) {
    this.memory = memory;
    bytes = new byte[(int) Math.min(MOST_BYTES, memory.byteSize())];
  }

  /**
   * Whether header, key and value match their checksums.
   *
   * @param mask of {@link RecordLayout#mask}
   * @param lengths the record's word of lengths, which are possible here
   * @param limit up to where the segment may be read
   */
  boolean holdsIntact(int mask, long offset, long lengths, long limit) {
    int valueLength = RecordLayout.valueLength(lengths);
    int keyEnd = RecordLayout.keyStart(lengths) + RecordLayout.keyLength(lengths);
    long length = (long) keyEnd + valueLength;
    if (offset + length > memory.byteSize()) {
      return false;
    }
    boolean whole = length <= bytes.length;
    int at = load(offset, whole ? (int) length : keyEnd, limit);
    record = whole ? at : -1;
    int expected = (int) INT.get(bytes, at + 4);
    return checksum(at + 4, keyEnd - 4) == ((int) INT.get(bytes, at) ^ mask)
        && (whole
                ? checksum(at + keyEnd, valueLength)
                : checksum(offset + keyEnd, valueLength, limit))
            == expected;
  }

  private int checksum(int from, int length) {
    crc.reset();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  /** That of bytes of the segment which are more than are held at once. */
  private int checksum(long offset, int length, long limit) {
    crc.reset();
    for (int done = 0; done < length; ) {
      int piece = Math.min(bytes.length, length - done);
      crc.update(bytes, load(offset + done, piece, limit), piece);
      done += piece;
    }
    return (int) crc.getValue();
  }

  /** Where in {@link #bytes} a part of the segment is, which is copied there when it is not. */
  private int load(long offset, int length, long limit) {
    if (offset < start || offset + length > end) {
      long most = Math.min(limit, memory.byteSize()) - offset;
      int piece = (int) Math.min(bytes.length, most);
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, bytes, 0, piece);
      start = offset;
      end = offset + piece;
    }
    return (int) (offset - start);
  }

  /** Whether the record that was checked last is here. */
  boolean hasRecord() {
    return record >= 0;
  }

  /** The {@link KeyHash} of a key in it. */
  long hash(int bucket, int keyStart, int keyLength, long seed) {
    return KeyHash.hash(bucket, bytes, record + keyStart, keyLength, seed);
  }
}

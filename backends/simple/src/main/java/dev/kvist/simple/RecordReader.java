package dev.kvist.simple;

import dev.kvist.KvException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import org.jspecify.annotations.Nullable;

/**
 * Reads and checks records. Bytes leave a mapping by copies only; checksums and LZ4 work on the
 * copies, since a page that the device cannot provide would otherwise end the process.
 */
final class RecordReader {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private RecordReader() {}

  static boolean sameBytes(MemorySegment memory, long offset, byte[] bytes) {
    int i = 0;
    for (; i <= bytes.length - Long.BYTES; i += Long.BYTES) {
      if (memory.get(RecordLayout.LONG, offset + i) != (long) LONGS.get(bytes, i)) {
        return false;
      }
    }
    for (; i < bytes.length; i++) {
      if (memory.get(ValueLayout.JAVA_BYTE, offset + i) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * The value of a record, as stored, when record and value are intact; null when not.
   *
   * @param lengths the record's word of lengths, as read before
   */
  static byte @Nullable [] value(
      Segment segment, MemorySegment memory, long offset, long lengths, Scratch scratch) {
    if (!headerIsIntact(segment, memory, offset, lengths, scratch)) {
      return null;
    }
    byte[] value = new byte[RecordLayout.valueLength(lengths)];
    long start = offset + RecordLayout.keyStart(lengths) + RecordLayout.keyLength(lengths);
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, start, value, 0, value.length);
    int expected = memory.get(RecordLayout.INT, offset + 4);
    return scratch.checksum(value, 0, value.length) == expected ? value : null;
  }

  /**
   * Whether the lengths are possible here and the header checksum holds. Leaves header and key in
   * the scratch.
   */
  static boolean headerIsIntact(
      Segment segment, MemorySegment memory, long offset, long lengths, Scratch scratch) {
    return headerIsIntact(RecordLayout.mask(segment.id, offset), memory, offset, lengths, scratch);
  }

  static boolean headerIsIntact(
      int mask, MemorySegment memory, long offset, long lengths, Scratch scratch) {
    int valueLength = RecordLayout.valueLength(lengths);
    int keyEnd = RecordLayout.keyStart(lengths) + RecordLayout.keyLength(lengths);
    if (valueLength < 0 || offset + keyEnd + valueLength > memory.byteSize()) {
      return false;
    }
    byte[] bytes = scratch.bytes(keyEnd);
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, bytes, 0, keyEnd);
    int expected = scratch.memory().get(RecordLayout.INT, 0) ^ mask;
    return scratch.checksum(bytes, 4, keyEnd - 4) == expected;
  }

  /**
   * Undoes the invisible compression of a stored value.
   *
   * @throws KvException.Corrupted when it is none; its checksum held, so the writer was at fault
   */
  static byte[] plain(byte[] stored, int flags, Segment segment, long offset) {
    if ((flags & RecordLayout.LZ4) == 0) {
      return stored;
    }
    int length =
        stored.length < Integer.BYTES ? -1 : MemorySegment.ofArray(stored).get(RecordLayout.INT, 0);
    if (length < 0 || length / 256 > stored.length) {
      throw new KvException.Corrupted(
          segment.name(), offset, "a compressed value of impossible length");
    }
    byte[] value = new byte[length];
    try {
      int read =
          LZ4Factory.safeInstance()
              .safeDecompressor()
              .decompress(stored, Integer.BYTES, stored.length - Integer.BYTES, value, 0, length);
      if (read == length) {
        return value;
      }
    } catch (LZ4Exception e) {
      // Falls through: the block is not what its checksum says it was.
    }
    throw new KvException.Corrupted(
        segment.name(), offset, "a compressed value that does not unpack");
  }

  /** A little-endian number of up to 8 bytes. */
  static long littleEndian(byte[] bytes, int offset, int length) {
    long value = 0;
    for (int i = length - 1; i >= 0; i--) {
      value = value << 8 | (bytes[offset + i] & 0xFF);
    }
    return value;
  }
}

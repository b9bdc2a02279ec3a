package dev.kvist.simple;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The bytes of a log record; little-endian, 8-byte aligned, zero-padded to a multiple of 8.
 *
 * <pre>
 *  0  u32  header checksum: CRC32C of bytes 4 to the end of the key, xor {@link #mask}(segment, offset)
 *  4  u32  value checksum: CRC32C of the value bytes as stored
 *  8  u32  length of the value as stored
 * 12  u16  length of the key
 * 14  u8   type (low 4 bits: {@link #PUT} …) and flags (high 4 bits: {@link #PAIR} …); 0 means no record
 * 15  u8   synced claim: everything but the last 2^n - 1 bytes of log before this record was on the
 *          device when it was written; 255 claims nothing
 * 16  u48  counter      22  u16  epoch, high half
 * 24  u48  written at (ms since 1970)    30  u16  epoch, low half
 * 32  u32  bucket id; 0 holds the buckets' names
 * 36  u64  deadline (ms since 1970), only with {@link #DEADLINE}
 *  …  key, value
 * </pre>
 *
 * With {@link #LZ4} the stored value is a u32 length and one LZ4 block of that many bytes. The mask
 * makes a record valid just where it was written, so that neither a stale nor a misplaced one
 * passes.
 */
final class RecordLayout {
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final int HEADER_BYTES = 36;
  static final int DEADLINE_BYTES = 8;
  static final int ALIGNMENT = 8;

  /** Where the word with the time is, which is never 0. */
  static final int TIME_AT = 24;

  static final int PUT = 1;
  static final int DELETE = 2;
  static final int EXPIRE = 3;
  static final int PURGE = 4;

  /**
   * Has no key: says by its claim that all before it is on the device, and by its value, if it has
   * one, which segments there must be; see {@link Inventory}.
   */
  static final int MARK = 5;

  /** What is left of a record whose value was purged: same length and counter, no key, zeros. */
  static final int ERASED = 6;

  /** The value is an LZ4 pair of the bucket view. */
  static final int PAIR = 0x10;

  /** The value is stored LZ4-compressed, invisibly to the reader. */
  static final int LZ4 = 0x20;

  /** A deadline follows the header. */
  static final int DEADLINE = 0x40;

  /** The next record belongs to the same batch. */
  static final int MORE = 0x80;

  static final int NO_CLAIM = 255;

  static final long MAX_COUNTER = (1L << 48) - 1;

  private RecordLayout() {}

  static long size(int keyLength, long valueLength, boolean deadline) {
    long size = HEADER_BYTES + (deadline ? DEADLINE_BYTES : 0) + keyLength + valueLength;
    return (size + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /** What the header checksum of a record at this place is combined with. */
  static int mask(long segmentId, long offset) {
    long x = segmentId * 0x9E3779B97F4A7C15L ^ offset * 0xC2B2AE3D27D4EB4FL;
    return (int) (x ^ x >>> 32);
  }

  /** The word that holds lengths, type and claim; 0 where no record is. */
  static long lengths(MemorySegment memory, long offset) {
    return memory.get(LONG, offset + 8);
  }

  static int valueLength(long lengths) {
    return (int) lengths;
  }

  static int keyLength(long lengths) {
    return (int) (lengths >>> 32) & 0xFFFF;
  }

  static int type(long lengths) {
    return (int) (lengths >>> 48) & 0x0F;
  }

  static int flags(long lengths) {
    return (int) (lengths >>> 48) & 0xF0;
  }

  static int claim(long lengths) {
    return (int) (lengths >>> 56);
  }

  static long size(long lengths) {
    return size(
        keyLength(lengths), valueLength(lengths) & 0xFFFFFFFFL, (flags(lengths) & DEADLINE) != 0);
  }

  /** Where the key starts, from the record's start. */
  static int keyStart(long lengths) {
    return (flags(lengths) & DEADLINE) == 0 ? HEADER_BYTES : HEADER_BYTES + DEADLINE_BYTES;
  }

  static long counter(MemorySegment memory, long offset) {
    return memory.get(LONG, offset + 16) & MAX_COUNTER;
  }

  static int epoch(MemorySegment memory, long offset) {
    return (int) (memory.get(LONG, offset + 16) >>> 48) << 16
        | (int) (memory.get(LONG, offset + 24) >>> 48);
  }

  static long writtenAt(MemorySegment memory, long offset) {
    return memory.get(LONG, offset + TIME_AT) & MAX_COUNTER;
  }

  static int bucket(MemorySegment memory, long offset) {
    return memory.get(INT, offset + 32);
  }

  /** The deadline; {@link Long#MAX_VALUE} without one. */
  static long deadline(MemorySegment memory, long offset, long lengths) {
    return (flags(lengths) & DEADLINE) == 0
        ? Long.MAX_VALUE
        : memory.get(LONG, offset + HEADER_BYTES);
  }

  /** The claim for that many bytes of log, before a record, that may not be on the device yet. */
  static int claimFor(long unsyncedBytes) {
    return unsyncedBytes < 0 ? NO_CLAIM : 64 - Long.numberOfLeadingZeros(unsyncedBytes);
  }

  /**
   * The end of the log that a record at {@code address} claims to be on the device; -1 when it
   * claims nothing.
   */
  static long claimed(long address, int claim) {
    return claim >= 63 ? -1 : address - ((1L << claim) - 1);
  }
}

package dev.kvist.simple;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The first bytes of a log segment; little-endian. Records follow.
 *
 * <pre>
 *  0  u64  magic "KVISTLOG"
 *  8  u16  format generation
 * 10  u16  kind: 1 write-ahead log, 2 state (records kept by compaction)
 * 12  u32  epoch
 * 16  u64  store id
 * 24  u64  segment id
 * 32  u64  the next counter when the segment was made
 * 40  u64  log address of the segment's first byte (state segments: 0)
 * 48  u64  made at (ms since 1970)
 * 56  u32  the id less that of the oldest segment of the log when this one was made; 0 where it is
 *          not said, and in state segments
 * 60  u32  CRC32C of bytes 0 to 59
 * </pre>
 */
final class SegmentLayout {
  static final int HEADER_BYTES = 64;
  static final long MAGIC = 0x474F4C545349564BL; // "KVISTLOG"
  static final int GENERATION = 1;
  static final int WAL = 1;
  static final int STATE = 2;

  private static final int SPAN_AT = 56;
  private static final int CHECKSUM_AT = 60;

  private SegmentLayout() {}

  /**
   * Writes the header.
   *
   * @param span how much higher the id is than that of the oldest segment of the log; 0 in state
   *     segments
   */
  static void write(
      MemorySegment memory,
      int kind,
      int epoch,
      long storeId,
      long id,
      long firstCounter,
      long address,
      long madeAtMillis,
      long span) {
    MemorySegment header = MemorySegment.ofArray(new byte[HEADER_BYTES]);
    header.set(RecordLayout.LONG, 0, MAGIC);
    header.set(RecordLayout.INT, 8, GENERATION | kind << 16);
    header.set(RecordLayout.INT, 12, epoch);
    header.set(RecordLayout.LONG, 16, storeId);
    header.set(RecordLayout.LONG, 24, id);
    header.set(RecordLayout.LONG, 32, firstCounter);
    header.set(RecordLayout.LONG, 40, address);
    header.set(RecordLayout.LONG, 48, madeAtMillis);
    header.set(RecordLayout.INT, SPAN_AT, (int) span == span ? (int) span : 0);
    header.set(RecordLayout.INT, CHECKSUM_AT, checksum(header));
    MemorySegment.copy(header, 0, memory, 0, HEADER_BYTES);
  }

  /** Whether the file is a spare that was never used: its header is all zeros. */
  static boolean isBlank(MemorySegment memory) {
    byte[] header = new byte[(int) Math.min(HEADER_BYTES, memory.byteSize())];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, header, 0, header.length);
    return Arrays.equals(header, new byte[header.length]);
  }

  static boolean hasMagic(MemorySegment memory) {
    return memory.byteSize() >= HEADER_BYTES && memory.get(RecordLayout.LONG, 0) == MAGIC;
  }

  static boolean isIntact(MemorySegment memory) {
    MemorySegment header = MemorySegment.ofArray(new byte[HEADER_BYTES]);
    MemorySegment.copy(memory, 0, header, 0, HEADER_BYTES);
    return header.get(RecordLayout.INT, CHECKSUM_AT) == checksum(header);
  }

  /**
   * Whether the checksum holds once the magic number is put right: then a flipped bit in it is the
   * damage.
   */
  static boolean isIntactButMagic(MemorySegment memory) {
    MemorySegment header = MemorySegment.ofArray(new byte[HEADER_BYTES]);
    MemorySegment.copy(memory, 0, header, 0, HEADER_BYTES);
    header.set(RecordLayout.LONG, 0, MAGIC);
    return header.get(RecordLayout.INT, CHECKSUM_AT) == checksum(header);
  }

  private static int checksum(MemorySegment header) {
    CRC32C crc = new CRC32C();
    crc.update(header.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), 0, CHECKSUM_AT);
    return (int) crc.getValue();
  }

  static int generation(MemorySegment memory) {
    return memory.get(RecordLayout.INT, 8) & 0xFFFF;
  }

  static int kind(MemorySegment memory) {
    return memory.get(RecordLayout.INT, 8) >>> 16;
  }

  static int epoch(MemorySegment memory) {
    return memory.get(RecordLayout.INT, 12);
  }

  static long storeId(MemorySegment memory) {
    return memory.get(RecordLayout.LONG, 16);
  }

  static long id(MemorySegment memory) {
    return memory.get(RecordLayout.LONG, 24);
  }

  static long firstCounter(MemorySegment memory) {
    return memory.get(RecordLayout.LONG, 32);
  }

  static long address(MemorySegment memory) {
    return memory.get(RecordLayout.LONG, 40);
  }

  static long madeAtMillis(MemorySegment memory) {
    return memory.get(RecordLayout.LONG, 48);
  }

  /** How much higher the id is than that of the oldest segment of the log then; 0 if not said. */
  static int span(MemorySegment memory) {
    return memory.get(RecordLayout.INT, SPAN_AT);
  }
}

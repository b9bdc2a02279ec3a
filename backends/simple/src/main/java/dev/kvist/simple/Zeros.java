package dev.kvist.simple;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32C;

/**
 * Looks for the first byte of a mapping that is not zero, a block at a time by its checksum: that
 * is as sure as any other check of a record, and fast before any code was compiled, as at an open.
 */
final class Zeros {
  private static final int BLOCK_BYTES = 1 << 16;
  private static final long BLANK = checksum(new byte[BLOCK_BYTES], BLOCK_BYTES);

  private Zeros() {}

  /** The offset of the first byte from {@code from} on that is not zero; {@code limit} for none. */
  static long end(MemorySegment memory, long from, long limit) {
    byte[] block = new byte[Math.clamp(limit - from, 0, BLOCK_BYTES)];
    for (long at = from; at < limit; at += block.length) {
      int length = (int) Math.min(block.length, limit - at);
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, block, 0, length);
      if (length < BLOCK_BYTES || checksum(block, length) != BLANK) {
        for (int i = 0; i < length; i++) {
          if (block[i] != 0) {
            return at + i;
          }
        }
      }
    }
    return limit;
  }

  private static long checksum(byte[] block, int length) {
    var checksum = new CRC32C();
    checksum.update(block, 0, length);
    return checksum.getValue();
  }
}

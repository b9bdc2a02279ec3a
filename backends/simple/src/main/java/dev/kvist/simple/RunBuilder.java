package dev.kvist.simple;

import dev.kvist.spi.LogFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes a {@link KeyRun}, all but its header, from keys that come in order. A key that comes twice
 * is kept once.
 *
 * <p>Blocks are made in a buffer on the heap, checksums included, and copied to the target some 64
 * KiB at a time. For one thread.
 */
final class RunBuilder {
  private static final int FLUSH_BYTES = 64 << 10;

  private final MemorySegment target;
  private final @Nullable LogFile file;
  private final CRC32C crc = new CRC32C();

  private byte[] buffer;
  private int buffered;
  private long written = KeyRunLayout.HEADER_BYTES;
  private int[] table = new int[16];
  private int blocks;

  private int blockAt;
  private int blockKeys;
  private int blockKeyBytes;

  private byte[] previous = new byte[64];
  private int previousLength;
  private long keys;
  private long keyBytes;
  private int longest;

  /**
   * Into {@code target}, large enough by one of the bounds of {@link KeyRunLayout}; {@code file}
   * when it is mapped.
   */
  RunBuilder(MemorySegment target, @Nullable LogFile file) {
    this.target = target;
    this.file = file;
    this.buffer = new byte[(int) Math.min(FLUSH_BYTES + 4096, target.byteSize())];
  }

  /** Adds a key, its bucket in front, that is not before the last one added. */
  void add(byte[] key, int offset, int length) {
    int shared = 0;
    if (keys > 0) {
      shared = Arrays.mismatch(previous, 0, previousLength, key, offset, offset + length);
      if (shared < 0) {
        return;
      }
      if (shared == length || (shared < previousLength && !rises(key[offset + shared], shared))) {
        throw new IllegalStateException("keys come out of order");
      }
    }
    remember(key, offset, length, shared);
    if (blockKeys == KeyRunLayout.BLOCK_KEYS || blockKeyBytes >= KeyRunLayout.BLOCK_KEY_BYTES) {
      endBlock();
    }
    if (blockKeys == 0) {
      beginBlock();
      shared = 0;
    }
    int suffix = length - shared;
    reserve(2 * KeyRunLayout.MAX_VARINT_BYTES + suffix);
    int at = KeyRunLayout.putVarint(buffer, buffered, shared);
    at = KeyRunLayout.putVarint(buffer, at, suffix);
    System.arraycopy(key, offset + shared, buffer, at, suffix);
    buffered = at + suffix;
    blockKeys++;
    blockKeyBytes += length;
    keys++;
    keyBytes += length;
    longest = Math.max(longest, length);
  }

  /**
   * Writes what is left, and gives the header, which the caller writes when the rest is durable.
   */
  KeyRunLayout.Header finish(KeyRunLayout.Claim claim) {
    if (blockKeys > 0) {
      endBlock();
    }
    flush();
    long blockBytes = written - KeyRunLayout.HEADER_BYTES;
    for (int i = 0; i < blocks; i++) {
      reserve(KeyRunLayout.TABLE_ENTRY_BYTES);
      KeyRunLayout.putInt(buffer, buffered, table[i]);
      buffered += KeyRunLayout.TABLE_ENTRY_BYTES;
      if (buffered >= FLUSH_BYTES) {
        flush();
      }
    }
    flush();
    return new KeyRunLayout.Header(blocks, keys, keyBytes, blockBytes, claim, longest);
  }

  private boolean rises(byte to, int at) {
    return Byte.compareUnsigned(previous[at], to) < 0;
  }

  private void remember(byte[] key, int offset, int length, int shared) {
    if (length > previous.length) {
      previous = Arrays.copyOf(previous, Math.max(length, previous.length * 2));
    }
    System.arraycopy(key, offset + shared, previous, shared, length - shared);
    previousLength = length;
  }

  private void beginBlock() {
    if (blocks == table.length) {
      table = Arrays.copyOf(table, blocks + blocks / 2);
    }
    long start = written + buffered - KeyRunLayout.HEADER_BYTES;
    table[blocks] = Math.toIntExact(start / KeyRunLayout.BLOCK_UNIT);
    blockAt = buffered;
    reserve(KeyRunLayout.BLOCK_ENTRIES);
    buffered += KeyRunLayout.BLOCK_ENTRIES;
  }

  private void endBlock() {
    reserve(KeyRunLayout.BLOCK_UNIT);
    while ((buffered - blockAt) % KeyRunLayout.BLOCK_UNIT != 0) {
      buffer[buffered++] = 0;
    }
    int countAt = blockAt + KeyRunLayout.BLOCK_COUNT;
    buffer[countAt] = (byte) blockKeys;
    int checksum = KeyRunLayout.checksum(crc, buffer, countAt, buffered);
    KeyRunLayout.putInt(buffer, blockAt, checksum ^ blocks);
    blocks++;
    blockKeys = 0;
    blockKeyBytes = 0;
    if (buffered >= FLUSH_BYTES) {
      flush();
    }
  }

  private void reserve(int bytes) {
    if (buffered + bytes > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(buffered + bytes, buffer.length + buffer.length / 2));
    }
  }

  private void flush() {
    MemorySegment.copy(buffer, 0, target, ValueLayout.JAVA_BYTE, written, buffered);
    if (file != null && buffered > 0) {
      file.written(written, buffered);
    }
    written += buffered;
    buffered = 0;
  }
}

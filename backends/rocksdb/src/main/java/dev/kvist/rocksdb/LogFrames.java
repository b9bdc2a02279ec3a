package dev.kvist.rocksdb;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads one file of RocksDB's write-ahead log, record by record, and goes on behind what is
 * damaged. For one thread.
 *
 * <p>The framing is that of RocksDB's {@code db/log_format.h}. A file has blocks of 32 KiB, a block
 * has fragments, and a record is one fragment or several. What is left at the end of a block and is
 * too small for a header belongs to none. Numbers are little-endian.
 *
 * <pre>
 *   offset  bytes  what
 *        0      4  CRC32C of type and content, masked: turned right by 15 bits, plus 0xA282EAD8
 *        4      2  length of the content
 *        6      1  type: 1 a whole record, 2 its first fragment, 3 one between, 4 its last one;
 *                  9, 10 and 128 and more say something of the file
 *        7      n  content
 * </pre>
 */
final class LogFrames implements AutoCloseable {
  /** What {@link #next} came to. */
  enum Found {
    /** A record, whose checksums hold. */
    RECORD,
    /** Something that is none, at {@link #offset}; what follows is read from the next block on. */
    DAMAGE,
    /** The end of the file. */
    END
  }

  private static final int BLOCK_BYTES = 32 << 10;
  private static final int HEADER_BYTES = 7;
  private static final int LENGTH_AT = 4;
  private static final int TYPE_AT = 6;
  private static final int MASK_BITS = 15;
  private static final int MASK = 0xA282EAD8;

  private static final int WHOLE = 1;
  private static final int FIRST = 2;
  private static final int LAST = 4;
  private static final int COMPRESSION = 9;
  private static final int TIMESTAMPS = 10;
  private static final int IGNORABLE = 1 << 7;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();

  // No channel: an interrupt of the caller would close it.
  private final InputStream file;
  private final CRC32C crc = new CRC32C();
  private final byte[] block = new byte[BLOCK_BYTES];
  private long blockStart;
  private int blockLength;
  private int at;

  /** Fragments belong to a record that was not readable from its beginning. */
  private boolean isLost;

  private byte[] record = new byte[BLOCK_BYTES];
  private int length;
  private long offset;

  /**
   * Whether what follows a damaged fragment in its block is looked at, where its length is right.
   */
  private final boolean isGreedy;

  LogFrames(Path path) throws IOException {
    this(path, false);
  }

  /**
   * Opens a file.
   *
   * @param greedy whether a fragment that is damaged within costs no more than itself
   */
  LogFrames(Path path, boolean greedy) throws IOException {
    file = new FileInputStream(path.toFile());
    isGreedy = greedy;
  }

  /** Moves on. */
  Found next() throws IOException {
    length = 0;
    boolean inside = false;
    while (true) {
      if (blockLength - at < HEADER_BYTES) {
        boolean rest = at < blockLength && blockLength < BLOCK_BYTES;
        long end = blockStart + at;
        if (!nextBlock()) {
          // A header that is cut, or a record whose end is missing.
          return inside ? Found.DAMAGE : rest ? damage(end) : Found.END;
        }
        continue;
      }
      long start = blockStart + at;
      if (!isSound()) {
        passDamage();
        isLost = true;
        return damage(inside ? offset : start);
      }
      int type = block[at + TYPE_AT] & 0xFF;
      if (type == COMPRESSION || type == TIMESTAMPS || type >= IGNORABLE) {
        take(false);
      } else if (type == WHOLE || type == FIRST) {
        isLost = false;
        if (inside) {
          // The end of the record before is missing. This one is read by the next call.
          return Found.DAMAGE;
        }
        offset = start;
        take(true);
        if (type == WHOLE) {
          return Found.RECORD;
        }
        inside = true;
      } else if (inside) {
        take(true);
        if (type == LAST) {
          return Found.RECORD;
        }
      } else {
        take(false);
        if (!isLost) {
          isLost = true;
          return damage(start);
        }
      }
    }
  }

  private Found damage(long where) {
    offset = where;
    return Found.DAMAGE;
  }

  /** Believes the length of a damaged fragment if a sound one follows it. */
  private void passDamage() {
    int behind = at + HEADER_BYTES + contentLength();
    at = behind;
    boolean follows = isGreedy && behind + HEADER_BYTES <= blockLength && isSound();
    at = follows ? behind : blockLength;
  }

  private boolean nextBlock() throws IOException {
    if (blockLength > 0 && blockLength < BLOCK_BYTES) {
      at = blockLength;
      return false;
    }
    blockStart += blockLength;
    blockLength = file.readNBytes(block, 0, BLOCK_BYTES);
    at = 0;
    return blockLength > 0;
  }

  /** Whether a fragment of a known type with a checksum that holds begins here. */
  private boolean isSound() {
    int content = contentLength();
    int type = block[at + TYPE_AT] & 0xFF;
    boolean isKnown =
        (type >= WHOLE && type <= LAST)
            || type == COMPRESSION
            || type == TIMESTAMPS
            || type >= IGNORABLE;
    if (!isKnown || content > blockLength - at - HEADER_BYTES) {
      return false;
    }
    crc.reset();
    crc.update(block, at + TYPE_AT, HEADER_BYTES - TYPE_AT + content);
    int masked = Integer.rotateRight((int) crc.getValue(), MASK_BITS) + MASK;
    return masked == (int) INT.get(block, at);
  }

  private int contentLength() {
    return (short) SHORT.get(block, at + LENGTH_AT) & 0xFFFF;
  }

  /** Goes behind a fragment. */
  private void take(boolean isContent) {
    int content = contentLength();
    if (isContent) {
      if (length + content > record.length) {
        record = Arrays.copyOf(record, Math.max(2 * record.length, length + content));
      }
      System.arraycopy(block, at + HEADER_BYTES, record, length, content);
      length += content;
    }
    at += HEADER_BYTES + content;
  }

  /** Where the record or the damage begins in the file. */
  long offset() {
    return offset;
  }

  /** How far it has read. */
  long position() {
    return blockStart + at;
  }

  /** The record, in the first {@link #length} bytes; until the next call. */
  byte[] record() {
    return record;
  }

  int length() {
    return length;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

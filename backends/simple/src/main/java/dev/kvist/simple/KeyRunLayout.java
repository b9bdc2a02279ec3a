package dev.kvist.simple;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a {@link KeyRun}, in a file {@code last_state/keys-N} as in memory. Numbers are
 * little-endian.
 *
 * <pre>
 *   header           0  8  magic "KVISTKEY"
 *                    8  4  format generation
 *                   12  4  number of blocks
 *                   16  8  number of keys
 *                   24  8  bytes of all keys, each with its bucket, before front coding
 *                   32  8  bytes of all blocks
 *                   40  4  the first step whose keys are in this run
 *                   44  4  the first step after those
 *                   48  8  the log sequence below which new keys are in this run or in earlier steps
 *                   56  8  id of the store whose keys these are
 *                   64  4  bytes of the longest key with its bucket
 *                   68  4  CRC32C of bytes 0 to 67
 *   blocks          72     one after the other, each a multiple of 8 bytes
 *   block table            for each block 4  where it starts, in units of 8 bytes after the header
 *
 *   block            0  4  CRC32C of the rest of the block, xor the number of the block
 *                    4  1  number of keys, 1 to 32
 *                    5     entries, then zeros
 *   entry              1-3  bytes shared with the key before; 0 in the first entry
 *                      1-3  bytes that follow
 *                           those bytes
 * </pre>
 *
 * <p>A key is its bucket, a big-endian int, followed by its own bytes; keys rise in unsigned byte
 * order. Lengths are variable-length integers, seven bits to a byte, the lowest first. The header
 * is written last, so that a file without one was never finished. The block table has no checksum:
 * a wrong entry leads to a block whose checksum fails.
 */
final class KeyRunLayout {
  /** Changes with anything in the table above. */
  static final int GENERATION = 2;

  static final int HEADER_BYTES = 72;
  static final int TABLE_ENTRY_BYTES = 4;
  static final int BLOCK_UNIT = 8;
  static final int BLOCK_COUNT = 4;
  static final int BLOCK_ENTRIES = 5;

  /** The most keys of a block. */
  static final int BLOCK_KEYS = 32;

  /** A block with this many bytes of keys, before front coding, takes no further one. */
  static final int BLOCK_KEY_BYTES = 16 << 10;

  /** The longest key with its bucket. */
  static final int MAX_KEY_BYTES = KeyBatch.BUCKET_BYTES + 65_535;

  /** The most bytes of a variable-length integer. */
  static final int MAX_VARINT_BYTES = 3;

  /** No block is longer. */
  static final int MAX_BLOCK_BYTES =
      BLOCK_ENTRIES
          + BLOCK_KEYS * 2 * MAX_VARINT_BYTES
          + BLOCK_KEY_BYTES
          + MAX_KEY_BYTES
          + BLOCK_UNIT;

  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final long MAGIC = 0x59454b545349564bL;

  private static final int MAGIC_AT = 0;
  private static final int GENERATION_AT = 8;
  private static final int BLOCKS_AT = 12;
  private static final int KEYS_AT = 16;
  private static final int KEY_BYTES_AT = 24;
  private static final int BLOCK_BYTES_AT = 32;
  private static final int FROM_STEP_AT = 40;
  private static final int TO_STEP_AT = 44;
  private static final int COVERS_TO_AT = 48;
  private static final int STORE_AT = 56;
  private static final int LONGEST_AT = 64;
  private static final int CHECKSUM_AT = 68;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private KeyRunLayout() {}

  /**
   * What a run has, as a part of all. Each time that keys are moved to a file is a step, numbered
   * from 0.
   *
   * @param fromStep the first step whose keys are in the run
   * @param toStep the first step after those
   * @param coversTo all keys that are new below this log sequence are in this run or in earlier
   *     steps
   */
  record Claim(int fromStep, int toStep, long coversTo) {
    /** Of a run in memory. */
    static final Claim NONE = new Claim(0, 0, 0);
  }

  /** What the header says. */
  record Header(int blocks, long keys, long keyBytes, long blockBytes, Claim claim, int longest) {

    /** The whole run. */
    long size() {
      return tableStart() + (long) blocks * TABLE_ENTRY_BYTES;
    }

    long tableStart() {
      return HEADER_BYTES + blockBytes;
    }

    byte[] encode(long storeId) {
      byte[] bytes = new byte[HEADER_BYTES];
      LONGS.set(bytes, MAGIC_AT, MAGIC);
      INTS.set(bytes, GENERATION_AT, GENERATION);
      INTS.set(bytes, BLOCKS_AT, blocks);
      LONGS.set(bytes, KEYS_AT, keys);
      LONGS.set(bytes, KEY_BYTES_AT, keyBytes);
      LONGS.set(bytes, BLOCK_BYTES_AT, blockBytes);
      INTS.set(bytes, FROM_STEP_AT, claim.fromStep());
      INTS.set(bytes, TO_STEP_AT, claim.toStep());
      LONGS.set(bytes, COVERS_TO_AT, claim.coversTo());
      LONGS.set(bytes, STORE_AT, storeId);
      INTS.set(bytes, LONGEST_AT, longest);
      INTS.set(bytes, CHECKSUM_AT, checksum(new CRC32C(), bytes, 0, CHECKSUM_AT));
      return bytes;
    }

    /**
     * The header of a run of {@code size} bytes or fewer; null when these bytes are not one that we
     * can read.
     */
    static @Nullable Header decode(byte[] bytes, long size) {
      if ((long) LONGS.get(bytes, MAGIC_AT) != MAGIC
          || (int) INTS.get(bytes, CHECKSUM_AT) != checksum(new CRC32C(), bytes, 0, CHECKSUM_AT)
          || (int) INTS.get(bytes, GENERATION_AT) != GENERATION) {
        return null;
      }
      Header header =
          new Header(
              (int) INTS.get(bytes, BLOCKS_AT),
              (long) LONGS.get(bytes, KEYS_AT),
              (long) LONGS.get(bytes, KEY_BYTES_AT),
              (long) LONGS.get(bytes, BLOCK_BYTES_AT),
              new Claim(
                  (int) INTS.get(bytes, FROM_STEP_AT),
                  (int) INTS.get(bytes, TO_STEP_AT),
                  (long) LONGS.get(bytes, COVERS_TO_AT)),
              (int) INTS.get(bytes, LONGEST_AT));
      boolean possible =
          header.blocks >= 0
              && header.blockBytes >= 0
              && header.blockBytes <= size
              && header.size() <= size
              && header.claim.fromStep >= 0
              && header.claim.fromStep < header.claim.toStep
              && header.claim.coversTo >= 0;
      return possible ? header : null;
    }
  }

  /** Whose keys a run has whose header {@link Header#decode} could read. */
  static long storeId(byte[] header) {
    return (long) LONGS.get(header, STORE_AT);
  }

  /** Why {@link Header#decode} gave nothing. */
  static String refusal(byte[] header) {
    if (Arrays.equals(header, new byte[HEADER_BYTES])) {
      return "it was never finished";
    }
    int generation = (int) INTS.get(header, GENERATION_AT);
    boolean isRun = (long) LONGS.get(header, MAGIC_AT) == MAGIC;
    return isRun && generation != GENERATION
        ? "its format generation is " + generation + ", this program knows " + GENERATION
        : "its header is damaged";
  }

  /**
   * An upper bound of the size of a run of so many keys with so many bytes in total, buckets
   * included.
   */
  static long sizeBound(long keys, long keyBytes) {
    long entries = keyBytes + keys * 2 * MAX_VARINT_BYTES;
    return HEADER_BYTES + entries + blocksBound(keys, keyBytes) * blockOverhead();
  }

  /**
   * An upper bound of the size of a merge of runs. An entry never grows when others come or go
   * around it by more than what those give up, except where it becomes the first of a block and is
   * written whole.
   */
  static long mergeBound(Iterable<KeyRun> runs) {
    long keys = 0;
    long keyBytes = 0;
    long blockBytes = 0;
    int longest = 0;
    for (KeyRun run : runs) {
      keys += run.header().keys();
      keyBytes += run.header().keyBytes();
      blockBytes += run.header().blockBytes();
      longest = Math.max(longest, run.header().longest());
    }
    long whole = blocksBound(keys, keyBytes) * (longest + MAX_VARINT_BYTES + blockOverhead());
    return Math.min(HEADER_BYTES + blockBytes + whole, sizeBound(keys, keyBytes));
  }

  private static long blocksBound(long keys, long keyBytes) {
    return keys / BLOCK_KEYS + keyBytes / BLOCK_KEY_BYTES + 1;
  }

  private static int blockOverhead() {
    return BLOCK_ENTRIES + BLOCK_UNIT + TABLE_ENTRY_BYTES;
  }

  static int checksum(CRC32C crc, byte[] bytes, int from, int to) {
    crc.reset();
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }

  static int getInt(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at);
  }

  static void putInt(byte[] bytes, int at, int value) {
    INTS.set(bytes, at, value);
  }

  /** Writes a variable-length integer and returns where it ends. */
  static int putVarint(byte[] bytes, int at, int value) {
    int rest = value;
    int end = at;
    while (rest > 0x7f) {
      bytes[end++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[end++] = (byte) rest;
    return end;
  }
}

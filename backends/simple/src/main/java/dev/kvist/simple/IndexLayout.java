package dev.kvist.simple;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Where everything lies in the chunk files of {@link HashIndex}. All words are 8 bytes,
 * little-endian.
 *
 * <p>A chunk is 256 pages of 4 KiB. Page 0 of chunk 0 is the header page; every other page holds
 * entries, or is free.
 *
 * <pre>
 *  header page
 *  +------+------+---------------------------------------------------------------+
 *  |    0 |    8 | magic "KVISTIDX"                                              |
 *  |    8 |    8 | format generation                                             |
 *  |   16 |    8 | seed of the key hash                                          |
 *  |   24 |    8 | mark of this index, 32 random bits, in every page header too  |
 *  |   32 |    8 | id of the store whose log it points into                      |
 *  |   40 |    8 | CRC32C of bytes 0 to 39                                       |
 *  |   64 |    8 | condition: closed cleanly, or who is changing it              |
 *  |   72 |    8 | CRC32C of all chunks, this word taken as 0; valid when clean  |
 *  |   80 |    8 | number of chunks; valid when clean                            |
 *  |   88 |    8 | number of entries; valid when clean                           |
 *  | 1024 | 1024 | 128 fields of the engine, each a code word of IndexSlot       |
 *  +------+------+---------------------------------------------------------------+
 *  other bytes are 0
 *
 *  entry page: 64 lines of 8 words
 *  +------+------+---------------------------------------------------------------+
 *  |    0 |    8 | page header, a code word of IndexSlot; 0 is a free page       |
 *  |      |      |   bits  0 to 19  prefix, right-aligned                        |
 *  |      |      |   bits 20 to 24  depth, the length of the prefix in bits      |
 *  |      |      |   bits 25 to 56  mark of this index                           |
 *  |    8 |   56 | line 0, 7 slots                                               |
 *  |   64 |   64 | line 1, 8 slots                                               |
 *  |    … |    … | …                                                             |
 *  | 4032 |   64 | line 63, 8 slots                                              |
 *  +------+------+---------------------------------------------------------------+
 * </pre>
 *
 * <p>The layout of a slot is in {@link IndexSlot}. The condition and the two words that make it
 * checkable share one 512-byte sector, so that a disk writes them together.
 */
final class IndexLayout {
  static final ValueLayout.OfLong WORD_LAYOUT =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final VarHandle WORD = WORD_LAYOUT.varHandle().withInvokeExactBehavior();

  static final int PAGE_BYTES = 4096;
  static final int PAGE_SHIFT = 12;
  static final int CHUNK_PAGES = 256;
  static final int CHUNK_PAGES_SHIFT = 8;
  static final long CHUNK_BYTES = (long) CHUNK_PAGES * PAGE_BYTES;

  static final int PAGE_WORDS = PAGE_BYTES / Long.BYTES;
  static final int LINES = 64;
  static final int LINE_BITS = 6;
  static final int LINE_WORDS = 8;

  static final long MAGIC = 0x584449545349564BL;
  static final long GENERATION = 2;

  static final int MAGIC_AT = 0;
  static final int GENERATION_AT = 8;
  static final int SEED_AT = 16;
  static final int MARK_AT = 24;
  static final int STORE_AT = 32;
  static final int FIXED_CHECKSUM_AT = 40;
  static final int CONDITION_AT = 64;
  static final int CHECKSUM_AT = 72;
  static final int CHUNKS_AT = 80;
  static final int ENTRIES_AT = 88;
  static final int STATE_AT = 1024;
  static final int STATE_FIELDS = 128;

  /**
   * The shortest prefix: a new index has 2^4 pages. Keeps every tag at least 0 bits long, see
   * {@link IndexSlot}.
   */
  static final int MIN_DEPTH = 4;

  static final int MAX_DEPTH = 20;

  private static final int DEPTH_SHIFT = 20;
  private static final int MARK_SHIFT = 25;

  private IndexLayout() {}

  static long pageHeader(int depth, int prefix, int mark) {
    return IndexSlot.encode(
        prefix | ((long) depth << DEPTH_SHIFT) | (Integer.toUnsignedLong(mark) << MARK_SHIFT));
  }

  static int depth(long pageHeader) {
    return (int) (pageHeader >>> DEPTH_SHIFT) & 31;
  }

  static int prefix(long pageHeader) {
    return (int) pageHeader & ((1 << DEPTH_SHIFT) - 1);
  }

  /** Whether a page header that is not 0 can have been written by the index with this mark. */
  static boolean isPageHeader(long word, int mark) {
    int depth = depth(word);
    return IndexSlot.isValid(word)
        && (int) (word >>> MARK_SHIFT) == mark
        && depth >= MIN_DEPTH
        && depth <= MAX_DEPTH
        && prefix(word) < 1 << depth;
  }
}

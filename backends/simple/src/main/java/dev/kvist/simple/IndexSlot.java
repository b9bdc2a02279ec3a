package dev.kvist.simple;

/**
 * The code of one 8-byte slot of the index.
 *
 * <pre>
 *  bits  0 to 36  position in the log, in units of 8 bytes
 *  bits 37 to 53  tag: a 1, then the hash bits that follow those of the home line, 16 at most
 *  bits 54 to 56  displacement: lines between the home line and this one; 7 is a tombstone
 *  bits 57 to 63  check bits of an extended Hamming code (64,57)
 * </pre>
 *
 * <p>A word of 0 is an empty slot. Any two code words differ in at least four bits, so that one,
 * two or three flipped bits are seen.
 *
 * <p>The hash bits are used from the top: the prefix of the page, 6 bits for the home line in the
 * page, then the tag. What the place of a slot says is not stored in it. A page that splits takes
 * one bit more into its prefix: the first of the line moves to the prefix, the first of the tag to
 * the line, and the tag of that entry is one bit shorter from then on. The leading 1 tells how many
 * bits are left. A page of depth d has split at most d - 4 times since an entry came, so that at
 * depth 20 the oldest entries have no tag bits left and all newer ones have more: half of all
 * entries have 16, a quarter 15, and so on. So an entry is placed anew without reading its key, and
 * a lookup still meets a wrong tag match only once in some thousand times.
 */
final class IndexSlot {
  static final long EMPTY = 0;
  static final int MAX_DISPLACEMENT = 6;
  static final int TAG_BITS = 16;

  /** Positions are below this, and multiples of 8. */
  static final long POSITION_LIMIT = 1L << 40;

  static final long DATA_LIMIT = 1L << 57;

  private static final int TAG_SHIFT = 37;
  private static final int DISPLACEMENT_SHIFT = TAG_BITS + 1;
  private static final int CHECK_SHIFT = 57;

  private static final long CHECKED_0 = checkedBits(0);
  private static final long CHECKED_1 = checkedBits(1);
  private static final long CHECKED_2 = checkedBits(2);
  private static final long CHECKED_3 = checkedBits(3);
  private static final long CHECKED_4 = checkedBits(4);
  private static final long CHECKED_5 = checkedBits(5);

  private static final int PARITY_CHECK = 6;
  private static final int BYTE_VALUES = 1 << Byte.SIZE;

  /**
   * By byte of a word and its value: the checks that fail when all else is zero. A table, since
   * many words are checked at an open, before any code was compiled.
   */
  private static final byte[] SYNDROMES = syndromes();

  static final long TOMBSTONE = encode((MAX_DISPLACEMENT + 1L) << (TAG_SHIFT + DISPLACEMENT_SHIFT));

  private IndexSlot() {}

  /**
   * The data bits that check bit {@code check} covers: a data bit has one of the 57 numbers below
   * 64 that are no power of two.
   */
  private static long checkedBits(int check) {
    long bits = 0;
    int dataBit = 0;
    for (int number = 3; number < 64; number++) {
      if (Integer.bitCount(number) > 1) {
        bits |= ((number >>> check) & 1L) << dataBit;
        dataBit++;
      }
    }
    return bits;
  }

  /** The code word of 57 data bits; that of 0 is 0. */
  static long encode(long data) {
    long check =
        (Long.bitCount(data & CHECKED_0) & 1)
            | (Long.bitCount(data & CHECKED_1) & 1) << 1
            | (Long.bitCount(data & CHECKED_2) & 1) << 2
            | (Long.bitCount(data & CHECKED_3) & 1) << 3
            | (Long.bitCount(data & CHECKED_4) & 1) << 4
            | (Long.bitCount(data & CHECKED_5) & 1) << 5;
    long word = data | (check << CHECK_SHIFT);
    return word | ((long) Long.bitCount(word) << 63);
  }

  static long data(long word) {
    return word & (DATA_LIMIT - 1);
  }

  static boolean isValid(long word) {
    int syndrome =
        SYNDROMES[(int) word & 0xFF]
            ^ SYNDROMES[0x100 | ((int) (word >>> 8) & 0xFF)]
            ^ SYNDROMES[0x200 | ((int) (word >>> 16) & 0xFF)]
            ^ SYNDROMES[0x300 | ((int) (word >>> 24) & 0xFF)]
            ^ SYNDROMES[0x400 | ((int) (word >>> 32) & 0xFF)]
            ^ SYNDROMES[0x500 | ((int) (word >>> 40) & 0xFF)]
            ^ SYNDROMES[0x600 | ((int) (word >>> 48) & 0xFF)]
            ^ SYNDROMES[0x700 | (int) (word >>> 56)];
    return syndrome == 0;
  }

  private static byte[] syndromes() {
    byte[] syndromes = new byte[Long.BYTES * BYTE_VALUES];
    for (int i = 0; i < syndromes.length; i++) {
      int value = i % BYTE_VALUES;
      if (value != 0) {
        int bit = (i / BYTE_VALUES * Byte.SIZE) + Integer.numberOfTrailingZeros(value);
        syndromes[i] = (byte) (syndromes[i & (i - 1)] ^ syndrome(bit));
      }
    }
    return syndromes;
  }

  /** Which checks a bit takes part in; the last one is that of all bits. */
  private static int syndrome(int bit) {
    long word = 1L << bit;
    if (bit >= CHECK_SHIFT) {
      return (1 << (bit - CHECK_SHIFT)) | 1 << PARITY_CHECK;
    }
    return ((int) (encode(word) >>> CHECK_SHIFT) & ((1 << PARITY_CHECK) - 1)) | 1 << PARITY_CHECK;
  }

  static long entry(long position, int displacement, int tag) {
    return encode(
        (position >>> 3) | ((long) ((displacement << DISPLACEMENT_SHIFT) | tag) << TAG_SHIFT));
  }

  /**
   * The line in which an entry with this hash starts to look for a place, in a page of this depth.
   */
  static int home(long hash, int depth) {
    return (int) ((hash << depth) >>> (64 - IndexLayout.LINE_BITS));
  }

  /** The longest tag of this hash in a page of this depth, with its leading 1. */
  static int tag(long hash, int depth) {
    return (1 << TAG_BITS) | (int) ((hash << (depth + IndexLayout.LINE_BITS)) >>> (64 - TAG_BITS));
  }

  /**
   * Whether a slot that is not empty has this displacement and a tag that begins {@code fullTag}.
   */
  static boolean mayBe(long slot, int displacement, int fullTag) {
    // A different displacement leaves a bit above every tag, which no shift of the full tag equals.
    int tag = ((int) (slot >>> TAG_SHIFT) & 0xFFFFF) ^ (displacement << DISPLACEMENT_SHIFT);
    return tag == fullTag >>> (Integer.numberOfLeadingZeros(tag) - (31 - TAG_BITS));
  }

  static long position(long slot) {
    return (slot & ((1L << TAG_SHIFT) - 1)) << 3;
  }

  static int tag(long slot) {
    return (int) (slot >>> TAG_SHIFT) & ((1 << DISPLACEMENT_SHIFT) - 1);
  }

  static int displacement(long slot) {
    return (int) (slot >>> (TAG_SHIFT + DISPLACEMENT_SHIFT)) & 7;
  }

  /** How many hash bits are left in a tag with its leading 1. */
  static int tagLength(int tag) {
    return 31 - Integer.numberOfLeadingZeros(tag);
  }

  /** The first hash bit of a tag, which becomes the last bit of the home line at a split. */
  static int firstBit(int tag) {
    return (tag >>> (tagLength(tag) - 1)) & 1;
  }

  /** The tag without its first hash bit. */
  static int withoutFirstBit(int tag) {
    int length = tagLength(tag) - 1;
    return (1 << length) | (tag & ((1 << length) - 1));
  }

  static boolean isEntry(long slot) {
    return slot != EMPTY && slot != TOMBSTONE;
  }
}

package dev.kvist.bucket;

/**
 * What a Bloom filter was made for, and how it is laid out; it never changes.
 *
 * <p>For n items with an error rate p a filter has −n·ln p / (ln 2)² bits and sets (bits/n)·ln 2 of
 * them an item: A. Broder and M. Mitzenmacher, "Network Applications of Bloom Filters: A Survey",
 * 2004, section 2; the filter itself is B. H. Bloom's, 1970.
 *
 * @param capacity how many items it is made for
 * @param errorRate the share of absent items for which it answers true when it holds that many
 * @param seed0 the first word of the key of its hashes, random
 * @param seed1 the second one
 * @param groupSize how many added items make a segment
 * @param chunkSize bytes of bits in a chunk, a multiple of 8
 */
record BloomShape(
    long capacity, double errorRate, long seed0, long seed1, int groupSize, int chunkSize) {
  private static final double LN_2 = Math.log(2);

  /** Checks itself. */
  BloomShape {
    check(capacity, errorRate);
    if (groupSize < 1 || chunkSize < Long.BYTES || chunkSize % Long.BYTES != 0) {
      throw new IllegalArgumentException(
          "no layout of a Bloom filter: " + groupSize + " items, chunks of " + chunkSize);
    }
  }

  /**
   * Checks what was asked for.
   *
   * @throws IllegalArgumentException when no filter can be made of it
   */
  static void check(long capacity, double errorRate) {
    if (capacity < 1) {
      throw new IllegalArgumentException(
          "the capacity of a Bloom filter is 1 item at least, and is " + capacity);
    }
    if (!(errorRate > 0 && errorRate < 1)) {
      throw new IllegalArgumentException(
          "the error rate of a Bloom filter is between 0 and 1, such as 0.01, and is " + errorRate);
    }
    double words = -capacity * Math.log(errorRate) / (LN_2 * LN_2) / Long.SIZE;
    if (words > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException(
          "a Bloom filter for "
              + capacity
              + " items with an error rate of "
              + errorRate
              + " takes more than 16 GiB of memory; choose a smaller capacity or a larger rate");
    }
  }

  /** How many words of 64 bits it has. */
  int words() {
    double bits = -capacity * Math.log(errorRate) / (LN_2 * LN_2);
    return (int) Math.max(1, Math.ceil(bits / Long.SIZE));
  }

  /** How many bits it has. */
  long bits() {
    return (long) words() * Long.SIZE;
  }

  /** How many bits an item sets. */
  int hashes() {
    // By the rate, not by bits/n: the same where the bits are not rounded up, and else never more.
    return (int) Math.max(1, Math.round(-Math.log(errorRate) / LN_2));
  }

  int wordsOfChunk() {
    return chunkSize / Long.BYTES;
  }

  /** How many chunks the bits are stored in; the last may be shorter. */
  int chunks() {
    return Math.ceilDiv(words(), wordsOfChunk());
  }

  /** How many slots the journal has: two groups, so that one is filled while one is folded. */
  int slots() {
    return 2 * groupSize;
  }

  ItemHash hash(String bucket, byte[] key) {
    return ItemHash.of(Member.of(bucket, key), seed0, seed1);
  }
}

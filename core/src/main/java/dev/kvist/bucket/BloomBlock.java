package dev.kvist.bucket;

/** A block of words that a Bloom filter stores: a chunk of its bits, or the hashes of a segment. */
final class BloomBlock {
  private final long owner;
  private final long generation;
  private final long[] words;

  /** Of these words, which it keeps. */
  BloomBlock(long owner, long generation, long... words) {
    this.owner = owner;
    this.generation = generation;
    this.words = words;
  }

  /** A random number of the open that wrote it. */
  long owner() {
    return owner;
  }

  /** Of a chunk: the sequence below which all items are in it. */
  long generation() {
    return generation;
  }

  int length() {
    return words.length;
  }

  long word(int index) {
    return words[index];
  }

  /** Its words; the array is the block's own. */
  long[] words() {
    return words;
  }

  /** Of a segment: the item of an index. */
  ItemHash item(int index) {
    return new ItemHash(words[2 * index], words[2 * index + 1]);
  }
}

package dev.kvist.bucket;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The bits of a Bloom filter in memory. Safe for many threads: bits are only ever set, each word by
 * an atomic or, so that no two adders lose each other's.
 *
 * <p>The positions of an item are h₁ + i·h₂, which is as good as independent hashes (A. Kirsch and
 * M. Mitzenmacher, "Less Hashing, Same Performance", 2006), in 64 bits, scaled to the number of
 * bits.
 */
final class BloomBits {
  private final AtomicLongArray words;
  private final AtomicIntegerArray changed;
  private final AtomicLong ones = new AtomicLong();
  private final int wordsOfChunk;
  private final int hashes;
  private final long bits;

  BloomBits(BloomShape shape) {
    this.words = new AtomicLongArray(shape.words());
    this.changed = new AtomicIntegerArray(shape.chunks());
    this.wordsOfChunk = shape.wordsOfChunk();
    this.hashes = shape.hashes();
    this.bits = shape.bits();
  }

  /** Whether all bits of an item are set. */
  boolean contains(ItemHash item) {
    long step = item.second() | 1;
    long hash = item.first();
    for (int i = 0; i < hashes; i++, hash += step) {
      long position = Math.unsignedMultiplyHigh(hash, bits);
      if ((words.get((int) (position >>> 6)) & 1L << position) == 0) {
        return false;
      }
    }
    return true;
  }

  /** Sets all bits of an item. */
  void add(ItemHash item) {
    long step = item.second() | 1;
    long hash = item.first();
    for (int i = 0; i < hashes; i++, hash += step) {
      long position = Math.unsignedMultiplyHigh(hash, bits);
      set((int) (position >>> 6), 1L << position);
    }
  }

  private void set(int word, long mask) {
    if ((words.get(word) & mask) == mask) {
      return;
    }
    long before = words.getAndUpdate(word, old -> old | mask);
    ones.addAndGet(Long.bitCount(mask & ~before));
    // After the bits: whoever finds the chunk unchanged has seen them.
    changed.set(word / wordsOfChunk, 1);
  }

  /** Sets the bits of a chunk that are set in a stored one. */
  void addChunk(int chunk, long[] stored) {
    for (int i = 0; i < stored.length; i++) {
      set(chunk * wordsOfChunk + i, stored[i]);
    }
    changed.set(chunk, 0);
  }

  /** Sets every bit of a chunk: what is in it is not known any more. */
  void fill(int chunk) {
    for (int word = chunk * wordsOfChunk; word < end(chunk); word++) {
      set(word, -1L);
    }
  }

  /** The chunk as it is, or later; takes it for stored. */
  long[] takeChunk(int chunk) {
    changed.set(chunk, 0);
    long[] copy = new long[end(chunk) - chunk * wordsOfChunk];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = words.get(chunk * wordsOfChunk + i);
    }
    return copy;
  }

  /** How many words a chunk has. */
  int length(int chunk) {
    return end(chunk) - chunk * wordsOfChunk;
  }

  private int end(int chunk) {
    return (int) Math.min(words.length(), (chunk + 1L) * wordsOfChunk);
  }

  /** Whether a chunk was changed since it was last taken or added. */
  boolean changed(int chunk) {
    return changed.get(chunk) != 0;
  }

  /** It was not stored after all. */
  void untake(int chunk) {
    changed.set(chunk, 1);
  }

  /** The share of absent items for which {@link #contains} is true now: the share of ones, to k. */
  double errorRate() {
    return Math.pow((double) ones.get() / bits, hashes);
  }

  /** Bytes of memory. */
  long size() {
    return bits / Byte.SIZE;
  }
}

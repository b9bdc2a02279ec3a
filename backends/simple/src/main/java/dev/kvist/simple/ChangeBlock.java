package dev.kvist.simple;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Some changes of the log, each the hash of its key and its position, in the order of the first
 * bits of the hashes; those in which these are equal, as they stand in the log.
 */
final class ChangeBlock {
  /**
   * Changes are put into the index by this many first bits of their hashes. The pages of so many
   * hashes are few enough to stay in the cache of the processor, and the places that a sort writes
   * to as well.
   */
  static final int PREFIX_BITS = 8;

  static final int PREFIXES = 1 << PREFIX_BITS;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final MemorySegment memory;

  /** Where those of each prefix begin, and where the last ones end. */
  private final int[] starts = new int[PREFIXES + 1];

  /**
   * Sorts.
   *
   * @param changes hash and position in turn
   * @param memory where they go to
   */
  ChangeBlock(long[] changes, int count, MemorySegment memory) {
    this.memory = memory;
    for (int i = 0; i < count; i++) {
      starts[prefix(changes[2 * i]) + 1]++;
    }
    int[] next = new int[PREFIXES];
    for (int prefix = 1; prefix <= PREFIXES; prefix++) {
      next[prefix - 1] = starts[prefix - 1];
      starts[prefix] += starts[prefix - 1];
    }
    for (int i = 0; i < count; i++) {
      long hash = changes[2 * i];
      long at = (long) next[prefix(hash)]++ * ChangeMemory.CHANGE_BYTES;
      memory.set(LONG, at, hash);
      memory.set(LONG, at + Long.BYTES, changes[2 * i + 1]);
    }
  }

  private static int prefix(long hash) {
    return (int) (hash >>> (Long.SIZE - PREFIX_BITS));
  }

  /** The first hash with a prefix. */
  static long firstHash(int prefix) {
    return (long) prefix << (Long.SIZE - PREFIX_BITS);
  }

  /** Where the changes of a prefix begin. */
  int start(int prefix) {
    return starts[prefix];
  }

  /** Where they end. */
  int end(int prefix) {
    return starts[prefix + 1];
  }

  int count() {
    return starts[PREFIXES];
  }

  long hash(int change) {
    return memory.get(LONG, (long) change * ChangeMemory.CHANGE_BYTES);
  }

  long position(int change) {
    return memory.get(LONG, (long) change * ChangeMemory.CHANGE_BYTES + Long.BYTES);
  }

  void giveBack(ChangeMemory owner) {
    owner.give(memory);
  }
}

package dev.kvist.simple;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which page holds the entries of which hash prefix; kept on the heap, derived from the page
 * headers at open.
 *
 * <p>A <i>leaf</i> is a page number and the depth of that page in one int, so that both are read at
 * once. Readers are lock-free; there is one writer.
 */
final class IndexDirectory {
  private static final VarHandle LEAF = MethodHandles.arrayElementVarHandle(int[].class);
  private static final int DEPTH_BITS = 5;

  /** Its length is a power of two, and tells how many bits of a hash choose the leaf. */
  private volatile int[] leaves;

  IndexDirectory(int depth) {
    leaves = new int[1 << depth];
  }

  static int leaf(int page, int depth) {
    return (page << DEPTH_BITS) | depth;
  }

  static int page(int leaf) {
    return leaf >>> DEPTH_BITS;
  }

  static int depth(int leaf) {
    return leaf & ((1 << DEPTH_BITS) - 1);
  }

  /** The leaf for a hash; 0 where none was put. */
  int find(long hash) {
    int[] leaves = this.leaves;
    return (int)
        LEAF.getAcquire(
            leaves, (int) (hash >>> (Integer.numberOfLeadingZeros(leaves.length) + 33)));
  }

  /** Puts a page where its prefix belongs. */
  void put(int prefix, int depth, int page) {
    int[] leaves = this.leaves;
    int known = 31 - Integer.numberOfLeadingZeros(leaves.length);
    if (known < depth) {
      leaves = grown(leaves, depth - known);
      known = depth;
    }
    int leaf = leaf(page, depth);
    int from = prefix << (known - depth);
    int to = (prefix + 1) << (known - depth);
    for (int i = from; i < to; i++) {
      LEAF.setRelease(leaves, i, leaf);
    }
    this.leaves = leaves;
  }

  private static int[] grown(int[] leaves, int bits) {
    int[] more = new int[leaves.length << bits];
    for (int i = 0; i < more.length; i++) {
      more[i] = leaves[i >>> bits];
    }
    return more;
  }
}

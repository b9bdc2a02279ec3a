package dev.kvist.simple;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

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

  /** As many leaves as a power of two; which one tells how many bits of a hash choose the leaf. */
  private volatile int[] leaves;

  private final AtomicLong version = new AtomicLong();

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

  /** Changes after leaves did, and before a page that none of them names any more does. */
  long version() {
    return version.getAcquire();
  }

  void newVersion() {
    version.setRelease(version.getPlain() + 1);
  }

  /** Makes it as fine as a page of this depth needs. */
  void deepen(int depth) {
    int[] leaves = this.leaves;
    int bits = depth - bits(leaves);
    if (bits > 0) {
      int[] more = new int[leaves.length << bits];
      for (int i = 0; i < more.length; i++) {
        more[i] = leaves[i >>> bits];
      }
      this.leaves = more;
    }
  }

  /** How many bits of a hash choose the leaf. */
  int depth() {
    return bits(leaves);
  }

  /** Puts a page where its prefix belongs. The directory must be deep enough. */
  void put(int prefix, int depth, int page) {
    int[] leaves = this.leaves;
    int spare = bits(leaves) - depth;
    for (int i = prefix << spare; i < (prefix + 1) << spare; i++) {
      LEAF.setRelease(leaves, i, leaf(page, depth));
    }
  }

  private static int bits(int[] leaves) {
    return 31 - Integer.numberOfLeadingZeros(leaves.length);
  }
}

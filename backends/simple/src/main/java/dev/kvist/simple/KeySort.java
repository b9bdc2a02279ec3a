package dev.kvist.simple;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Sorts a {@link KeyBatch} in unsigned byte order, a shorter key before its extensions.
 *
 * <p>What the keys of a group have in common is skipped. The next five bytes of each go into the
 * upper bits of a long, with how many of the five there are (so that a key which ends comes before
 * one that goes on with zeros), and the key's number goes into the lower bits. Longs sort fast;
 * groups of equal windows are sorted the same way five bytes deeper, small ones by comparing.
 */
final class KeySort {
  private static final int WINDOW_BYTES = 5;
  private static final int LENGTH_BITS = 3;
  private static final int INDEX_BITS = 17;
  private static final int INDEX_MASK = (1 << INDEX_BITS) - 1;
  private static final int SMALL_GROUP = 16;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final KeyBatch batch;
  private final byte[] bytes;
  private final long[] order;

  private KeySort(KeyBatch batch) {
    this.batch = batch;
    this.bytes = batch.bytes();
    this.order = new long[batch.count()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
  }

  /**
   * The order of the keys of {@code batch}, to be read by {@link #index}. Equal keys are all there,
   * side by side.
   */
  static long[] sort(KeyBatch batch) {
    KeySort sort = new KeySort(batch);
    sort.sort(0, sort.order.length, 0);
    return sort.order;
  }

  /** The number in its batch of the key that is {@code rank}th in order. */
  static int index(long[] order, int rank) {
    return (int) order[rank] & INDEX_MASK;
  }

  /** Sorts {@code order[from..to)}, whose keys are equal in their first {@code known} bytes. */
  private void sort(int from, int to, int known) {
    if (to - from <= SMALL_GROUP) {
      insertionSort(from, to, known);
      return;
    }
    int depth = commonPrefix(from, to, known);
    for (int i = from; i < to; i++) {
      int index = (int) order[i] & INDEX_MASK;
      order[i] = (window(index, depth) << INDEX_BITS) | index;
    }
    Arrays.sort(order, from, to);
    int start = from;
    while (start < to) {
      long window = order[start] >>> INDEX_BITS;
      int end = start + 1;
      while (end < to && order[end] >>> INDEX_BITS == window) {
        end++;
      }
      boolean goesOn = (window & ((1 << LENGTH_BITS) - 1)) == WINDOW_BYTES;
      if (end - start > 1 && goesOn) {
        sort(start, end, depth + WINDOW_BYTES);
      }
      start = end;
    }
  }

  private long window(int index, int depth) {
    int start = batch.start(index) + depth;
    int available = Math.min(WINDOW_BYTES, batch.end(index) - start);
    long window = (long) LONG.get(bytes, start) >>> (Long.SIZE - WINDOW_BYTES * Byte.SIZE);
    long present = -1L << ((WINDOW_BYTES - available) * Byte.SIZE);
    return ((window & present) << LENGTH_BITS) | available;
  }

  private int commonPrefix(int from, int to, int known) {
    int first = (int) order[from] & INDEX_MASK;
    int start = batch.start(first);
    int common = batch.end(first) - start;
    for (int i = from + 1; i < to && common > known; i++) {
      int index = (int) order[i] & INDEX_MASK;
      int other = batch.start(index);
      int limit = Math.min(common, batch.end(index) - other);
      int mismatch =
          Arrays.mismatch(bytes, start + known, start + limit, bytes, other + known, other + limit);
      common = mismatch < 0 ? limit : known + mismatch;
    }
    return common;
  }

  private void insertionSort(int from, int to, int known) {
    for (int i = from + 1; i < to; i++) {
      long moving = order[i];
      int index = (int) moving & INDEX_MASK;
      int start = batch.start(index) + known;
      int end = batch.end(index);
      int slot = i;
      while (slot > from) {
        int before = (int) order[slot - 1] & INDEX_MASK;
        int beforeStart = batch.start(before) + known;
        if (Arrays.compareUnsigned(bytes, beforeStart, batch.end(before), bytes, start, end) <= 0) {
          break;
        }
        order[slot] = order[slot - 1];
        slot--;
      }
      order[slot] = moving;
    }
  }
}

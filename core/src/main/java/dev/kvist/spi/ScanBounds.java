package dev.kvist.spi;

import dev.kvist.KeyRange;
import dev.kvist.ScanPosition;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What of a range is still to come while a scan goes through it, in unsigned byte order or the
 * other way. For one thread; the arrays it hands out are its own.
 */
public final class ScanBounds {
  private final boolean reversed;
  private byte[] low;
  private boolean lowInclusive = true;
  private byte @Nullable [] high;

  /** All of a range. */
  public ScanBounds(KeyRange range) {
    reversed = range.isReversed();
    byte[] prefix = range.prefix();
    byte @Nullable [] from = range.from();
    low = from == null || Arrays.compareUnsigned(from, prefix) < 0 ? prefix : from;
    byte @Nullable [] to = range.to();
    byte @Nullable [] behind = successor(prefix);
    high = to == null || (behind != null && Arrays.compareUnsigned(behind, to) < 0) ? behind : to;
    @Nullable ScanPosition after = range.after();
    if (after != null) {
      moveBehind(after.bytes());
    }
  }

  /** The first key behind all that start with a prefix; null when there is none. */
  public static byte @Nullable [] successor(byte[] prefix) {
    for (int i = prefix.length - 1; i >= 0; i--) {
      if (prefix[i] != (byte) 0xFF) {
        byte[] next = Arrays.copyOf(prefix, i + 1);
        next[i]++;
        return next;
      }
    }
    return null;
  }

  /**
   * Leaves out everything up to a key, in the scan's direction.
   *
   * @param key which it keeps
   */
  public void moveBehind(byte[] key) {
    if (reversed) {
      high = high == null || Arrays.compareUnsigned(key, high) < 0 ? key : high;
    } else if (Arrays.compareUnsigned(key, low) >= 0) {
      low = key;
      lowInclusive = false;
    }
  }

  /** Whether no key can be in it. */
  public boolean isEmpty() {
    return high != null && Arrays.compareUnsigned(low, high) >= 0;
  }

  /** Whether a key, in the scan's direction, is beyond its end. */
  public boolean isBehind(byte[] key) {
    if (reversed) {
      int order = Arrays.compareUnsigned(key, low);
      return lowInclusive ? order < 0 : order <= 0;
    }
    return high != null && Arrays.compareUnsigned(key, high) >= 0;
  }

  /** The lower bound; empty where there is none. */
  public byte[] low() {
    return low;
  }

  /** Whether the lower bound itself is in it. */
  public boolean lowInclusive() {
    return lowInclusive;
  }

  /** The upper bound, which is not in it; null where there is none. */
  public byte @Nullable [] high() {
    return high;
  }

  /** Whether keys descend. */
  public boolean reversed() {
    return reversed;
  }
}

package dev.kvist.rocksdb;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Records that nobody can read: which they may have been, and where they were. */
final class Loss {
  /** Of all families. */
  static final int ANY_FAMILY = -1;

  /** Of nothing that matters. */
  static final int NO_FAMILY = -2;

  static final long ANY_COUNTER = Long.MAX_VALUE;

  private final String line;
  private final int family;
  private final byte[] from;
  private final byte @Nullable [] to;
  private final long newest;

  /**
   * @param line what is said of it
   * @param family the column family's number
   * @param from the first key
   * @param to the first key behind it; null where there is none
   * @param newest no record had a higher counter
   */
  Loss(String line, int family, byte[] from, byte @Nullable [] to, long newest) {
    this.line = line;
    this.family = family;
    this.from = from;
    this.to = to;
    this.newest = newest;
  }

  /** Of any keys of a family. */
  static Loss of(String line, int family, long newest) {
    return new Loss(line, family, new byte[0], null, newest);
  }

  /** Whether a newer record of a key than the one with a counter may have been there. */
  boolean mayHide(int ofFamily, byte[] key, long counter) {
    return counter < newest && has(ofFamily, key);
  }

  /** Whether a key may have been there. */
  boolean has(int ofFamily, byte[] key) {
    return (family == ANY_FAMILY || family == ofFamily)
        && Arrays.compareUnsigned(key, from) >= 0
        && (to == null || Arrays.compareUnsigned(key, to) < 0);
  }

  /** Whether it may be of a family. */
  boolean isOf(int ofFamily) {
    return family == ANY_FAMILY || family == ofFamily;
  }

  /** What is said of it: the keys too, where it is not of any key. */
  String describe(BucketNames names) {
    if (from.length == 0 && to == null) {
      return line;
    }
    return line
        + (from.length == 0 ? "" : (isBehind(from) ? ", behind " : ", from ") + text(names, from))
        + (to == null ? "" : (isBehind(to) ? ", up to " : ", before ") + text(names, to));
  }

  /** Whether a key is the first one behind another. */
  private static boolean isBehind(byte[] key) {
    return key[key.length - 1] == 0;
  }

  private String text(BucketNames names, byte[] key) {
    return names.text(family, isBehind(key) ? Arrays.copyOf(key, key.length - 1) : key);
  }
}

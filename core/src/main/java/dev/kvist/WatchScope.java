package dev.kvist;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which keys of a bucket a watch is about: all, those with a prefix, or those with any of several
 * prefixes. Immutable.
 */
public final class WatchScope {
  private static final WatchScope ALL = new WatchScope(List.of());

  private final List<byte[]> prefixes;

  private WatchScope(List<byte[]> prefixes) {
    this.prefixes = prefixes;
  }

  /** Every key. */
  public static WatchScope all() {
    return ALL;
  }

  /** Keys that start with these bytes; an empty prefix means all. */
  public static WatchScope prefix(byte[] prefix) {
    return prefixes(List.of(prefix));
  }

  /**
   * Keys that start with any of several prefixes. An overlap delivers once.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static WatchScope prefixes(List<byte[]> prefixes) {
    if (prefixes.isEmpty()) {
      throw new IllegalArgumentException(
          "a watch of no prefix at all would never deliver: give one, or use all()");
    }
    // A prefix of a prefix covers it, so only the outermost ones are kept.
    var kept = new ArrayList<byte[]>();
    var sorted = new ArrayList<>(prefixes);
    sorted.sort(Arrays::compareUnsigned);
    for (byte[] prefix : sorted) {
      if (prefix.length == 0) {
        return ALL;
      }
      if (kept.isEmpty() || !startsWith(prefix, kept.getLast())) {
        kept.add(prefix.clone());
      }
    }
    return new WatchScope(List.copyOf(kept));
  }

  /** The outermost prefixes in byte order, none inside another; empty means all keys. Copies. */
  public List<byte[]> prefixes() {
    return prefixes.stream().map(byte[]::clone).toList();
  }

  /** Whether a key is in it. */
  public boolean matches(byte[] key) {
    if (prefixes.isEmpty()) {
      return true;
    }
    for (byte[] prefix : prefixes) {
      if (startsWith(key, prefix)) {
        return true;
      }
    }
    return false;
  }

  private static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WatchScope scope && toString().equals(scope.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  @Override
  public String toString() {
    return prefixes.isEmpty() ? "all" : prefixes.stream().map(KeyText::print).toList().toString();
  }
}

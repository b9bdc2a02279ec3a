package dev.kvist;

import org.jspecify.annotations.Nullable;

/**
 * A position in a store's change stream: opaque, at most 16 bytes. Cursors of one store are
 * ordered.
 */
public final class WatchCursor implements Comparable<WatchCursor> {
  private final long high;
  private final long low;

  private WatchCursor(long high, long low) {
    this.high = high;
    this.low = low;
  }

  /** For backends: a cursor of two words, ordered by the first, then the second, both unsigned. */
  public static WatchCursor of(long high, long low) {
    return new WatchCursor(high, low);
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static WatchCursor parse(String text) {
    long[] words = TokenText.parse(text, "cursor");
    return new WatchCursor(words[0], words[1]);
  }

  /** For backends: the first word. */
  public long high() {
    return high;
  }

  /** For backends: the second word. */
  public long low() {
    return low;
  }

  /** The order of the change stream; without meaning between stores. */
  @Override
  public int compareTo(WatchCursor other) {
    int order = Long.compareUnsigned(high, other.high);
    return order != 0 ? order : Long.compareUnsigned(low, other.low);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WatchCursor cursor && high == cursor.high && low == cursor.low;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(31 * high + low);
  }

  /** Unpadded base64url, which {@link #parse} reads. */
  @Override
  public String toString() {
    return TokenText.print(high, low);
  }
}

package dev.kvist;

import org.jspecify.annotations.Nullable;

/**
 * The version of one write of one key: opaque, at most 16 bytes. Equal or not; there is no order.
 *
 * <p>No two writes of a key ever share one, also across delete, purge, expiry, drop and restore.
 */
public final class Version {
  private final long high;
  private final long low;

  private Version(long high, long low) {
    this.high = high;
    this.low = low;
  }

  /**
   * For backends: a version of two words; embedded engines use (epoch, counter), others (0,
   * revision).
   */
  public static Version of(long high, long low) {
    return new Version(high, low);
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static Version parse(String text) {
    long[] words = TokenText.parse(text, "version");
    return new Version(words[0], words[1]);
  }

  /** For backends: the first word. */
  public long high() {
    return high;
  }

  /** For backends: the second word. */
  public long low() {
    return low;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Version version && high == version.high && low == version.low;
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

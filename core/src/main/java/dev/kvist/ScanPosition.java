package dev.kvist;

import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Where a scan was left: opaque bytes of the backend that made it. Equality is by content. */
public final class ScanPosition {
  private final byte[] bytes;

  private ScanPosition(byte[] bytes) {
    this.bytes = bytes;
  }

  /** For backends: a position of these bytes, which are copied. */
  public static ScanPosition of(byte[] bytes) {
    return new ScanPosition(bytes.clone());
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static ScanPosition parse(String text) {
    try {
      return new ScanPosition(Base64.getUrlDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is no scan position: give one as Kvist printed it", e);
    }
  }

  /** For backends: the bytes, copied. */
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ScanPosition position && Arrays.equals(bytes, position.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Unpadded base64url, which {@link #parse} reads. */
  @Override
  public String toString() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}

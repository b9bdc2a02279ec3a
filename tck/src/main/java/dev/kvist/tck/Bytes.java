package dev.kvist.tck;

import dev.kvist.KeyText;
import dev.kvist.Kvist;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Immutable bytes with equality by content and unsigned order: a key or value in a model or an
 * assertion.
 */
public final class Bytes implements Comparable<Bytes> {
  private final byte[] content;

  private Bytes(byte[] content) {
    this.content = content;
  }

  /** These bytes, copied. */
  public static Bytes of(byte[] content) {
    return new Bytes(content.clone());
  }

  /** The UTF-8 bytes of a text. */
  public static Bytes of(String text) {
    return new Bytes(Kvist.utf8(text));
  }

  /** A copy. */
  public byte[] array() {
    return content.clone();
  }

  /** How many there are. */
  public int length() {
    return content.length;
  }

  /** Whether they begin with these. */
  public boolean startsWith(byte[] prefix) {
    return content.length >= prefix.length
        && Arrays.equals(content, 0, prefix.length, prefix, 0, prefix.length);
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(content, other.content);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  /** The text form, shortened past 60 bytes. */
  @Override
  public String toString() {
    return content.length <= 60
        ? KeyText.print(content)
        : KeyText.print(Arrays.copyOf(content, 40)) + "… (" + content.length + " bytes)";
  }
}

package dev.kvist.server.cli;

import dev.kvist.KeyText;
import java.io.IOException;
import java.io.InputStream;

/** Reads keys and values that were typed. */
final class Arguments {
  private Arguments() {}

  /**
   * The bytes of a typed key.
   *
   * @throws IllegalArgumentException when an escape in it is none
   */
  static byte[] key(String text) {
    return bytes("key", text);
  }

  private static byte[] bytes(String what, String text) {
    try {
      return KeyText.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the " + what + " '" + text + "' is not understood: " + e.getMessage(), e);
    }
  }

  /**
   * The bytes of a typed value: the standard input for {@code -}, a file's content for
   * {@code @FILE}, else the text.
   *
   * @throws IllegalArgumentException when an escape in it is none, or when there is more in a file
   *     than the store takes; no more than that is read
   */
  static byte[] value(Console console, String text, long maxValueSize) throws IOException {
    if (!text.equals("-") && !text.startsWith("@")) {
      return bytes("value", text);
    }
    try (InputStream in = console.open(text.equals("-") ? text : text.substring(1))) {
      int most = (int) Math.min(maxValueSize, Integer.MAX_VALUE - 64);
      byte[] value = in.readNBytes(most);
      if (value.length == most && in.read() >= 0) {
        throw new IllegalArgumentException(
            "the value has more than "
                + most
                + " bytes, which is the limit; split it, or raise the limit where it is a setting");
      }
      return value;
    }
  }
}

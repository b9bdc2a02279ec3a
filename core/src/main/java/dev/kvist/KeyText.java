package dev.kvist;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The text form of keys and values, in which any bytes can be typed and read: UTF-8 text as it is,
 * a backslash as {@code \\}, control characters and bytes that are no UTF-8 as {@code \xHH}.
 */
public final class KeyText {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private KeyText() {}

  /** The text form of bytes. */
  public static String print(byte[] bytes) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      var out = new StringBuilder(text.length());
      text.chars().forEach(c -> append(out, (char) c));
      return out.toString();
    } catch (CharacterCodingException e) {
      var out = new StringBuilder(bytes.length);
      for (byte b : bytes) {
        if (b < 0) {
          hex(out, b);
        } else {
          append(out, (char) b);
        }
      }
      return out.toString();
    }
  }

  private static void append(StringBuilder out, char c) {
    if (c == '\\') {
      out.append("\\\\");
    } else if (c < 0x20 || c == 0x7f) {
      hex(out, (byte) c);
    } else if ((c >= 0x80 && c < 0xa0) || c == '\u2028' || c == '\u2029') {
      for (byte b : String.valueOf(c).getBytes(StandardCharsets.UTF_8)) {
        hex(out, b);
      }
    } else {
      out.append(c);
    }
  }

  private static void hex(StringBuilder out, byte b) {
    out.append("\\x");
    HEX.toHexDigits(out, b);
  }

  /**
   * The bytes of a text form.
   *
   * @throws IllegalArgumentException when a backslash is followed by anything but a backslash or
   *     {@code xHH}
   */
  public static byte[] parse(String text) {
    if (text.indexOf('\\') < 0) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    var out = new ByteArrayOutputStream(text.length());
    int i = 0;
    while (i < text.length()) {
      int escape = text.indexOf('\\', i);
      int end = escape < 0 ? text.length() : escape;
      out.writeBytes(text.substring(i, end).getBytes(StandardCharsets.UTF_8));
      i = end < text.length() ? escape(text, end, out) : end;
    }
    return out.toByteArray();
  }

  private static int escape(String text, int at, ByteArrayOutputStream out) {
    if (text.startsWith("\\\\", at)) {
      out.write('\\');
      return at + 2;
    }
    if (text.startsWith("\\x", at)
        && at + 4 <= text.length()
        && HexFormat.isHexDigit(text.charAt(at + 2))
        && HexFormat.isHexDigit(text.charAt(at + 3))) {
      out.write(HexFormat.fromHexDigits(text, at + 2, at + 4));
      return at + 4;
    }
    throw new IllegalArgumentException(
        "the backslash at character "
            + (at + 1)
            + " starts no escape: write \\\\ for a backslash, \\xHH for a byte");
  }
}

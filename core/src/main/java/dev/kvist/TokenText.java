package dev.kvist;

import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * The text form of versions and cursors: unpadded base64url of 8 bytes, or of 16 when the first
 * word is not 0.
 */
final class TokenText {
  private TokenText() {}

  static String print(long high, long low) {
    ByteBuffer bytes =
        high == 0
            ? ByteBuffer.allocate(Long.BYTES).putLong(low)
            : ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low);
    return new String(
        Base64.getUrlEncoder().withoutPadding().encode(bytes.flip()).array(),
        java.nio.charset.StandardCharsets.US_ASCII);
  }

  static long[] parse(String text, String what) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw malformed(text, what);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    long[] words =
        switch (bytes.length) {
          case Long.BYTES -> new long[] {0, buffer.getLong()};
          case 2 * Long.BYTES -> new long[] {buffer.getLong(), buffer.getLong()};
          default -> throw malformed(text, what);
        };
    // Only the form that print makes is accepted, so that a token has one text.
    if (!print(words[0], words[1]).equals(text)) {
      throw malformed(text, what);
    }
    return words;
  }

  private static IllegalArgumentException malformed(String text, String what) {
    return new IllegalArgumentException(
        "'" + text + "' is no " + what + ": give one as Kvist printed it");
  }
}

package dev.kvist;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Where a scan was left: opaque bytes of the backend that made it. Equality is by content. */
public final class ScanPosition {
  private static final int CHECK_BYTES = 4;

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
      ByteBuffer decoded = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
      if (decoded.remaining() > CHECK_BYTES) {
        int check = decoded.getInt();
        byte[] bytes = new byte[decoded.remaining()];
        decoded.get(bytes);
        if (check == check(bytes)) {
          return new ScanPosition(bytes);
        }
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "'" + text + "' is no scan position: give one as Kvist printed it, or start at a key");
  }

  /** Many a word is base64 too: with this a key is not taken for a position. */
  private static int check(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
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

  /** Unpadded base64url of the bytes with a checksum before them, which {@link #parse} reads. */
  @Override
  public String toString() {
    ByteBuffer text = ByteBuffer.allocate(CHECK_BYTES + bytes.length);
    text.putInt(check(bytes)).put(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.array());
  }
}

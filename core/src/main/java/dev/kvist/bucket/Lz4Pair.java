package dev.kvist.bucket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * The form in which {@link BucketStore#addValueCompress} stores a value: its length and one LZ4
 * block.
 *
 * <pre>
 *   offset  bytes  what
 *        0      4  length of the raw value in bytes, little-endian, 0 to 2,113,929,216
 *        4      n  one LZ4 block, to the end; of an empty value the single byte 0, or nothing
 * </pre>
 *
 * The block is that of the <a
 * href="https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md">LZ4 block format</a>, without
 * frame and checksum. A value that does not compress becomes a block of literals, at most {@code
 * length / 255 + 16} bytes longer than the value.
 */
public final class Lz4Pair {
  private static final int HEADER_BYTES = 4;

  /** The longest value that LZ4 takes, 0x7E000000. */
  private static final int MAX_RAW_BYTES = 0x7E00_0000;

  /**
   * A byte of a block stands for at most 255 bytes of the value: one more in the length of a match.
   */
  private static final long MAX_RATIO = 255;

  private static final VarHandle LITTLE_ENDIAN_INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  // The pure Java instance: the native one leaves an unpacked library behind in each killed
  // process, and the JDK
  // warns of the one that uses Unsafe. The decompressor is the one that knows where its input ends.
  private static final LZ4Compressor COMPRESSOR = LZ4Factory.safeInstance().fastCompressor();
  private static final LZ4SafeDecompressor DECOMPRESSOR =
      LZ4Factory.safeInstance().safeDecompressor();

  private Lz4Pair() {}

  /**
   * The pair of a value.
   *
   * @throws IllegalArgumentException when the value has over 2,113,929,216 bytes
   */
  public static byte[] encode(byte[] value) {
    if (value.length > MAX_RAW_BYTES) {
      throw new IllegalArgumentException(
          "LZ4 takes at most " + MAX_RAW_BYTES + " bytes, and this value has " + value.length);
    }
    byte[] pair = new byte[HEADER_BYTES + COMPRESSOR.maxCompressedLength(value.length)];
    LITTLE_ENDIAN_INT.set(pair, 0, value.length);
    int blockBytes =
        COMPRESSOR.compress(value, 0, value.length, pair, HEADER_BYTES, pair.length - HEADER_BYTES);
    return Arrays.copyOf(pair, HEADER_BYTES + blockBytes);
  }

  /**
   * The value of a pair. Safe for pairs from anywhere: nothing is allocated before the length was
   * found possible.
   *
   * @param maxLength the longest value to accept, in bytes
   * @throws IllegalArgumentException saying what is wrong, when these bytes are no pair or the
   *     value is longer
   */
  public static byte[] decode(byte[] pair, long maxLength) {
    if (pair.length < HEADER_BYTES) {
      throw new IllegalArgumentException(
          "an LZ4 pair starts with a length of 4 bytes, and this has " + pair.length);
    }
    long length = Integer.toUnsignedLong((int) LITTLE_ENDIAN_INT.get(pair, 0));
    int blockBytes = pair.length - HEADER_BYTES;
    if (length > Math.min(MAX_RAW_BYTES, MAX_RATIO * blockBytes)) {
      throw new IllegalArgumentException(
          "the length field says "
              + length
              + ", more than "
              + blockBytes
              + " bytes of LZ4 can hold");
    }
    if (length > maxLength) {
      throw new IllegalArgumentException(
          "the value has " + length + " bytes, and the limit is " + maxLength);
    }
    byte[] value = new byte[(int) length];
    int found = blockBytes == 0 ? 0 : decompress(pair, value);
    if (found != length) {
      throw new IllegalArgumentException(
          "the length field says " + length + ", and the LZ4 block holds " + found + " bytes");
    }
    return value;
  }

  private static int decompress(byte[] pair, byte[] value) {
    try {
      return DECOMPRESSOR.decompress(
          pair, HEADER_BYTES, pair.length - HEADER_BYTES, value, 0, value.length);
    } catch (LZ4Exception e) {
      throw new IllegalArgumentException(
          "the LZ4 block is malformed, or holds more than the "
              + value.length
              + " bytes of its length field",
          e);
    }
  }
}

package dev.kvist.bucket;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * 128 bits that stand for an item of a filter: SipHash-2-4 with 128 bits of output, under a secret
 * key.
 *
 * <p>A keyed hash, as items may come from strangers: who does not know the key cannot choose items
 * that fill a filter's bits or meet those of others. From J.-P. Aumasson and D. J. Bernstein,
 * "SipHash: a fast short-input PRF", 2012; the output of 128 bits is that of the authors' reference
 * implementation.
 *
 * @param first the first eight bytes of the output, little-endian
 * @param second the last eight
 */
record ItemHash(long first, long second) {
  /** The hash of some bytes under a key of two words. */
  static ItemHash of(byte[] bytes, long key0, long key1) {
    return new Sip(key0, key1).hash(bytes);
  }

  /** The four words that are mixed. */
  private static final class Sip {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    Sip(long key0, long key1) {
      v0 = key0 ^ 0x736f6d6570736575L;
      v1 = key1 ^ 0x646f72616e646f6dL ^ 0xee;
      v2 = key0 ^ 0x6c7967656e657261L;
      v3 = key1 ^ 0x7465646279746573L;
    }

    ItemHash hash(byte[] bytes) {
      ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      while (words.remaining() >= Long.BYTES) {
        compress(words.getLong());
      }
      long last = (long) bytes.length << 56;
      for (int shift = 0; words.hasRemaining(); shift += 8) {
        last |= (words.get() & 0xFFL) << shift;
      }
      compress(last);
      v2 ^= 0xee;
      rounds(4);
      long first = v0 ^ v1 ^ v2 ^ v3;
      v1 ^= 0xdd;
      rounds(4);
      return new ItemHash(first, v0 ^ v1 ^ v2 ^ v3);
    }

    private void compress(long word) {
      v3 ^= word;
      rounds(2);
      v0 ^= word;
    }

    private void rounds(int count) {
      for (int i = 0; i < count; i++) {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
      }
    }
  }
}

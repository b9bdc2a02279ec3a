package dev.kvist.simple;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The 64-bit hash of a bucket and a key under a secret seed.
 *
 * <p>It multiplies two words to 128 bits and folds the halves, over and over: the idea published
 * with wyhash and the long path of XXH3. Both factors are hidden by words that come from the seed,
 * so that nobody who cannot see the seed can choose keys that meet. The numbers are a format: they
 * are not to change within a format generation of the index.
 */
final class KeyHash {
  private static final VarHandle LONG = view(long[].class);
  private static final VarHandle INT = view(int[].class);

  // Fractional bits of the square roots of 2, 3, 5 and 7, the last bit set.
  private static final long ROOT_2 = 0x6A09E667F3BCC909L;
  private static final long ROOT_3 = 0xBB67AE8584CAA73BL;
  private static final long ROOT_5 = 0x3C6EF372FE94F82BL;
  private static final long ROOT_7 = 0xA54FF53A5F1D36F1L;

  private KeyHash() {}

  private static VarHandle view(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN)
        .withInvokeExactBehavior();
  }

  static long hash(int bucket, byte[] key, long seed) {
    return hash(bucket, key, 0, key.length, seed);
  }

  /** The hash of a key that is {@code length} of these bytes. */
  static long hash(int bucket, byte[] key, int from, int length, long seed) {
    long mask = seed ^ ROOT_2;
    long state = fold(mask, bucket ^ ROOT_3) ^ seed;
    int end = from + length;
    long first;
    long last;
    if (length >= 16) {
      for (int i = from; i < end - 16; i += 16) {
        state = fold((long) LONG.get(key, i) ^ mask, (long) LONG.get(key, i + 8) ^ state);
      }
      first = (long) LONG.get(key, end - 16);
      last = (long) LONG.get(key, end - 8);
    } else if (length >= 8) {
      first = (long) LONG.get(key, from);
      last = (long) LONG.get(key, end - 8);
    } else if (length >= 4) {
      first = (int) INT.get(key, from);
      last = (int) INT.get(key, end - 4);
    } else if (length > 0) {
      first =
          (key[from] & 0xFF)
              | ((key[from + (length >>> 1)] & 0xFF) << 8)
              | ((key[end - 1] & 0xFF) << 16);
      last = 0;
    } else {
      first = 0;
      last = 0;
    }
    // The length keeps keys apart whose overlapping words are equal, as those of n and n + 1 zeros
    // are.
    return fold(fold(first ^ mask ^ length * ROOT_5, last ^ state) ^ ROOT_7, mask ^ length);
  }

  private static long fold(long a, long b) {
    return (a * b) ^ Math.unsignedMultiplyHigh(a, b);
  }
}

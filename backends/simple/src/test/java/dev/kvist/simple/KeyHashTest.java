package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeyHashTest {
  private static final int[] LENGTHS = {
    1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 47, 48, 64, 100
  };

  private final SplittableRandom random = new SplittableRandom(7);

  /** The numbers are part of the index format. */
  @Test
  void numbersStayWhatTheyAre() {
    byte[] key = new byte[40];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (i * 37);
    }
    long all = 0;
    for (int length = 0; length <= key.length; length++) {
      all = all * 31 + KeyHash.hash(length, Arrays.copyOf(key, length), 5);
    }
    assertEquals(PINNED, all);
  }

  private static final long PINNED = -6537275977597935219L;

  /** Each bit of bucket, key and seed changes each bit of the hash about half the time. */
  @Test
  void avalanche() {
    for (int length : LENGTHS) {
      int inputBits = length * 8;
      for (int bit = 0; bit < inputBits + 64 + 32; bit++) {
        checkAvalanche(length, bit);
      }
    }
  }

  private void checkAvalanche(int length, int bit) {
    int rounds = 400;
    int[] changes = new int[64];
    byte[] key = new byte[length];
    for (int round = 0; round < rounds; round++) {
      random.nextBytes(key);
      int bucket = random.nextInt();
      long seed = random.nextLong();
      long before = KeyHash.hash(bucket, key, seed);
      int rest = bit - length * 8;
      if (rest < 0) {
        key[bit >>> 3] ^= (byte) (1 << (bit & 7));
      } else if (rest < 64) {
        seed ^= 1L << rest;
      } else {
        bucket ^= 1 << (rest - 64);
      }
      long changed = before ^ KeyHash.hash(bucket, key, seed);
      for (int out = 0; out < 64; out++) {
        changes[out] += (int) (changed >>> out & 1);
      }
    }
    for (int out = 0; out < 64; out++) {
      // Six standard deviations of 400 fair coins are 60.
      int off = Math.abs(changes[out] - rounds / 2);
      assertTrue(
          off < 65,
          "length %d, input bit %d, output bit %d: %d".formatted(length, bit, out, changes[out]));
    }
  }

  /**
   * 10 million keys that differ in a few low bits only: an ideal hash has a collision once in
   * 400,000 such sets.
   */
  @Test
  void smallSequentialKeysDoNotMeet() {
    int count = 10_000_000;
    long[] hashes = new long[count];
    ByteBuffer key = ByteBuffer.allocate(8);
    for (int i = 0; i < count; i++) {
      hashes[i] = KeyHash.hash(i % 10, key.putLong(0, i / 10).array(), 1);
    }
    Arrays.sort(hashes);
    for (int i = 1; i < count; i++) {
      assertNotEquals(hashes[i - 1], hashes[i]);
    }
  }

  /**
   * The parts that choose page, line and slot fill evenly: 2^20 keys over 2^12 values of any 12
   * neighbouring bits.
   */
  @Test
  void anyBitsOfSequentialKeysAreEven() {
    long[] hashes = new long[1 << 20];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] =
          KeyHash.hash(1, ("user:" + i).getBytes(java.nio.charset.StandardCharsets.US_ASCII), 99);
    }
    for (int shift = 0; shift <= 52; shift++) {
      int[] counts = new int[1 << 12];
      for (long hash : hashes) {
        counts[(int) (hash >>> shift) & 0xFFF]++;
      }
      double chiSquare = 0;
      for (int count : counts) {
        chiSquare += (count - 256.0) * (count - 256.0) / 256.0;
      }
      // 4095 degrees of freedom: mean 4095, standard deviation 90.5.
      assertTrue(
          Math.abs(chiSquare - 4095) < 6 * 90.5, "bits from %d: %f".formatted(shift, chiSquare));
    }
  }

  @Test
  void equalBytesOfDifferentLengthsDiffer() {
    for (byte value : new byte[] {0, 1, -1}) {
      Set<Long> seen = new HashSet<>();
      for (int length = 0; length <= 300; length++) {
        byte[] key = new byte[length];
        Arrays.fill(key, value);
        assertTrue(seen.add(KeyHash.hash(0, key, 0)), "length " + length);
      }
    }
  }

  @Test
  void allKeysOfUpToTwoBytesDiffer() {
    Set<Long> seen = new HashSet<>();
    seen.add(KeyHash.hash(0, new byte[0], 3));
    for (int a = 0; a < 256; a++) {
      assertTrue(seen.add(KeyHash.hash(0, new byte[] {(byte) a}, 3)));
      for (int b = 0; b < 256; b++) {
        assertTrue(seen.add(KeyHash.hash(0, new byte[] {(byte) a, (byte) b}, 3)));
      }
    }
  }

  @Test
  void everyByteCounts() {
    for (int length = 1; length <= 200; length++) {
      byte[] key = new byte[length];
      random.nextBytes(key);
      long hash = KeyHash.hash(0, key, 3);
      assertEquals(hash, KeyHash.hash(0, key.clone(), 3));
      for (int i = 0; i < length; i++) {
        key[i] ^= 0x40;
        assertNotEquals(hash, KeyHash.hash(0, key, 3), "length %d, byte %d".formatted(length, i));
        key[i] ^= 0x40;
      }
    }
  }

  /** A word that makes one factor zero without the seed would make all keys with it meet. */
  @Test
  void noWordHidesTheRestFromEverySeed() {
    long[] constants = {
      0x6A09E667F3BCC909L, 0xBB67AE8584CAA73BL, 0x3C6EF372FE94F82BL, 0xA54FF53A5F1D36F1L, 0
    };
    for (long constant : constants) {
      Set<Long> seen = new HashSet<>();
      for (int other = 0; other < 1000; other++) {
        byte[] key =
            ByteBuffer.allocate(24)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putLong(constant)
                .putLong(other)
                .putLong(constant)
                .array();
        assertTrue(seen.add(KeyHash.hash(0, key, 0x5EED)));
      }
    }
  }
}

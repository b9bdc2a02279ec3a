package dev.kvist.bench.work;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The keys and values of a run, made from their number, so that nothing has to be kept.
 *
 * <p>A key has 16 bytes: 4 of its group (about 1,000 keys have the same), 12 of its number, mixed,
 * so that numbers in order are keys in random order. A value is 8 bytes that follow from the key's
 * number, then random bytes up to its half, then zeros.
 */
final class Data {
  static final int KEY_BYTES = 16;
  static final int PREFIX_BYTES = 4;
  static final int GROUP_KEYS = 1_000;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final int POOL_BYTES = 1 << 20;

  private final int valueBytes;
  private final long groups;
  private final byte[] pool;

  Data(long entries, int valueBytes) {
    if (entries < 1 || valueBytes < 8) {
      throw new IllegalArgumentException("at least one entry, and values of at least 8 bytes");
    }
    this.valueBytes = valueBytes;
    groups = Math.max(1, entries / GROUP_KEYS);
    pool = new byte[POOL_BYTES + valueBytes];
    new SplittableRandom(1).nextBytes(pool);
  }

  /** How many groups of keys there are, numbered from 0. */
  long groups() {
    return groups;
  }

  /** The key of a number, fresh. */
  byte[] key(long number) {
    byte[] key = new byte[KEY_BYTES];
    long mixed = mix(number);
    INT.set(key, 0, prefix(Math.unsignedMultiplyHigh(mixed, groups)));
    INT.set(key, 4, (int) mix(mixed));
    LONG.set(key, 8, mixed);
    return key;
  }

  /** The first bytes of all keys of a group. */
  byte[] prefixOf(long group) {
    byte[] prefix = new byte[PREFIX_BYTES];
    INT.set(prefix, 0, prefix(group));
    return prefix;
  }

  /** Odd, hence a bijection of 32 bits: no two groups meet. */
  private static int prefix(long group) {
    return (int) group * 0x9E3779B1;
  }

  /** A value for the key of a number, fresh; another salt makes another value. */
  byte[] value(long number, long salt) {
    byte[] value = new byte[valueBytes];
    long mixed = mix(number);
    int from = (int) (mix(mixed + salt) & (POOL_BYTES - 1));
    System.arraycopy(pool, from, value, 0, valueBytes / 2);
    LONG.set(value, 0, mixed);
    return value;
  }

  /** Fails unless it is a value of the key of that number. */
  void check(long number, byte[] value) {
    if (value.length != valueBytes || (long) LONG.get(value, 0) != mix(number)) {
      throw new IllegalStateException(
          "the engine gave a wrong value of "
              + value.length
              + " bytes for key "
              + Arrays.toString(key(number)));
    }
  }

  /** A bijection of 64 bits (the finalizer of SplitMix64). */
  static long mix(long number) {
    long z = number + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}

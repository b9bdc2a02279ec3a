package dev.kvist.bench.work;

import dev.kvist.bench.fleet.FleetClient;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Keys as fleets have them, made from their number: {@code g042.k0000001234}, 16 bytes; about 1,000
 * keys have the same group. Neighbours in the order of numbers are of different groups. Values are
 * those of {@link Data}.
 */
final class FleetData implements FleetClient.Source {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int GROUP_DIGITS = 3;
  private static final int NUMBER_DIGITS = 10;
  private static final int MOST_GROUPS = 1_000;

  private final Data data;
  private final int entries;
  private final int groups;
  private final int valueBytes;

  FleetData(Data data, int entries) {
    this.data = data;
    this.entries = entries;
    groups = Math.clamp(entries / Data.GROUP_KEYS, 1, MOST_GROUPS);
    valueBytes = data.value(0, 0).length;
  }

  int entries() {
    return entries;
  }

  int groups() {
    return groups;
  }

  /** How many entries a group has. */
  int entriesOf(int group) {
    return entries / groups + (group < entries % groups ? 1 : 0);
  }

  /** What the keys of a group start with, and no others. */
  String prefix(int group) {
    byte[] key = key(group);
    return new String(key, 0, GROUP_DIGITS + 2, StandardCharsets.US_ASCII);
  }

  @Override
  public byte[] key(int number) {
    byte[] key = new byte[Data.KEY_BYTES];
    key[0] = 'g';
    digits(key, 1, GROUP_DIGITS, number % groups);
    key[1 + GROUP_DIGITS] = '.';
    key[2 + GROUP_DIGITS] = 'k';
    digits(key, 3 + GROUP_DIGITS, NUMBER_DIGITS, number);
    return key;
  }

  private static void digits(byte[] key, int from, int digits, int number) {
    int left = number;
    for (int i = from + digits - 1; i >= from; i--) {
      key[i] = (byte) ('0' + left % 10);
      left /= 10;
    }
  }

  @Override
  public byte[] value(int number) {
    return data.value(number, 0);
  }

  /** Fails unless it is the value of the key of that number. */
  void check(int number, byte @Nullable [] value) {
    if (value == null) {
      throw new IllegalStateException("a get did not find a key that is there");
    }
    data.check(number, value);
  }

  /** Looks at a value: it counts that somebody did. */
  void checkLength(byte[] value) {
    if (value.length != valueBytes) {
      throw new IllegalStateException("a value of " + value.length + " bytes was read");
    }
  }

  /** What tells a value from those of all other keys. */
  long mark(byte[] value) {
    checkLength(value);
    return (long) LONG.get(value, 0);
  }

  /** The marks of all entries, in order. */
  long[] sortedMarks() {
    long[] marks = LongStream.range(0, entries).map(Data::mix).toArray();
    Arrays.sort(marks);
    return marks;
  }

  /** A value that says when it was made. */
  byte[] stamped(int number, long nanos) {
    byte[] value = value(number);
    LONG.set(value, 0, nanos);
    return value;
  }
}

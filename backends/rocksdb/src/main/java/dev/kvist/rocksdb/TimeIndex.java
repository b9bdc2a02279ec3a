package dev.kvist.rocksdb;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The keys of the column family that finds records by time, so that expired values and old markers
 * are found without a scan. All numbers are big-endian; the values are empty.
 *
 * <pre>
 *   offset  bytes  what
 *        0      1  'd' for a deadline, 'm' for a marker
 *        1      8  the deadline in milliseconds since 1970, or the marker's counter
 *        9      4  the bucket's number
 *       13      n  the key
 * </pre>
 *
 * An entry may be out of date: the record that it leads to says what holds.
 */
final class TimeIndex {
  static final byte DEADLINE = 'd';
  static final byte MARKER = 'm';

  private static final int BUCKET_AT = 1 + Long.BYTES;
  private static final int KEY_AT = BUCKET_AT + Integer.BYTES;

  private TimeIndex() {}

  static byte[] entry(byte kind, long order, int bucket, byte[] key) {
    return ByteBuffer.allocate(KEY_AT + key.length)
        .put(kind)
        .putLong(order)
        .putInt(bucket)
        .put(key)
        .array();
  }

  static byte kind(byte[] entry) {
    return entry[0];
  }

  static long order(byte[] entry) {
    return ByteBuffer.wrap(entry).getLong(1);
  }

  static int bucket(byte[] entry) {
    return ByteBuffer.wrap(entry).getInt(BUCKET_AT);
  }

  static byte[] key(byte[] entry) {
    return Arrays.copyOfRange(entry, KEY_AT, entry.length);
  }
}

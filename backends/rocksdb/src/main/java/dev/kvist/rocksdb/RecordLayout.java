package dev.kvist.rocksdb;

import dev.kvist.KvEntry;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What RocksDB stores as the value of a key. All numbers are big-endian.
 *
 * <pre>
 *   offset  bytes  what
 *        0      1  kind in the low 2 bits, flags above: {@link #PAIR}, {@link #MORE}
 *        1      7  counter: the sequence number under which RocksDB wrote it
 *        8      6  when it was written, in milliseconds since 1970
 *       14      6  deadline likewise; all ones for none
 *       20      n  the value; nothing for a marker
 * </pre>
 */
final class RecordLayout {
  static final int HEADER_BYTES = 20;

  static final int VALUE = 0;
  static final int DELETED = 1;
  static final int PURGED = 2;
  static final int EXPIRED = 3;

  /** The value is an LZ4 pair stored through the bucket view. */
  static final int PAIR = 1 << 2;

  /** More records of the same batch follow in the write-ahead log. */
  static final int MORE = 1 << 3;

  /** The last deadline that can be told from none. */
  static final long LATEST_MILLIS = (1L << 48) - 2;

  private static final long COUNTER = (1L << 56) - 1;
  private static final long TIME = (1L << 48) - 1;
  private static final int KIND = 3;
  private static final int TIME_AT = 8;
  private static final int DEADLINE_AT = 14;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
          .withInvokeExactBehavior();

  private RecordLayout() {}

  /**
   * Writes a header.
   *
   * @param deadline {@link KvEntry#NEVER} for none
   */
  static void write(byte[] to, int flags, long counter, long writtenAt, long deadline) {
    long until = deadline == KvEntry.NEVER ? TIME : Math.min(deadline, LATEST_MILLIS);
    // The last eight bytes first: their first two belong to the time before.
    LONG.set(to, HEADER_BYTES - Long.BYTES, until);
    LONG.set(to, TIME_AT, writtenAt << 16 | until >>> 32);
    LONG.set(to, 0, (long) flags << 56 | counter);
  }

  static int flags(byte[] record, int at) {
    return record[at] & 0xFF;
  }

  static int kind(byte[] record, int at) {
    return record[at] & KIND;
  }

  static long counter(byte[] record, int at) {
    return (long) LONG.get(record, at) & COUNTER;
  }

  static long writtenAt(byte[] record, int at) {
    return (long) LONG.get(record, at + TIME_AT) >>> 16;
  }

  /** {@link KvEntry#NEVER} for none. */
  static long deadline(byte[] record, int at) {
    long until = (long) LONG.get(record, at + DEADLINE_AT - 2) & TIME;
    return until == TIME ? KvEntry.NEVER : until;
  }

  /** Whether it is a value whose deadline has not come. */
  static boolean isLive(byte[] record, int at, long now) {
    return kind(record, at) == VALUE && deadline(record, at) > now;
  }
}

package dev.kvist.rocksdb;

import dev.kvist.KvException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The changes of one batch of RocksDB's log, one after another. For one thread, and for one batch
 * after another.
 *
 * <p>The format is that of RocksDB's {@code db/write_batch.cc}: 8 bytes of sequence number and 4 of
 * count, little-endian, then for each change a tag, a column family unless it is the first one, and
 * key and value behind their lengths; numbers are varints.
 */
final class LogBatch {
  static final int HEADER_BYTES = 12;

  private static final int COUNT_AT = 8;

  private static final int DELETION = 0;
  private static final int VALUE = 1;
  private static final int LOG_DATA = 3;
  private static final int FAMILY_DELETION = 4;
  private static final int FAMILY_VALUE = 5;
  private static final int SINGLE_DELETION = 7;
  private static final int FAMILY_SINGLE_DELETION = 8;
  private static final int NO_OP = 13;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();

  private static final byte[] NOTHING = {};

  private final String location;
  private int end;
  private int position;
  private long nextSequence;

  /** The batch; offsets below are in it. */
  byte[] bytes = NOTHING;

  // The change that was read last.
  long sequence;
  int family;
  int keyFrom;
  int keyTo;
  int valueFrom;
  int valueTo;
  boolean isPut;

  /** No batch yet, of a store at this place. */
  LogBatch(String location) {
    this.location = location;
  }

  /** The number of its first change. */
  static long sequence(byte[] batch) {
    return (long) LONG.get(batch, 0);
  }

  /** How many changes have a number. */
  static int count(byte[] batch) {
    return (int) INT.get(batch, COUNT_AT);
  }

  /** Begins with a batch of a header or more, which stays the caller's. */
  void begin(byte[] batch, int length) {
    bytes = batch;
    end = length;
    position = HEADER_BYTES;
    nextSequence = sequence(batch);
  }

  /** What is left of it, to be read on its own. */
  LogBatch rest() {
    var rest = new LogBatch(location);
    rest.bytes = bytes;
    rest.end = end;
    rest.position = position;
    rest.nextSequence = nextSequence;
    return rest;
  }

  boolean hasNext() {
    return position < end;
  }

  /**
   * Moves to the next change that has a number; false at the end.
   *
   * @throws KvException.Corrupted when the batch is damaged
   */
  boolean next() {
    while (position < end) {
      if (parse()) {
        sequence = nextSequence++;
        return true;
      }
    }
    return false;
  }

  /** Whether the change that was read last is a record of a bucket. */
  boolean isRecord() {
    return isPut && family != Database.DEFINITIONS_ID && family != Database.TIMES_ID;
  }

  /** Reads one change; false for what has no sequence number. */
  private boolean parse() {
    int tag = bytes[position++];
    family = 0;
    isPut = false;
    switch (tag) {
      case LOG_DATA -> {
        skip();
        return false;
      }
      case NO_OP -> {
        return false;
      }
      case FAMILY_VALUE, FAMILY_DELETION, FAMILY_SINGLE_DELETION -> family = varint();
      case VALUE, DELETION, SINGLE_DELETION -> {}
      default -> throw damaged("it has a change of the unknown kind " + tag);
    }
    keyFrom = skip();
    keyTo = position;
    if (tag == VALUE || tag == FAMILY_VALUE) {
      valueFrom = skip();
      valueTo = position;
      isPut = true;
    }
    return true;
  }

  /** Passes over bytes behind their length; returns where they begin. */
  private int skip() {
    int length = varint();
    int from = position;
    if (length < 0 || length > end - from) {
      throw damaged("a length is larger than what holds it");
    }
    position += length;
    return from;
  }

  private int varint() {
    int value = 0;
    for (int shift = 0; shift < Integer.SIZE && position < end; shift += 7) {
      byte next = bytes[position++];
      value |= (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw damaged("a number has no end");
  }

  private KvException damaged(String what) {
    return new KvException.Corrupted(
        location, 0, "the log at sequence number " + nextSequence + ": " + what);
  }
}

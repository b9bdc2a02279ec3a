package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.WatchCursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.TransactionLogIterator;
import org.rocksdb.WriteBatch;

/**
 * Reads RocksDB's write-ahead log as a stream of records, from a counter on, while writes go on.
 * For one thread.
 *
 * <p>Each write of RocksDB stands in the log as one batch, in the format of RocksDB's {@code
 * write_batch.cc}: 8 bytes of sequence number and 4 of count, little-endian, then for each change a
 * tag, a column family unless it is the first one, and key and value behind their lengths; numbers
 * are varints.
 */
final class WalReader {
  private static final int BATCH_HEADER_BYTES = 12;

  private static final int DELETION = 0;
  private static final int VALUE = 1;
  private static final int LOG_DATA = 3;
  private static final int FAMILY_DELETION = 4;
  private static final int FAMILY_VALUE = 5;
  private static final int SINGLE_DELETION = 7;
  private static final int FAMILY_SINGLE_DELETION = 8;
  private static final int NO_OP = 13;

  /** Each of them fails for a log that went; there are never so many that go at once. */
  private static final int MOST_ATTEMPTS = 1_000;

  /** How far back the newest time is looked for: definitions have none. */
  private static final int RECENT = 1_000;

  private static final byte[] NOTHING = {};

  private final Store store;
  private final Database database;
  private @Nullable TransactionLogIterator log;
  private boolean closed;

  /** All up to this counter was read. */
  private long at;

  // The batch that is being read.
  private byte[] batch = NOTHING;
  private int position;
  private long sequence;

  // The change that was read last.
  private int family;
  private int keyFrom;
  private int keyTo;
  private int valueFrom;
  private int valueTo;
  private boolean isPut;

  /** Behind a counter. */
  WalReader(Store store, long at) {
    this.store = store;
    this.database = store.database;
    this.at = at;
  }

  /** Another reader at the same place. */
  WalReader copy() {
    return new WalReader(store, at);
  }

  /** The counter up to which all was read. */
  long at() {
    return at;
  }

  boolean hasNext() {
    return position < batch.length || store.writes.counter() > at;
  }

  /**
   * Moves to the next record of a bucket, whichever; false when there is none yet.
   *
   * @throws KvException.CursorExpired when the log does not reach back so far
   * @throws KvException.Corrupted when it is damaged
   */
  boolean next() {
    while (true) {
      while (position < batch.length) {
        long own = sequence;
        if (!parse()) {
          continue;
        }
        sequence++;
        if (own <= at) {
          continue;
        }
        at = own;
        if (isPut && family != database.definitions.getID() && family != database.times.getID()) {
          return true;
        }
      }
      if (!fetch()) {
        return false;
      }
    }
  }

  /** Reads one change; false for what has no sequence number. */
  private boolean parse() {
    int tag = batch[position++];
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
    if (length < 0 || length > batch.length - from) {
      throw damaged("a length is larger than what holds it");
    }
    position += length;
    return from;
  }

  private int varint() {
    int value = 0;
    for (int shift = 0; shift < Integer.SIZE && position < batch.length; shift += 7) {
      byte next = batch[position++];
      value |= (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw damaged("a number has no end");
  }

  private KvException damaged(String what) {
    return new KvException.Corrupted(
        database.location, 0, "the log behind sequence number " + at + ": " + what);
  }

  // --- batches ----------------------------------------------------------------------------------

  private synchronized boolean fetch() {
    if (closed || store.writes.counter() <= at) {
      return false;
    }
    int user = database.gate.enter();
    try {
      if (!advance()) {
        return false;
      }
      TransactionLogIterator.BatchResult read = java.util.Objects.requireNonNull(log).getBatch();
      try (WriteBatch content = read.writeBatch()) {
        if (read.sequenceNumber() > at + 1) {
          throw expired();
        }
        batch = content.data();
        position = BATCH_HEADER_BYTES;
        sequence = read.sequenceNumber();
        return true;
      }
    } catch (RocksDBException e) {
      throw database.failed("cannot be read", Effect.NONE, e);
    } finally {
      database.gate.leave(user);
    }
  }

  /** Moves to the next batch; an iterator that meets the end of its files is made anew. */
  private boolean advance() throws RocksDBException {
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      try {
        TransactionLogIterator known = log;
        if (known == null) {
          known = database.adopt(database.rocks.getUpdatesSince(at + 1));
          log = known;
        } else {
          known.next();
        }
        if (known.isValid()) {
          return true;
        }
        known.status();
        return false;
      } catch (RocksDBException e) {
        release();
        boolean again = e.getStatus() != null && e.getStatus().getCode() == Status.Code.TryAgain;
        if (again && attempt > 0) {
          return false;
        }
        // Retention took a log between RocksDB's listing of them and its opening of this one.
        boolean gone = String.valueOf(e.getMessage()).contains("No such file");
        if (!again && !gone) {
          throw e;
        }
      }
    }
    throw expired();
  }

  private KvException expired() {
    return new KvException.CursorExpired(
        cursor(), "the change stream is kept only from a later position on");
  }

  /**
   * Reads the first batch, if there is one.
   *
   * @throws KvException.CursorExpired when the log does not reach back so far
   */
  void check() {
    if (position == batch.length) {
      fetch();
    }
  }

  private void release() {
    TransactionLogIterator known = log;
    log = null;
    if (known != null) {
      database.release(known);
    }
  }

  /** Frees what it holds; from any thread, also while another one reads. */
  synchronized void close() {
    closed = true;
    release();
  }

  // --- the record -------------------------------------------------------------------------------

  WatchCursor cursor() {
    return store.epochs.cursor(at);
  }

  /** Whether it is of a bucket. */
  boolean isOf(String bucket) {
    return store.definitions.isOf(bucket, family, batch, keyFrom, keyTo);
  }

  boolean keyStartsWith(byte[] start) {
    int from = keyFrom + store.definitions.prefixBytes();
    return keyTo - from >= start.length
        && Arrays.equals(batch, from, from + start.length, start, 0, start.length);
  }

  byte[] key() {
    return Arrays.copyOfRange(batch, keyFrom + store.definitions.prefixBytes(), keyTo);
  }

  byte[] value() {
    return Arrays.copyOfRange(batch, valueFrom + RecordLayout.HEADER_BYTES, valueTo);
  }

  int kind() {
    return RecordLayout.kind(batch, valueFrom);
  }

  boolean has(int flag) {
    return (RecordLayout.flags(batch, valueFrom) & flag) != 0;
  }

  long counter() {
    return RecordLayout.counter(batch, valueFrom);
  }

  long writtenAt() {
    return RecordLayout.writtenAt(batch, valueFrom);
  }

  long deadline() {
    return RecordLayout.deadline(batch, valueFrom);
  }

  /** What follows in the same write, for one look. */
  WalReader rest() {
    var rest = new WalReader(store, at);
    rest.batch = batch;
    rest.position = position;
    rest.sequence = sequence;
    return rest;
  }

  /** The newest time in the log's last records; 0 when there is none. */
  static long newestTime(Store store, long newestCounter) {
    Database database = store.database;
    long newest = 0;
    try (TransactionLogIterator log =
        database.rocks.getUpdatesSince(Math.max(1, newestCounter - RECENT))) {
      var reader = new WalReader(store, 0);
      for (; log.isValid(); log.next()) {
        try (WriteBatch content = log.getBatch().writeBatch()) {
          reader.batch = content.data();
          reader.position = BATCH_HEADER_BYTES;
        }
        while (reader.position < reader.batch.length) {
          if (reader.parse()
              && reader.isPut
              && reader.family != database.definitions.getID()
              && reader.family != database.times.getID()) {
            newest = Math.max(newest, reader.writtenAt());
          }
        }
      }
      return newest;
    } catch (RocksDBException e) {
      // Nothing is left of the log: what it held is in tables, and older.
      return newest;
    }
  }
}

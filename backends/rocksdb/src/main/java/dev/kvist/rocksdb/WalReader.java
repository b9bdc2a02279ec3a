package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.WatchCursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.LogFile;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.TransactionLogIterator;
import org.rocksdb.WriteBatch;

/**
 * Reads RocksDB's write-ahead log as a stream of records, from a counter on, while writes go on.
 * For one thread.
 */
final class WalReader {
  /** Each of them fails for a log that went; there are never so many that go at once. */
  private static final int MOST_ATTEMPTS = 1_000;

  /** How far back the newest time is looked for: definitions have none. */
  private static final int RECENT = 1_000;

  private final Store store;
  private final Database database;
  private @Nullable TransactionLogIterator log;
  private boolean closed;

  /** What is being read. */
  private LogBatch batch;

  /** All up to this counter was read. */
  private long at;

  /** Behind a counter. */
  WalReader(Store store, long at) {
    this.store = store;
    this.database = store.database;
    this.at = at;
    this.batch = new LogBatch(database.location);
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
    return batch.hasNext() || store.writes.counter() > at;
  }

  /**
   * Moves to the next record of a bucket, whichever; false when there is none yet.
   *
   * @throws KvException.CursorExpired when the log does not reach back so far
   * @throws KvException.Corrupted when it is damaged
   */
  boolean next() {
    while (true) {
      while (batch.next()) {
        if (batch.sequence <= at) {
          continue;
        }
        at = batch.sequence;
        if (batch.isRecord()) {
          return true;
        }
      }
      if (!fetch()) {
        return false;
      }
    }
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
        byte[] bytes = content.data();
        batch.begin(bytes, bytes.length);
        return true;
      }
    } catch (RocksDBException e) {
      release();
      throw database.failed("cannot be read", Effect.NONE, e);
    } catch (KvException e) {
      // Whoever gets this may have nothing to close.
      release();
      throw e;
    } finally {
      database.gate.leave(user);
    }
  }

  /** Moves to the next batch; an iterator that meets the end of its files is made anew. */
  private boolean advance() throws RocksDBException {
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      try {
        TransactionLogIterator known = log;
        boolean isNew = known == null;
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
        if (isNew) {
          // Of no log at all: to ask it for more would end the process.
          release();
          checkReach();
        }
        return false;
      } catch (RocksDBException e) {
        release();
        boolean again = e.getStatus() != null && e.getStatus().getCode() == Status.Code.TryAgain;
        if (again && attempt > 0) {
          return false;
        }
        // Retention took a log between RocksDB's listing of them and its opening of this one.
        if (!again && !isOfNoFile(e)) {
          throw e;
        }
      }
    }
    throw expired();
  }

  /** Of a file in memory that is not there RocksDB says its name, and nothing else. */
  private static boolean isOfNoFile(RocksDBException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No such file") || message.endsWith(".log");
  }

  /** Whether some log has what comes next. */
  private void checkReach() throws RocksDBException {
    for (LogFile file : database.logs()) {
      if (file.startSequence() > 0 && file.startSequence() <= at + 1) {
        return;
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
    if (!batch.hasNext()) {
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
    return store.definitions.isOf(bucket, batch.family, batch.bytes, batch.keyFrom, batch.keyTo);
  }

  boolean keyStartsWith(byte[] start) {
    int from = batch.keyFrom + store.definitions.prefixBytes();
    return batch.keyTo - from >= start.length
        && Arrays.equals(batch.bytes, from, from + start.length, start, 0, start.length);
  }

  byte[] key() {
    return Arrays.copyOfRange(
        batch.bytes, batch.keyFrom + store.definitions.prefixBytes(), batch.keyTo);
  }

  byte[] value() {
    return Arrays.copyOfRange(
        batch.bytes, batch.valueFrom + RecordLayout.HEADER_BYTES, batch.valueTo);
  }

  int kind() {
    return RecordLayout.kind(batch.bytes, batch.valueFrom);
  }

  boolean has(int flag) {
    return (RecordLayout.flags(batch.bytes, batch.valueFrom) & flag) != 0;
  }

  long counter() {
    return RecordLayout.counter(batch.bytes, batch.valueFrom);
  }

  long writtenAt() {
    return RecordLayout.writtenAt(batch.bytes, batch.valueFrom);
  }

  long deadline() {
    return RecordLayout.deadline(batch.bytes, batch.valueFrom);
  }

  /** What follows in the same write, for one look. */
  WalReader rest() {
    var rest = new WalReader(store, at);
    rest.batch = batch.rest();
    return rest;
  }

  /** The newest time in the log's last records; 0 when there is none. */
  static long newestTime(Store store, long newestCounter) {
    Database database = store.database;
    long newest = 0;
    try (TransactionLogIterator log =
        database.rocks.getUpdatesSince(Math.max(1, newestCounter - RECENT))) {
      var batch = new LogBatch(database.location);
      for (; log.isValid(); log.next()) {
        try (WriteBatch content = log.getBatch().writeBatch()) {
          byte[] bytes = content.data();
          batch.begin(bytes, bytes.length);
        }
        while (batch.next()) {
          if (batch.isRecord()) {
            newest = Math.max(newest, RecordLayout.writtenAt(batch.bytes, batch.valueFrom));
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

package dev.kvist.simple;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The newest of the records that were seen, for each key, and the newest numbers in all of them.
 */
final class NewestRecords implements Closeable {
  private final Log log;
  private final OldIndex old;
  private final HashIndex index;
  private final BucketNames names = new BucketNames();
  private long counter;
  private long epoch;
  private long millis;

  /**
   * @param log that positions speak of
   * @param old chooses between two copies of one record
   */
  NewestRecords(Log log, OldIndex old) throws IOException {
    this.log = log;
    this.old = old;
    index = HashIndex.create(IndexChunks::inMemory, ThreadLocalRandom.current().nextLong(), 0);
    index.markDirty(null, null);
  }

  void note(Segment segment) {
    epoch = Math.max(epoch, segment.epoch & 0xFFFFFFFFL);
    counter = Math.max(counter, segment.firstCounter - 1);
    millis = Math.max(millis, segment.madeAtMillis);
  }

  void note(RecordCursor record) {
    epoch = Math.max(epoch, record.epoch() & 0xFFFFFFFFL);
    counter = Math.max(counter, record.counter());
    millis = Math.max(millis, record.writtenAt());
  }

  void add(RecordCursor record) throws IOException {
    note(record);
    old.found(record.position());
    if (record.type() > RecordLayout.PURGE) {
      return;
    }
    names.add(record);
    byte[] key = record.key();
    long hash = hash(record.bucket(), key);
    long found = index.find(hash, record.bucket(), key, log);
    if (found == HashIndex.NONE) {
      index.put(hash, record.bucket(), key, record.position(), log);
      return;
    }
    long there = counterAt(found);
    boolean better =
        there == record.counter() && old.isCurrent(record.position()) && !old.isCurrent(found);
    if (there < record.counter() || better) {
      index.replace(hash, found, record.position());
    }
  }

  private long hash(int bucket, byte[] key) {
    return KeyHash.hash(bucket, key, index.seed());
  }

  private long counterAt(long position) {
    return RecordLayout.counter(log.at(position).memory(), Segment.offset(position));
  }

  /** The counter of the newest record of a key; -1 when there is none. */
  long counterOf(int bucket, byte[] key) {
    long found = index.find(hash(bucket, key), bucket, key, log);
    return found == HashIndex.NONE ? -1 : counterAt(found);
  }

  boolean isNewest(RecordCursor record) {
    return record.type() <= RecordLayout.PURGE
        && index.find(hash(record.bucket(), record.key()), record.bucket(), record.key(), log)
            == record.position();
  }

  /** Gets each. */
  interface Taker {
    void take(RecordCursor record) throws IOException;
  }

  /** Hands out the newest record of each key, as they lie in the log. */
  void forEach(Taker taker) throws IOException {
    for (Segment[] segments : new Segment[][] {log.state(), log.wal()}) {
      for (Segment segment : segments) {
        var cursor = new SalvageCursor(segment);
        for (var found = cursor.next(); found != SalvageCursor.Found.END; found = cursor.next()) {
          if (found == SalvageCursor.Found.RECORD && isNewest(cursor.record())) {
            taker.take(cursor.record());
          }
        }
      }
    }
  }

  /** How many keys there are. */
  long size() {
    return index.size();
  }

  BucketNames names() {
    return names;
  }

  long counter() {
    return counter;
  }

  /** Unsigned. */
  long epoch() {
    return epoch;
  }

  long millis() {
    return millis;
  }

  @Override
  public void close() throws IOException {
    index.close(false);
  }
}

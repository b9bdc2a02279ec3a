package dev.kvist.rocksdb;

import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.Version;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * What goes to RocksDB in one write: judges operations against what is there and turns them into
 * records with their counters. Used under the lock of writes, again and again.
 */
final class WriteGroup {
  private static final byte[] NOTHING = {};

  private final Store store;
  private final Database database;
  private final WriteBatch batch;
  private final Set<ByteBuffer> keys = new HashSet<>();
  private final List<Bucket> defined = new ArrayList<>();
  private byte[] found = new byte[RecordLayout.HEADER_BYTES];
  private long counter;
  private long now;
  private long firstDeadline;

  WriteGroup(Store store) {
    this.store = store;
    this.database = store.database;
    this.batch = database.adopt(new WriteBatch());
  }

  /** Begins behind the newest record. */
  void begin(long newestCounter, long nowMillis) {
    batch.clear();
    keys.clear();
    defined.clear();
    counter = newestCounter;
    now = nowMillis;
    firstDeadline = Long.MAX_VALUE;
  }

  boolean isEmpty() {
    return batch.count() == 0;
  }

  /** What goes into the log. */
  long bytes() {
    return batch.getDataSize();
  }

  /** Whether an operation must look at a key that this group changes, and so has to wait for it. */
  boolean hides(List<Op> ops) {
    if (keys.isEmpty()) {
      return false;
    }
    boolean due = store.expiry.mayHaveDue(now);
    for (Op op : ops) {
      if ((due || op.needsLook()) && keys.contains(identity(op))) {
        return true;
      }
    }
    return false;
  }

  private static ByteBuffer identity(Op op) {
    byte[] key = new byte[op.bucketName.length() + 1 + op.key.length];
    for (int i = 0; i < op.bucketName.length(); i++) {
      key[i] = (byte) op.bucketName.charAt(i);
    }
    System.arraycopy(op.key, 0, key, op.bucketName.length() + 1, op.key.length);
    return ByteBuffer.wrap(key);
  }

  /**
   * Takes operations in, all or none.
   *
   * @param remember whether others may follow in this group
   * @throws KvException when they are refused; the group is as before
   */
  void add(List<Op> ops, boolean remember) throws RocksDBException {
    @Nullable Op last = null;
    for (Op op : ops) {
      look(op);
      judge(op);
      last = op.writes ? op : last;
    }
    if (last == null) {
      return;
    }
    for (Op op : ops) {
      makeWay(op);
    }
    for (Op op : ops) {
      if (op.writes) {
        write(op, op != last);
      }
      if (remember && (op.writes || op.foundExpired)) {
        keys.add(identity(op));
      }
    }
  }

  private void look(Op op) throws RocksDBException {
    op.foundLive = false;
    op.foundExpired = false;
    Bucket bucket = op.bucket;
    if (bucket == null || bucket.gone) {
      bucket = store.definitions.bucket(op.bucketName);
      op.bucket = bucket;
    }
    if (bucket == null || !(op.needsLook() || store.expiry.mayHaveDue(now))) {
      return;
    }
    byte[] key = bucket.stored(op.key);
    int length = read(bucket, key);
    if (length != RocksDB.NOT_FOUND && op.touch && length > found.length) {
      found = new byte[length];
      length = read(bucket, key);
    }
    if (length == RocksDB.NOT_FOUND) {
      return;
    }
    op.foundCounter = RecordLayout.counter(found, 0);
    boolean value = RecordLayout.kind(found, 0) == RecordLayout.VALUE;
    op.foundLive = value && RecordLayout.deadline(found, 0) > now;
    op.foundExpired = value && !op.foundLive;
    if (op.touch && op.foundLive) {
      op.record = java.util.Arrays.copyOf(found, length);
      op.flags = RecordLayout.flags(found, 0) & RecordLayout.PAIR;
    }
  }

  private int read(Bucket bucket, byte[] key) throws RocksDBException {
    return database.rocks.get(
        bucket.family, database.tuning.reads, key, 0, key.length, found, 0, found.length);
  }

  private void judge(Op op) {
    if (op.absent && op.foundLive) {
      store.traffic.conflicts.increment();
      throw new KvException.AlreadyExists(
          op.bucketName, op.key, store.epochs.version(op.foundCounter));
    }
    @Nullable Version expected = op.expected;
    if (expected != null) {
      @Nullable Version actual = op.foundLive ? store.epochs.version(op.foundCounter) : null;
      if (!expected.equals(actual)) {
        store.traffic.conflicts.increment();
        throw new KvException.VersionMismatch(op.bucketName, op.key, expected, actual);
      }
    }
    op.writes =
        switch (op.kind) {
          case REQUIRE -> false;
          case DELETE -> op.foundLive;
          case PURGE -> true;
          case PUT -> !op.touch || op.foundLive;
        };
  }

  /**
   * What has to be in the log before the record: the end of an expired value, the bucket's name.
   */
  private void makeWay(Op op) throws RocksDBException {
    if (op.foundExpired) {
      expire(java.util.Objects.requireNonNull(op.bucket), op.key);
    }
    if (op.writes && (op.bucket == null || !op.bucket.live)) {
      @Nullable Bucket known = store.definitions.bucket(op.bucketName);
      op.bucket = known != null && known.live ? known : define(op.bucketName);
    }
  }

  Bucket define(String name) throws RocksDBException {
    int before = batch.count();
    Bucket bucket = store.definitions.define(name, batch);
    defined.add(bucket);
    counter += batch.count() - before;
    return bucket;
  }

  void undefine(Bucket bucket) throws RocksDBException {
    store.definitions.undefine(bucket, batch);
    counter++;
  }

  /** Turns a value whose deadline has passed into a marker. */
  private void expire(Bucket bucket, byte[] key) throws RocksDBException {
    byte[] marker = new byte[RecordLayout.HEADER_BYTES];
    counter++;
    RecordLayout.write(marker, RecordLayout.EXPIRED, counter, now, KvEntry.NEVER);
    batch.put(bucket.family, bucket.stored(key), marker);
    index(TimeIndex.MARKER, counter, bucket, key);
    store.traffic.expired.increment();
  }

  private void write(Op op, boolean more) throws RocksDBException {
    Bucket bucket = java.util.Objects.requireNonNull(op.bucket);
    op.fixDeadline(now);
    byte[] record = op.kind == Op.Kind.PUT ? op.record : new byte[RecordLayout.HEADER_BYTES];
    counter++;
    long own = counter;
    int flags = op.recordKind() | op.flags | (more ? RecordLayout.MORE : 0);
    RecordLayout.write(record, flags, own, now, op.deadline);
    batch.put(bucket.family, bucket.stored(op.key), record);
    if (op.kind != Op.Kind.PUT) {
      index(TimeIndex.MARKER, own, bucket, op.key);
      if (op.kind == Op.Kind.PURGE) {
        store.definitions.purged(own, batch);
        counter++;
      }
    } else if (op.deadline != KvEntry.NEVER) {
      index(TimeIndex.DEADLINE, op.deadline, bucket, op.key);
      firstDeadline = Math.min(firstDeadline, op.deadline);
    }
    op.version = store.epochs.version(own);
  }

  private void index(byte kind, long order, Bucket bucket, byte[] key) throws RocksDBException {
    batch.put(database.times, TimeIndex.entry(kind, order, bucket.id, key), NOTHING);
    counter++;
  }

  /** Settles an entry of the time index whose time has come, and removes it. */
  void settle(byte[] entry) throws RocksDBException {
    @Nullable Bucket bucket = store.definitions.bucket(TimeIndex.bucket(entry));
    if (bucket != null && !bucket.gone) {
      byte[] key = TimeIndex.key(entry);
      byte[] stored = bucket.stored(key);
      if (read(bucket, stored) != RocksDB.NOT_FOUND) {
        settle(entry, bucket, key, stored);
      }
    }
    batch.delete(database.times, entry);
    counter++;
  }

  /** A newer record of the key has an entry of its own. */
  private void settle(byte[] entry, Bucket bucket, byte[] key, byte[] stored)
      throws RocksDBException {
    boolean value = RecordLayout.kind(found, 0) == RecordLayout.VALUE;
    if (TimeIndex.kind(entry) == TimeIndex.DEADLINE) {
      if (value && RecordLayout.deadline(found, 0) == TimeIndex.order(entry)) {
        expire(bucket, key);
      }
    } else if (!value && RecordLayout.counter(found, 0) == TimeIndex.order(entry)) {
      batch.delete(bucket.family, stored);
      counter++;
    }
  }

  /**
   * Writes what was taken in; returns the newest counter.
   *
   * @throws RocksDBException when RocksDB refuses it
   */
  long commit() throws RocksDBException {
    try {
      // Before the write: who looks for what is due must not miss it.
      store.expiry.added(firstDeadline);
      database.rocks.write(database.tuning.writes, batch);
      return counter;
    } catch (RocksDBException e) {
      defined.forEach(bucket -> bucket.live = false);
      throw e;
    }
  }
}

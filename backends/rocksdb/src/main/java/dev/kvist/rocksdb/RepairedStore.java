package dev.kvist.rocksdb;

import dev.kvist.KvEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * A new store beside a damaged one, which gets the records that were kept, with their versions; its
 * own counters go on behind all of the old one. Nobody else writes to it.
 */
final class RepairedStore implements AutoCloseable {
  private static final long BATCH_BYTES = 1 << 20;
  private static final byte[] NOTHING = {};
  private static final int FAMILY_VALUE = 5;

  private final Path path;
  private final Database database;
  private final Definitions definitions;
  private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
  private final WriteBatch batch = new WriteBatch();
  private boolean isFreed;
  private final byte[] head = new byte[RecordLayout.HEADER_BYTES];

  private RepairedStore(Path path, Database database) {
    this.path = path;
    this.database = database;
    this.definitions = new Definitions(database);
  }

  /**
   * Makes one.
   *
   * @param after the highest counter that the old one may have given
   */
  static RepairedStore make(Path path, Settings settings, long after)
      throws IOException, RocksDBException {
    Trees.delete(path);
    Files.createDirectories(path);
    Database.open(path, settings).close();
    // RocksDB numbers on behind what it finds in its log, and has no other way to be told.
    Path log = Retention.logs(path).getLast().path();
    var start = new FrameWriter();
    start.add(firstWrite(after + 1));
    Files.write(log, start.content());
    return new RepairedStore(path, Database.open(path, settings));
  }

  /** A batch of the log that puts the newest time, which is overwritten in the end. */
  private static byte[] firstWrite(long sequence) {
    byte[] value = Definitions.number(0);
    return ByteBuffer.allocate(LogBatch.HEADER_BYTES + 5 + value.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(sequence)
        .putInt(1)
        .put((byte) FAMILY_VALUE)
        .put((byte) Database.DEFINITIONS_ID)
        .put((byte) Definitions.TIME.length)
        .put(Definitions.TIME)
        .put((byte) value.length)
        .put(value)
        .array();
  }

  // --- what is kept -----------------------------------------------------------------------------

  /** Lists a bucket. */
  void define(String name) throws RocksDBException {
    bucket(name);
  }

  private Bucket bucket(String name) throws RocksDBException {
    @Nullable Bucket known = definitions.bucket(name);
    return known != null && known.live ? known : definitions.define(name, batch);
  }

  /** Keeps the record of a key, instead of what it has of it. */
  void keep(String name, byte[] key, byte[] record) throws RocksDBException {
    Bucket bucket = bucket(name);
    batch.put(bucket.family, bucket.stored(key), record);
    // One of a key that has a newer one leads nowhere, and is removed when its time comes.
    long deadline = RecordLayout.deadline(record, 0);
    if (RecordLayout.kind(record, 0) != RecordLayout.VALUE) {
      index(TimeIndex.MARKER, RecordLayout.counter(record, 0), bucket, key);
    } else if (deadline != KvEntry.NEVER) {
      index(TimeIndex.DEADLINE, deadline, bucket, key);
    }
    if (batch.getDataSize() > BATCH_BYTES) {
      write();
    }
  }

  private void index(byte kind, long order, Bucket bucket, byte[] key) throws RocksDBException {
    batch.put(database.times, TimeIndex.entry(kind, order, bucket.id, key), NOTHING);
  }

  /** The counter of what it has of a key; -1 for nothing. */
  long counterOf(String name, byte[] key) throws RocksDBException {
    write();
    @Nullable Bucket bucket = definitions.bucket(name);
    if (bucket == null) {
      return -1;
    }
    byte[] stored = bucket.stored(key);
    int length =
        database.rocks.get(
            bucket.family, database.tuning.reads, stored, 0, stored.length, head, 0, head.length);
    return length == RocksDB.NOT_FOUND ? -1 : RecordLayout.counter(head, 0);
  }

  void remove(String name, byte[] key) throws RocksDBException {
    @Nullable Bucket bucket = definitions.bucket(name);
    if (bucket != null) {
      batch.delete(bucket.family, bucket.stored(key));
    }
  }

  private void write() throws RocksDBException {
    if (batch.count() > 0) {
      database.rocks.write(unlogged, batch);
      batch.clear();
    }
  }

  // --- what came of it --------------------------------------------------------------------------

  /** Who is shown the records, by bucket and in order. */
  interface Reader {
    void record(String bucket, byte[] key, long counter);
  }

  void forEach(Reader reader) throws RocksDBException {
    write();
    java.util.Iterator<String> names = definitions.names();
    while (names.hasNext()) {
      String name = names.next();
      Bucket bucket = java.util.Objects.requireNonNull(definitions.bucket(name));
      try (RocksIterator records = database.iterator(bucket.family)) {
        for (records.seek(bucket.prefix); records.isValid(); records.next()) {
          byte[] stored = records.key();
          if (!bucket.holds(stored, 0, stored.length)) {
            break;
          }
          byte[] key = java.util.Arrays.copyOfRange(stored, bucket.prefix.length, stored.length);
          reader.record(name, key, RecordLayout.counter(records.value(), 0));
        }
        records.status();
      }
    }
  }

  /** Says that all is there, and returns when it is on the device. */
  void finish(Epochs epochs, long newestMillis, long nowMillis, long afterEpoch)
      throws IOException, RocksDBException {
    write();
    long newest = database.rocks.getLatestSequenceNumber();
    Epochs begun = epochs.begin(newest + 1, nowMillis, afterEpoch);
    try (var last = new WriteBatch();
        var durable = new WriteOptions().setSync(true);
        var flush = new FlushOptions().setWaitForFlush(true)) {
      List<ColumnFamilyHandle> all = database.allFamilies();
      database.rocks.flush(flush, all);
      last.put(database.definitions, Definitions.EPOCHS, begun.stored());
      last.put(
          database.definitions,
          Definitions.TIME,
          Definitions.number(Math.max(newestMillis, nowMillis)));
      database.rocks.write(durable, last);
    }
    newest = database.rocks.getLatestSequenceNumber();
    free();
    // The first write, which is none of a caller.
    Trees.delete(path.resolve(Retention.ARCHIVE));
    try (SyncedPosition synced = SyncedPosition.open(path)) {
      synced.advance(newest);
    }
    DataDirectory.writeMark(path, database.settings.singleBucketMode());
    Trees.forceAll(path);
  }

  private void free() throws RocksDBException {
    if (!isFreed) {
      isFreed = true;
      batch.close();
      unlogged.close();
      database.close();
    }
  }

  /** Frees what is native. */
  @Override
  public void close() {
    try {
      free();
    } catch (RocksDBException e) {
      throw database.failed("cannot be closed", dev.kvist.KvException.Effect.NONE, e);
    }
  }
}

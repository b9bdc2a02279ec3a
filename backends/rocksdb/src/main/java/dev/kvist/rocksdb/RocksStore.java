package dev.kvist.rocksdb;

import dev.kvist.KeyRange;
import dev.kvist.KvBatch;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvPurge;
import dev.kvist.KvReader;
import dev.kvist.KvScan;
import dev.kvist.KvStore;
import dev.kvist.KvTtl;
import dev.kvist.KvWatch;
import dev.kvist.KvWatcher;
import dev.kvist.KvWriter;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.spi.Names;
import dev.kvist.spi.OperationMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** A bucket with all its roles. */
final class RocksStore implements KvStore, KvReader, KvWriter, KvTtl, KvPurge, KvBatch, KvWatcher {
  /** Keys of one call; the native part of RocksDB fails with more than 65,536. */
  private static final int READ_TOGETHER = 8_192;

  private final RocksConnection connection;
  private final Store store;
  private final Database database;
  private final Ops ops;
  private final String name;
  private final OperationMeter meter;

  /** Known once the bucket exists. */
  private volatile @Nullable Bucket bucket;

  RocksStore(RocksConnection connection, Store store, Ops ops, OperationMeter meter, String name) {
    this.connection = connection;
    this.store = store;
    this.database = store.database;
    this.ops = ops;
    this.name = name;
    this.meter = meter;
  }

  @Override
  public String bucket() {
    return name;
  }

  @Override
  public String toString() {
    return connection + " bucket " + name;
  }

  @Override
  public KvReader reader() {
    return this;
  }

  @Override
  public KvWriter writer() {
    ops.checkWritable();
    return this;
  }

  @Override
  public KvTtl ttl() {
    ops.checkWritable();
    return this;
  }

  @Override
  public KvPurge purger() {
    ops.checkWritable();
    return this;
  }

  @Override
  public KvBatch batch() {
    ops.checkWritable();
    return this;
  }

  @Override
  public KvWatcher watcher() {
    if (database.settings.readOnly()) {
      throw new KvException.Unsupported(
          store.path + " is open read-only: nothing will change, so there is nothing to watch");
    }
    return this;
  }

  private @Nullable Bucket known() {
    @Nullable Bucket known = bucket;
    if (known == null || known.gone) {
      known = store.definitions.bucket(name);
      bucket = known;
    }
    return known;
  }

  // --- reads ------------------------------------------------------------------------------------

  /**
   * Reads a record, or as much of it as a header has.
   *
   * @return its length; {@link RocksDB#NOT_FOUND} for none
   */
  private int read(Bucket known, byte[] key, Scratch scratch, boolean whole) {
    byte[] stored = scratch.key(known, key);
    int user = database.gate.enter();
    try {
      if (known.gone) {
        return RocksDB.NOT_FOUND;
      }
      int length = read(known, stored, key, scratch.fresh(), whole);
      while (whole && length > scratch.record().length) {
        length = read(known, stored, key, scratch.record(length), true);
      }
      return length;
    } catch (RocksDBException e) {
      throw database.failed("cannot be read", Effect.NONE, e);
    } finally {
      database.gate.leave(user);
    }
  }

  private int read(Bucket known, byte[] stored, byte[] key, byte[] to, boolean whole)
      throws RocksDBException {
    return database.rocks.get(
        known.family,
        database.tuning.reads,
        stored,
        0,
        known.storedLength(key),
        to,
        0,
        whole ? to.length : RecordLayout.HEADER_BYTES);
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    Names.checkKey(key, Ops.MAX_KEY_BYTES);
    OperationMeter.@Nullable Timing timing = meter.begin();
    byte @Nullable [] value = value(key);
    meter.read(timing, key, value == null ? OperationMeter.ABSENT : value.length);
    return value;
  }

  private byte @Nullable [] value(byte[] key) {
    @Nullable Bucket known = known();
    if (known == null) {
      store.checkOpen();
      return null;
    }
    Scratch scratch = Scratch.get();
    int length = read(known, key, scratch, true);
    if (length == RocksDB.NOT_FOUND) {
      return null;
    }
    byte[] record = scratch.record();
    return RecordLayout.kind(record, 0) == RecordLayout.VALUE
            && (RecordLayout.deadline(record, 0) == KvEntry.NEVER
                || RecordLayout.deadline(record, 0) > store.clock.now())
        ? Arrays.copyOfRange(record, RecordLayout.HEADER_BYTES, length)
        : null;
  }

  @Override
  public @Nullable KvEntry entry(byte[] key) {
    Names.checkKey(key, Ops.MAX_KEY_BYTES);
    OperationMeter.@Nullable Timing timing = meter.begin();
    @Nullable KvEntry entry = record(key);
    meter.read(
        timing, key, entry != null && entry.live() ? entry.value().length : OperationMeter.ABSENT);
    return entry;
  }

  private @Nullable KvEntry record(byte[] key) {
    store.checkOpen();
    @Nullable Bucket known = known();
    Scratch scratch = Scratch.get();
    int length = known == null ? RocksDB.NOT_FOUND : read(known, key, scratch, true);
    if (length == RocksDB.NOT_FOUND) {
      return null;
    }
    byte[] record = scratch.record();
    if (RecordLayout.kind(record, 0) != RecordLayout.VALUE) {
      return Entries.marker(store, name, key.clone(), record);
    }
    return RecordLayout.deadline(record, 0) > store.clock.now()
        ? Entries.value(store, name, key.clone(), record, 0, length)
        : null;
  }

  /** The deadline of a live key; null when it is not live. */
  private @Nullable Long deadline(byte[] key) {
    Names.checkKey(key, Ops.MAX_KEY_BYTES);
    store.checkOpen();
    @Nullable Bucket known = known();
    Scratch scratch = Scratch.get();
    if (known == null || read(known, key, scratch, false) == RocksDB.NOT_FOUND) {
      return null;
    }
    byte[] record = scratch.record();
    return RecordLayout.isLive(record, 0, store.clock.now())
        ? RecordLayout.deadline(record, 0)
        : null;
  }

  @Override
  public boolean exists(byte[] key) {
    OperationMeter.@Nullable Timing timing = meter.begin();
    boolean live = deadline(key) != null;
    meter.read(timing, key, live ? 0 : OperationMeter.ABSENT);
    return live;
  }

  @Override
  public @Nullable Duration remaining(byte[] key) {
    @Nullable Long deadline = deadline(key);
    return deadline == null || deadline == KvEntry.NEVER
        ? null
        : Duration.ofMillis(Math.max(1, deadline - store.clock.now()));
  }

  @Override
  public List<byte @Nullable []> getAll(List<byte[]> keys) {
    keys.forEach(key -> Names.checkKey(key, Ops.MAX_KEY_BYTES));
    store.checkOpen();
    @Nullable Bucket known = known();
    OperationMeter.@Nullable Timing timing = meter.begin();
    List<byte @Nullable []> records =
        known == null || keys.isEmpty() ? List.of() : records(known, keys);
    long now = store.clock.now();
    var values = new ArrayList<byte @Nullable []>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      byte @Nullable [] record = records.isEmpty() ? null : records.get(i);
      byte @Nullable [] value =
          record != null && RecordLayout.isLive(record, 0, now)
              ? Arrays.copyOfRange(record, RecordLayout.HEADER_BYTES, record.length)
              : null;
      values.add(value);
      meter.read(timing, keys.get(i), value == null ? OperationMeter.ABSENT : value.length);
      // The call is timed once, whichever key is told of.
      timing = null;
    }
    return values;
  }

  private List<byte @Nullable []> records(Bucket known, List<byte[]> keys) {
    var records = new ArrayList<byte @Nullable []>(keys.size());
    int user = database.gate.enter();
    try {
      if (known.gone) {
        return List.of();
      }
      for (int from = 0; from < keys.size(); from += READ_TOGETHER) {
        List<byte[]> some = keys.subList(from, Math.min(keys.size(), from + READ_TOGETHER));
        read(known, some.stream().map(known::stored).toList(), records);
      }
      return records;
    } catch (RocksDBException e) {
      throw database.failed("cannot be read", Effect.NONE, e);
    } finally {
      database.gate.leave(user);
    }
  }

  /** Of a record that cannot be read RocksDB's Java part says here the same as of none. */
  private void read(Bucket known, List<byte[]> stored, List<byte @Nullable []> records)
      throws RocksDBException {
    List<byte[]> read =
        database.rocks.multiGetAsList(
            database.tuning.reads, Collections.nCopies(stored.size(), known.family), stored);
    for (int i = 0; i < stored.size(); i++) {
      byte @Nullable [] record = read.get(i);
      records.add(
          record == null
              ? database.rocks.get(known.family, database.tuning.reads, stored.get(i))
              : record);
    }
  }

  @Override
  public KvScan<byte[]> keys(KeyRange range) {
    store.checkOpen();
    return ScanPages.keys(store, meter, name, range);
  }

  @Override
  public KvScan<KvEntry> scan(KeyRange range) {
    store.checkOpen();
    return ScanPages.entries(store, meter, name, range);
  }

  @Override
  public KvWatch watch(WatchScope scope, WatchOptions options) {
    store.checkOpen();
    return WalChanges.watch(store, name, scope, options);
  }

  // --- writes -----------------------------------------------------------------------------------

  @Override
  public Version put(byte[] key, byte[] value) {
    Names.checkKey(key, Ops.MAX_KEY_BYTES);
    ops.checkValue(name, value);
    OperationMeter.@Nullable Timing timing = meter.begin();
    @Nullable Bucket known = known();
    @Nullable Version version = known == null ? null : store.writes.put(known, key, value);
    if (version == null) {
      version = write(key, value, PutOptions.DEFAULT);
    }
    meter.put(timing, key, (long) key.length + value.length);
    return version;
  }

  @Override
  public Version put(byte[] key, byte[] value, PutOptions options) {
    OperationMeter.@Nullable Timing timing = meter.begin();
    Version version = write(key, value, options);
    meter.put(timing, key, (long) key.length + value.length);
    return version;
  }

  private Version write(byte[] key, byte[] value, PutOptions options) {
    Op op = ops.put(name, key, value, options);
    store.writes.apply(op);
    return java.util.Objects.requireNonNull(op.version);
  }

  @Override
  public Version put(byte[] key, byte[] value, Duration ttl) {
    return put(key, value, PutOptions.DEFAULT.withTtl(ttl));
  }

  @Override
  public @Nullable Version touch(byte[] key, Duration ttl) {
    OperationMeter.@Nullable Timing timing = meter.begin();
    Op op = ops.touch(name, key, PutOptions.DEFAULT.withTtl(ttl));
    store.writes.apply(op);
    meter.put(timing, key, 0);
    return op.version;
  }

  @Override
  public boolean delete(byte[] key) {
    return removed(Op.Kind.DELETE, key, null).writes;
  }

  @Override
  public Version delete(byte[] key, Version expected) {
    return java.util.Objects.requireNonNull(removed(Op.Kind.DELETE, key, expected).version);
  }

  @Override
  public void purge(byte[] key) {
    removed(Op.Kind.PURGE, key, null);
  }

  private Op removed(Op.Kind kind, byte[] key, @Nullable Version expected) {
    OperationMeter.@Nullable Timing timing = meter.begin();
    Op op = ops.op(kind, name, key);
    op.expected = expected;
    store.writes.apply(op);
    // A purge does not look whether there is something.
    meter.deleted(timing, key, op.foundLive || kind == Op.Kind.PURGE);
    return op;
  }

  @Override
  public List<@Nullable Version> apply(WriteBatch batch) {
    return ops.apply(name, batch, meter);
  }
}

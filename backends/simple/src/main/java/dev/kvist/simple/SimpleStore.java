package dev.kvist.simple;

import dev.kvist.KeyRange;
import dev.kvist.KvBatch;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A bucket with all its roles. */
final class SimpleStore implements KvStore, KvReader, KvWriter, KvTtl, KvPurge, KvBatch, KvWatcher {
  private final SimpleConnection connection;
  private final Engine engine;
  private final Ops ops;
  private final String name;
  private final OperationMeter meter;

  /** Known once the bucket exists; its id never changes then. */
  private volatile @Nullable Bucket bucket;

  SimpleStore(
      SimpleConnection connection, Engine engine, Ops ops, OperationMeter meter, String name) {
    this.connection = connection;
    this.engine = engine;
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
    if (engine.settings.readOnly()) {
      throw new KvException.Unsupported(
          engine.directory.location()
              + " is open read-only: nothing will change, so there is nothing to watch");
    }
    return this;
  }

  private @Nullable Bucket known() {
    @Nullable Bucket known = bucket;
    if (known == null) {
      known = engine.bucket(name);
      bucket = known;
    }
    return known;
  }

  // --- reads ------------------------------------------------------------------------------------

  @Override
  public byte @Nullable [] get(byte[] key) {
    Names.checkKey(key, Ops.MAX_KEY_BYTES);
    OperationMeter.@Nullable Timing timing = meter.begin();
    @Nullable Bucket known = known();
    byte @Nullable [] value = known == null ? null : engine.get(known.id, key);
    meter.read(timing, key, value == null ? OperationMeter.ABSENT : value.length);
    return value;
  }

  @Override
  public @Nullable KvEntry entry(byte[] key) {
    Names.checkKey(key, Ops.MAX_KEY_BYTES);
    OperationMeter.@Nullable Timing timing = meter.begin();
    @Nullable Bucket known = known();
    @Nullable KvEntry entry =
        known == null ? null : engine.entry(name, known.id, key.clone(), true);
    meter.read(
        timing, key, entry != null && entry.live() ? entry.value().length : OperationMeter.ABSENT);
    return entry;
  }

  @Override
  public boolean exists(byte[] key) {
    Names.checkKey(key, Ops.MAX_KEY_BYTES);
    OperationMeter.@Nullable Timing timing = meter.begin();
    @Nullable Bucket known = known();
    boolean live = known != null && engine.exists(known.id, key);
    meter.read(timing, key, live ? 0 : OperationMeter.ABSENT);
    return live;
  }

  @Override
  public KvScan<byte[]> keys(KeyRange range) {
    engine.checkOpen();
    return ScanPages.keys(engine, meter, name, range);
  }

  @Override
  public KvScan<KvEntry> scan(KeyRange range) {
    engine.checkOpen();
    return ScanPages.entries(engine, meter, name, range);
  }

  @Override
  public KvWatch watch(WatchScope scope, WatchOptions options) {
    engine.checkOpen();
    return LogChanges.watch(engine, name, scope, options);
  }

  // --- writes -----------------------------------------------------------------------------------

  @Override
  public Version put(byte[] key, byte[] value) {
    return put(key, value, PutOptions.DEFAULT);
  }

  @Override
  public Version put(byte[] key, byte[] value, PutOptions options) {
    OperationMeter.@Nullable Timing timing = meter.begin();
    Op op = ops.put(name, known(), key, value, options);
    ops.apply(op);
    meter.put(timing, key, (long) key.length + value.length);
    return Ops.versionOf(op);
  }

  @Override
  public Version put(byte[] key, byte[] value, Duration ttl) {
    return put(key, value, PutOptions.DEFAULT.withTtl(ttl));
  }

  @Override
  public boolean delete(byte[] key) {
    return removed(RecordLayout.DELETE, key, null).writes;
  }

  @Override
  public Version delete(byte[] key, Version expected) {
    return Ops.versionOf(removed(RecordLayout.DELETE, key, expected));
  }

  @Override
  public void purge(byte[] key) {
    removed(RecordLayout.PURGE, key, null);
  }

  private Op removed(int type, byte[] key, @Nullable Version expected) {
    OperationMeter.@Nullable Timing timing = meter.begin();
    Op op = ops.remove(type, name, known(), key);
    op.expected = expected;
    ops.apply(op);
    meter.deleted(timing, key, op.foundLive);
    return op;
  }

  @Override
  public @Nullable Version touch(byte[] key, Duration ttl) {
    OperationMeter.@Nullable Timing timing = meter.begin();
    Op op = ops.touch(name, known(), key, PutOptions.DEFAULT.withTtl(ttl));
    ops.apply(op);
    meter.put(timing, key, 0);
    return op.version;
  }

  @Override
  public @Nullable Duration remaining(byte[] key) {
    Names.checkKey(key, Ops.MAX_KEY_BYTES);
    @Nullable Bucket known = known();
    if (known == null) {
      return null;
    }
    @Nullable Long deadline = engine.deadline(known.id, key);
    return deadline == null || deadline == KvEntry.NEVER
        ? null
        : Duration.ofMillis(Math.max(1, deadline - engine.clock.now()));
  }

  @Override
  public List<@Nullable Version> apply(WriteBatch batch) {
    return ops.apply(name, batch, meter);
  }
}

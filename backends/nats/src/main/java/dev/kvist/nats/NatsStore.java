package dev.kvist.nats;

import dev.kvist.Capability;
import dev.kvist.KeyRange;
import dev.kvist.KvBatch;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvPurge;
import dev.kvist.KvReader;
import dev.kvist.KvScan;
import dev.kvist.KvStore;
import dev.kvist.KvTtl;
import dev.kvist.KvWatcher;
import dev.kvist.KvWriter;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import dev.kvist.nats.Reads.Found;
import dev.kvist.spi.BatchBuckets;
import dev.kvist.spi.Names;
import dev.kvist.spi.OperationMeter;
import dev.kvist.spi.PutPipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A bucket with all its roles. For many threads. */
final class NatsStore
    implements KvStore, KvReader, KvWriter, KvTtl, KvPurge, KvBatch, PutPipeline.Source {
  private final NatsConnection connection;
  private final Session session;
  private final Bucket bucket;
  private final OperationMeter meter;
  private final Reads reads;
  private final Writes writes;
  private final AtomicBatch batches;

  NatsStore(NatsConnection connection, Session session, String name) {
    this.connection = connection;
    this.session = session;
    this.bucket = new Bucket(name, session.api(), session.plan());
    this.meter = session.meters().of(name);
    Duration timeout = session.settings().operationTimeout();
    this.reads = new Reads(session, bucket);
    this.writes = new Writes(bucket, reads, session.requests(), timeout);
    this.batches = new AtomicBatch(bucket, reads, writes, session.requests());
  }

  /** What is known of its stream. */
  Bucket known() {
    return bucket;
  }

  Reads reads() {
    return reads;
  }

  @Override
  public String bucket() {
    return bucket.name();
  }

  @Override
  public String toString() {
    return connection + " bucket " + bucket.name();
  }

  @Override
  public KvReader reader() {
    return this;
  }

  @Override
  public KvWriter writer() {
    connection.checkWritable();
    return this;
  }

  @Override
  public KvTtl ttl() {
    connection.checkWritable();
    connection.check(Capability.TTL);
    return this;
  }

  @Override
  public KvPurge purger() {
    connection.checkWritable();
    return this;
  }

  @Override
  public KvBatch batch() {
    connection.checkWritable();
    connection.check(Capability.BATCH);
    return this;
  }

  @Override
  public KvWatcher watcher() {
    connection.check(Capability.WATCH);
    return (scope, options) ->
        connection.call(() -> session.watches().watch(bucket.name(), scope, options));
  }

  // --- reads ------------------------------------------------------------------------------------

  private @Nullable Found read(byte[] key) {
    Names.checkKey(key, Limits.MAX_KEY_BYTES);
    return connection.call(() -> reads.read(key));
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    OperationMeter.@Nullable Timing timing = meter.begin();
    @Nullable Found found = read(key);
    byte @Nullable [] value = value(found);
    meter.read(timing, key, value == null ? OperationMeter.ABSENT : value.length);
    return value;
  }

  private static byte @Nullable [] value(@Nullable Found found) {
    return found == null || !found.message().isLive() ? null : found.message().value;
  }

  @Override
  public @Nullable KvEntry entry(byte[] key) {
    OperationMeter.@Nullable Timing timing = meter.begin();
    @Nullable Found found = read(key);
    byte @Nullable [] value = value(found);
    meter.read(timing, key, value == null ? OperationMeter.ABSENT : value.length);
    return found == null ? null : found.message().entry(found.stream(), key.clone());
  }

  @Override
  public boolean exists(byte[] key) {
    OperationMeter.@Nullable Timing timing = meter.begin();
    boolean live = value(read(key)) != null;
    meter.read(timing, key, live ? 0 : OperationMeter.ABSENT);
    return live;
  }

  @Override
  public List<byte @Nullable []> getAll(List<byte[]> keys) {
    for (byte[] key : keys) {
      Names.checkKey(key, Limits.MAX_KEY_BYTES);
    }
    OperationMeter.@Nullable Timing timing = meter.begin();
    List<@Nullable Found> found = connection.call(() -> reads.readAll(keys));
    List<byte @Nullable []> values = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      byte @Nullable [] value = value(found.get(i));
      meter.read(timing, keys.get(i), value == null ? OperationMeter.ABSENT : value.length);
      timing = null;
      values.add(value);
    }
    return values;
  }

  @Override
  public KvScan<byte[]> keys(KeyRange range) {
    checkUnordered(range);
    return new NatsScan<>(session, bucket, meter, range, true, (_, key, _) -> key);
  }

  @Override
  public KvScan<KvEntry> scan(KeyRange range) {
    checkUnordered(range);
    return new NatsScan<>(
        session, bucket, meter, range, false, (stream, key, message) -> message.entry(stream, key));
  }

  private void checkUnordered(KeyRange range) {
    connection.checkOpen();
    if (range.from() != null || range.to() != null || range.isReversed()) {
      connection.check(Capability.ORDERED_SCAN);
    }
  }

  // --- writes -----------------------------------------------------------------------------------

  @Override
  public Version put(byte[] key, byte[] value) {
    return put(key, value, PutOptions.DEFAULT);
  }

  @Override
  public Version put(byte[] key, byte[] value, PutOptions options) {
    check(key, value, options);
    OperationMeter.@Nullable Timing timing = meter.begin();
    // The library keeps the array until it is sent.
    byte[] copy = value.clone();
    Version version = connection.write(() -> writes.put(key, copy, options));
    meter.put(timing, key, (long) key.length + value.length);
    return version;
  }

  private void check(byte[] key, byte[] value, PutOptions options) {
    Names.checkKey(key, Limits.MAX_KEY_BYTES);
    checkValue(value);
    if (options.ttl() != null || options.expires() != null) {
      connection.check(Capability.TTL);
    }
  }

  @Override
  public PutPipeline pipeline() {
    connection.checkWritable();
    Duration timeout = session.settings().operationTimeout();
    return new PutsUnderWay(this, session.requests(), timeout);
  }

  /** Where an unconditional put goes; throws what the put would. */
  Writes.Envelope envelope(byte[] key, byte[] value, PutOptions options, Deadline deadline) {
    connection.checkOpen();
    check(key, value, options);
    return writes.envelope(key, options, deadline);
  }

  /** Counts a put. */
  void stored(byte[] key, long bytes) {
    meter.put(null, key, bytes);
  }

  private void checkValue(byte[] value) {
    Objects.requireNonNull(value, "value");
    long most = connection.capabilities().maxValueSize();
    if (value.length > most) {
      throw new KvException.TooLarge("the value", value.length, most);
    }
  }

  @Override
  public Version put(byte[] key, byte[] value, Duration ttl) {
    return put(key, value, PutOptions.DEFAULT.withTtl(ttl));
  }

  @Override
  public boolean delete(byte[] key) {
    Names.checkKey(key, Limits.MAX_KEY_BYTES);
    OperationMeter.@Nullable Timing timing = meter.begin();
    boolean wasLive = connection.write(() -> writes.delete(key));
    meter.deleted(timing, key, wasLive);
    return wasLive;
  }

  @Override
  public Version delete(byte[] key, Version expected) {
    Names.checkKey(key, Limits.MAX_KEY_BYTES);
    OperationMeter.@Nullable Timing timing = meter.begin();
    Version marker = connection.write(() -> writes.delete(key, expected));
    meter.deleted(timing, key, true);
    return marker;
  }

  @Override
  public void purge(byte[] key) {
    Names.checkKey(key, Limits.MAX_KEY_BYTES);
    OperationMeter.@Nullable Timing timing = meter.begin();
    connection.write(() -> {
      writes.purge(key);
      return null;
    });
    meter.deleted(timing, key, true);
  }

  @Override
  public @Nullable Version touch(byte[] key, Duration ttl) {
    Names.checkKey(key, Limits.MAX_KEY_BYTES);
    PutOptions options = PutOptions.DEFAULT.withTtl(ttl);
    OperationMeter.@Nullable Timing timing = meter.begin();
    @Nullable Version version = connection.write(() -> writes.touch(key, options));
    meter.put(timing, key, 0);
    return version;
  }

  @Override
  public @Nullable Duration remaining(byte[] key) {
    @Nullable Found found = read(key);
    if (found == null || !found.message().isLive()) {
      return null;
    }
    long expires = found.message().expiresMillis();
    return expires == KvEntry.NEVER
        ? null
        : Duration.ofMillis(Math.max(1, expires - System.currentTimeMillis()));
  }

  @Override
  public List<@Nullable Version> apply(WriteBatch batch) {
    BatchBuckets.of(bucket.name(), batch, AtomicBatch.MAX_OPS);
    for (WriteBatch.Op op : batch.ops()) {
      Names.checkKey(op.key(), Limits.MAX_KEY_BYTES);
      checkValue(op.value());
    }
    OperationMeter.@Nullable Timing timing = meter.beginMany();
    List<@Nullable Version> versions = connection.write(() -> batches.apply(batch));
    meter.applied(timing, batch);
    return versions;
  }
}

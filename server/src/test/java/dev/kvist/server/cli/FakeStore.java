package dev.kvist.server.cli;

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
import dev.kvist.KvUpdate;
import dev.kvist.KvWatcher;
import dev.kvist.KvWriter;
import dev.kvist.PutOptions;
import dev.kvist.ScanPosition;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import dev.kvist.spi.Names;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A bucket of {@link FakeBackend}, with all its roles. */
final class FakeStore implements KvStore, KvReader, KvWriter, KvTtl, KvPurge, KvBatch {
  final FakeConnection connection;
  private final String bucket;

  FakeStore(FakeConnection connection, String bucket) {
    this.connection = connection;
    this.bucket = bucket;
  }

  @Override
  public String bucket() {
    return bucket;
  }

  @Override
  public KvReader reader() {
    return this;
  }

  private FakeStore writable() {
    if (connection.readOnly) {
      throw new KvException.Unsupported("the store was opened read-only");
    }
    return this;
  }

  @Override
  public KvWriter writer() {
    return writable();
  }

  @Override
  public KvTtl ttl() {
    return writable();
  }

  @Override
  public KvPurge purger() {
    return writable();
  }

  @Override
  public KvBatch batch() {
    if (!connection.capabilities().has(Capability.BATCH)) {
      throw new KvException.Unsupported(Capability.BATCH, "fake", "");
    }
    return writable();
  }

  @Override
  public KvWatcher watcher() {
    return (scope, options) -> new FakeWatch(this, scope, options);
  }

  private @Nullable KvEntry live(byte[] key) {
    connection.checkOpen();
    Names.checkKey(key, 1024);
    KvEntry entry =
        connection.data.buckets.containsKey(bucket) ? connection.bucket(bucket).get(key) : null;
    return entry != null && entry.expiresMillis() > System.currentTimeMillis() ? entry : null;
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    KvEntry entry = live(key);
    return entry == null ? null : entry.value();
  }

  @Override
  public @Nullable KvEntry entry(byte[] key) {
    return live(key);
  }

  @Override
  public boolean exists(byte[] key) {
    return live(key) != null;
  }

  @Override
  public KvScan<byte[]> keys(KeyRange range) {
    return scan(range, KvEntry::key);
  }

  @Override
  public KvScan<KvEntry> scan(KeyRange range) {
    return scan(range, entry -> entry);
  }

  private <T> KvScan<T> scan(KeyRange range, Function<KvEntry, T> view) {
    List<KvEntry> found = new ArrayList<>();
    if (connection.data.buckets.containsKey(bucket)) {
      var entries = connection.bucket(bucket);
      for (KvEntry entry : (range.isReversed() ? entries.descendingMap() : entries).values()) {
        if (live(entry.key()) != null && in(range, entry.key()) && found.size() < range.limit()) {
          found.add(entry);
        }
      }
    }
    return new KvScan<>() {
      @Override
      public Iterator<T> iterator() {
        return found.stream().map(view).iterator();
      }

      @Override
      public @Nullable ScanPosition position() {
        return found.isEmpty() ? null : ScanPosition.of(found.getLast().key());
      }

      @Override
      public void close() {}
    };
  }

  private static boolean in(KeyRange range, byte[] key) {
    byte[] prefix = range.prefix();
    boolean starts =
        key.length >= prefix.length
            && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    ScanPosition after = range.after();
    int behind =
        after == null
            ? 1
            : Arrays.compareUnsigned(key, after.bytes()) * (range.isReversed() ? -1 : 1);
    byte[] from = range.from();
    byte[] to = range.to();
    return starts
        && behind > 0
        && (from == null || Arrays.compareUnsigned(key, from) >= 0)
        && (to == null || Arrays.compareUnsigned(key, to) < 0);
  }

  @Override
  public Version put(byte[] key, byte[] value) {
    return put(key, value, PutOptions.DEFAULT);
  }

  @Override
  public Version put(byte[] key, byte[] value, PutOptions options) {
    if (connection.name.equals("full")) {
      throw new KvException.StoreFull("the volume", -1, "free some space", null);
    }
    if (value.length > FakeConnection.MAX_VALUE_SIZE) {
      throw new KvException.TooLarge("the value", value.length, FakeConnection.MAX_VALUE_SIZE);
    }
    KvEntry there = live(key);
    Version expected = options.expected();
    if (options.absent() && there != null) {
      throw new KvException.AlreadyExists(bucket, key, there.version());
    }
    if (expected != null && (there == null || !there.version().equals(expected))) {
      throw new KvException.VersionMismatch(
          bucket, key, expected, there == null ? null : there.version());
    }
    long now = System.currentTimeMillis();
    Duration ttl = options.ttl();
    Instant expires = options.expires();
    long deadline =
        ttl != null
            ? now + ttl.toMillis()
            : expires != null ? expires.toEpochMilli() : KvEntry.NEVER;
    var version = Version.of(0, ++connection.data.revision);
    byte[] kept = connection.name.equals("faulty") ? new byte[value.length] : value.clone();
    var entry =
        KvEntry.value(bucket, key.clone(), kept, version, now, deadline, options.compressed());
    connection.bucket(bucket).put(entry.key(), entry);
    connection.changed(bucket, new KvUpdate.Put(entry, connection.cursor()));
    return version;
  }

  @Override
  public boolean delete(byte[] key) {
    KvEntry there = live(key);
    if (there != null) {
      connection.bucket(bucket).remove(key);
      var version = Version.of(0, ++connection.data.revision);
      connection.changed(bucket, new KvUpdate.Delete(key, version, 0, false, connection.cursor()));
    }
    return there != null;
  }

  @Override
  public Version delete(byte[] key, Version expected) {
    KvEntry there = live(key);
    if (there == null || !there.version().equals(expected)) {
      throw new KvException.VersionMismatch(
          bucket, key, expected, there == null ? null : there.version());
    }
    delete(key);
    return Version.of(0, connection.data.revision);
  }

  @Override
  public Version put(byte[] key, byte[] value, Duration ttl) {
    return put(key, value, PutOptions.DEFAULT.withTtl(ttl));
  }

  @Override
  public @Nullable Version touch(byte[] key, Duration ttl) {
    byte[] value = get(key);
    return value == null ? null : put(key, value, ttl);
  }

  @Override
  public @Nullable Duration remaining(byte[] key) {
    KvEntry entry = live(key);
    Instant expires = entry == null ? null : entry.expires();
    return expires == null ? null : Duration.between(Instant.now(), expires);
  }

  @Override
  public void purge(byte[] key) {
    live(key);
    connection.bucket(bucket).remove(key);
    connection.changed(
        bucket,
        new KvUpdate.Purge(key, Version.of(0, ++connection.data.revision), 0, connection.cursor()));
  }

  @Override
  public List<@Nullable Version> apply(WriteBatch batch) {
    Set<String> keys = new HashSet<>();
    for (WriteBatch.Op op : batch.ops()) {
      Names.checkKey(op.key(), 1024);
      if (op.value().length > FakeConnection.MAX_VALUE_SIZE) {
        throw new KvException.TooLarge(
            "the value", op.value().length, FakeConnection.MAX_VALUE_SIZE);
      }
      if (!keys.add(Arrays.toString(op.key()))) {
        throw new IllegalArgumentException("a key comes twice");
      }
    }
    connection.data.batches++;
    List<@Nullable Version> versions = new ArrayList<>();
    for (WriteBatch.Op op : batch.ops()) {
      switch (op.kind()) {
        case PUT -> versions.add(put(op.key(), op.value(), op.options()));
        case DELETE ->
            versions.add(delete(op.key()) ? Version.of(0, connection.data.revision) : null);
        case PURGE -> purge(op.key());
        case REQUIRE -> Objects.requireNonNull(live(op.key()));
      }
    }
    return versions;
  }
}

package dev.kvist.tck;

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
import dev.kvist.spi.Names;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The roles of a reference store. */
final class ReferenceStore implements KvStore, KvReader, KvWriter, KvTtl {
  private final ReferenceConnection connection;
  private final String bucket;
  private final ReferenceWrites writes;

  ReferenceStore(ReferenceConnection connection, String bucket) {
    this.connection = connection;
    this.bucket = bucket;
    this.writes = new ReferenceWrites(connection);
  }

  @Override
  public String bucket() {
    return bucket;
  }

  @Override
  public KvReader reader() {
    return this;
  }

  @Override
  public KvWriter writer() {
    connection.needWriter();
    return this;
  }

  @Override
  public KvTtl ttl() {
    connection.need(Capability.TTL);
    connection.needWriter();
    return this;
  }

  @Override
  public KvPurge purger() {
    connection.need(Capability.PURGE);
    connection.needWriter();
    return key -> writes.apply(bucket, new WriteBatch().purge(key));
  }

  @Override
  public KvBatch batch() {
    connection.need(Capability.BATCH);
    connection.needWriter();
    return batch -> {
      if (batch.ops().stream().anyMatch(op -> op.bucket() != null && !op.bucket().equals(bucket))) {
        throw new IllegalArgumentException("an operation names another bucket");
      }
      return writes.apply(bucket, batch);
    };
  }

  @Override
  public KvWatcher watcher() {
    connection.need(Capability.WATCH);
    return (scope, options) -> ReferenceWatch.open(connection, bucket, scope, options);
  }

  @Override
  public @Nullable KvEntry entry(byte[] key) {
    Names.checkKey(key, ReferenceConnection.MAX_KEY);
    return connection.locked(() -> {
      KvEntry entry = connection.record(stored(), storedKey(key));
      if (entry == null) {
        return null;
      }
      if (!entry.live()) {
        return connection.capabilities().has(Capability.MARKERS) ? entry : null;
      }
      return connection.live(entry) ? copy(entry) : null;
    });
  }

  /** With this defect, every bucket reads what the joined name says. */
  private String stored() {
    if (connection.defect == Defect.BUCKETS_MEET && bucket.indexOf('_') > 0) {
      return bucket.substring(0, bucket.indexOf('_'));
    }
    return bucket;
  }

  private Bytes storedKey(byte[] key) {
    return stored().equals(bucket)
        ? Bytes.of(key)
        : Bytes.of(
            bucket.substring(bucket.indexOf('_'))
                + new String(key, java.nio.charset.StandardCharsets.UTF_8));
  }

  KvEntry copy(KvEntry entry) {
    return connection.defect == Defect.ARRAYS_SHARED
        ? entry
        : KvEntry.value(
            bucket,
            entry.key().clone(),
            entry.value().clone(),
            entry.version(),
            entry.createdMillis(),
            entry.expiresMillis(),
            entry.compressed());
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    KvEntry entry = entry(key);
    return entry == null || !entry.live() ? null : entry.value();
  }

  @Override
  public boolean exists(byte[] key) {
    return get(key) != null;
  }

  @Override
  public KvScan<byte[]> keys(KeyRange range) {
    return new ReferenceScan<>(connection, bucket, range, entry -> entry.key().clone());
  }

  @Override
  public KvScan<KvEntry> scan(KeyRange range) {
    return new ReferenceScan<>(connection, bucket, range, this::copy);
  }

  @Override
  public Version put(byte[] key, byte[] value) {
    return put(key, value, PutOptions.DEFAULT);
  }

  @Override
  public Version put(byte[] key, byte[] value, PutOptions options) {
    if (options.absent() || options.expected() != null) {
      connection.need(Capability.CAS);
    }
    if (options.ttl() != null || options.expires() != null) {
      connection.need(Capability.TTL);
    }
    Version version =
        Changes.present(
            writes.apply(bucket, new WriteBatch().put(key, value, options)).getFirst(),
            "a version");
    if (connection.defect == Defect.ARRAYS_NOT_COPIED) {
      writes.replaceValue(bucket, key, value);
    }
    return version;
  }

  @Override
  public boolean delete(byte[] key) {
    return writes.apply(bucket, new WriteBatch().delete(key)).getFirst() != null;
  }

  @Override
  public Version delete(byte[] key, Version expected) {
    connection.need(Capability.CAS);
    Version version = writes.apply(bucket, new WriteBatch().delete(key, expected)).getFirst();
    if (version == null) {
      throw new KvException.VersionMismatch(bucket, key, expected, null);
    }
    return version;
  }

  @Override
  public Version put(byte[] key, byte[] value, Duration ttl) {
    return put(key, value, PutOptions.DEFAULT.withTtl(ttl));
  }

  @Override
  public @Nullable Version touch(byte[] key, Duration ttl) {
    PutOptions options = PutOptions.DEFAULT.withTtl(ttl);
    Names.checkKey(key, ReferenceConnection.MAX_KEY);
    return connection.locked(() -> {
      connection.expire(bucket, Bytes.of(key));
      KvEntry entry = connection.record(bucket, Bytes.of(key));
      if (entry == null || !entry.live()) {
        return null;
      }
      var kept = entry.compressed() ? options.withCompressed() : options;
      return writes.apply(bucket, new WriteBatch().put(key, entry.value(), kept)).getFirst();
    });
  }

  @Override
  public @Nullable Duration remaining(byte[] key) {
    KvEntry entry = entry(key);
    return entry == null || entry.expiresMillis() == KvEntry.NEVER
        ? null
        : Duration.ofMillis(Math.max(1, entry.expiresMillis() - System.currentTimeMillis()));
  }
}

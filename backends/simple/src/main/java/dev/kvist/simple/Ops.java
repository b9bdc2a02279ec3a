package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import dev.kvist.spi.BatchBuckets;
import dev.kvist.spi.Names;
import dev.kvist.spi.OperationMeter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns what callers ask for into {@link Op}s: checks sizes and names, computes deadlines,
 * compresses.
 */
final class Ops {
  static final int MAX_KEY_BYTES = 65_535;
  static final int MAX_BATCH_OPS = 65_536;

  /**
   * What a batch of several operations may take of the log: it lies in one segment, and each of its
   * records must begin where a position of the index can point.
   */
  static final long MAX_BATCH_BYTES = Segment.MAX_BYTES - SegmentLayout.HEADER_BYTES;

  private final Engine engine;
  private final @Nullable Writes writes;
  private final int maxValueBytes;
  private final int threshold;

  /**
   * @param writes null when the store is open read-only
   */
  Ops(Engine engine, @Nullable Writes writes) {
    this.engine = engine;
    this.writes = writes;
    this.maxValueBytes = engine.settings.maxValueBytes();
    this.threshold = engine.settings.compressionThreshold();
  }

  void checkWritable() {
    if (writes == null) {
      throw new KvException.Unsupported(
          engine.directory.location() + " is open read-only; open it without read_only to write");
    }
  }

  void apply(Op op) {
    checkWritable();
    Objects.requireNonNull(writes).apply(op);
  }

  Op put(String bucketName, @Nullable Bucket bucket, byte[] key, byte[] value, PutOptions options) {
    Op op = op(RecordLayout.PUT, bucketName, bucket, key);
    Objects.requireNonNull(value, "value");
    if (value.length > maxValueBytes) {
      throw new KvException.TooLarge(
          "a value for bucket " + bucketName, value.length, maxValueBytes);
    }
    deadline(op, options);
    op.conditions(options);
    Values.store(op, value, options.compressed(), threshold);
    return op;
  }

  Op touch(String bucketName, @Nullable Bucket bucket, byte[] key, PutOptions options) {
    Op op = op(RecordLayout.PUT, bucketName, bucket, key);
    op.touch = true;
    deadline(op, options);
    return op;
  }

  Op remove(int type, String bucketName, @Nullable Bucket bucket, byte[] key) {
    return op(type, bucketName, bucket, key);
  }

  private Op op(int type, String bucketName, @Nullable Bucket bucket, byte[] key) {
    Names.checkKey(key, MAX_KEY_BYTES);
    long hash = bucket == null ? 0 : engine.hash(bucket.id, key);
    if (bucket != null) {
      engine.touchIndex(hash);
    }
    return new Op(type, bucketName, bucket, key, hash);
  }

  /** TTLs are rounded up to a millisecond; the deadline itself is fixed under the lock. */
  private static void deadline(Op op, PutOptions options) {
    @Nullable Duration ttl = options.ttl();
    @Nullable Instant expires = options.expires();
    if (ttl != null) {
      boolean far = ttl.compareTo(Duration.ofDays(365_000)) > 0;
      op.ttlMillis = far ? Long.MAX_VALUE / 4 : ttl.plusNanos(999_999).toMillis();
    } else if (expires != null) {
      boolean far = expires.isAfter(Instant.ofEpochMilli(Long.MAX_VALUE / 4));
      op.deadline = far ? Long.MAX_VALUE / 4 : Math.max(1, expires.toEpochMilli());
    }
  }

  static Version versionOf(Op op) {
    return Objects.requireNonNull(op.version);
  }

  // --- batches ----------------------------------------------------------------------------------

  /**
   * @param ownBucket the bucket of operations that name none; null when each must name its own
   */
  List<@Nullable Version> apply(
      @Nullable String ownBucket, WriteBatch batch, OperationMeter meter) {
    checkWritable();
    OperationMeter.@Nullable Timing timing = meter.beginMany();
    List<Op> prepared = prepare(ownBucket, batch);
    Objects.requireNonNull(writes).apply(prepared);
    meter.applied(timing, batch);
    var versions = new ArrayList<@Nullable Version>(prepared.size());
    for (Op op : prepared) {
      versions.add(op.version);
    }
    return versions;
  }

  private List<Op> prepare(@Nullable String ownBucket, WriteBatch batch) {
    List<String> buckets = BatchBuckets.of(ownBucket, batch, MAX_BATCH_OPS);
    var prepared = new ArrayList<Op>(batch.size());
    long bytes = 0;
    for (int i = 0; i < buckets.size(); i++) {
      Op op = prepare(buckets.get(i), batch.ops().get(i));
      bytes += op.size();
      prepared.add(op);
    }
    if (prepared.size() > 1 && bytes > MAX_BATCH_BYTES) {
      throw new KvException.TooLarge("a batch", bytes, MAX_BATCH_BYTES);
    }
    return prepared;
  }

  private Op prepare(String bucketName, WriteBatch.Op asked) {
    @Nullable Bucket bucket = engine.bucket(bucketName);
    if (asked.kind() == WriteBatch.Kind.PUT) {
      return put(bucketName, bucket, asked.key(), asked.value(), asked.options());
    }
    int type =
        switch (asked.kind()) {
          case DELETE -> RecordLayout.DELETE;
          case PURGE -> RecordLayout.PURGE;
          default -> Op.REQUIRE;
        };
    Op op = op(type, bucketName, bucket, asked.key());
    op.conditions(asked.options());
    return op;
  }
}

package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import dev.kvist.spi.BatchBuckets;
import dev.kvist.spi.Names;
import dev.kvist.spi.OperationMeter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns what callers ask for into {@link Op}s: checks sizes and names. */
final class Ops {
  static final int MAX_KEY_BYTES = 65_535;
  static final int MAX_BATCH_OPS = 65_536;

  /** RocksDB keeps a batch in memory twice while it is written. */
  static final long MAX_BATCH_BYTES = 256L << 20;

  private final Store store;
  private final int maxValueBytes;

  Ops(Store store) {
    this.store = store;
    this.maxValueBytes = store.database.settings.maxValueBytes();
  }

  void checkWritable() {
    if (store.database.settings.readOnly()) {
      throw new KvException.Unsupported(
          store.path + " is open read-only; open it without read_only to write");
    }
    store.checkOpen();
  }

  void checkValue(String bucketName, byte[] value) {
    Objects.requireNonNull(value, "value");
    if (value.length > maxValueBytes) {
      throw new KvException.TooLarge(
          "a value for bucket " + bucketName, value.length, maxValueBytes);
    }
  }

  Op put(String bucketName, byte[] key, byte[] value, PutOptions options) {
    Op op = op(Op.Kind.PUT, bucketName, key);
    checkValue(bucketName, value);
    op.deadline(options);
    op.conditions(options);
    op.value(value, options.compressed());
    return op;
  }

  Op touch(String bucketName, byte[] key, PutOptions options) {
    Op op = op(Op.Kind.PUT, bucketName, key);
    op.touch = true;
    op.deadline(options);
    return op;
  }

  Op op(Op.Kind kind, String bucketName, byte[] key) {
    Names.checkKey(key, MAX_KEY_BYTES);
    return new Op(kind, bucketName, store.definitions.bucket(bucketName), key.clone());
  }

  /**
   * Applies a batch.
   *
   * @param ownBucket the bucket of operations that name none; null when each must name its own
   */
  List<@Nullable Version> apply(
      @Nullable String ownBucket, WriteBatch batch, OperationMeter meter) {
    checkWritable();
    OperationMeter.@Nullable Timing timing = meter.beginMany();
    List<Op> prepared = prepare(ownBucket, batch);
    store.writes.apply(prepared);
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
      bytes += op.key.length + op.record.length;
      prepared.add(op);
    }
    if (bytes > MAX_BATCH_BYTES) {
      throw new KvException.TooLarge("a batch", bytes, MAX_BATCH_BYTES);
    }
    return prepared;
  }

  private Op prepare(String bucketName, WriteBatch.Op asked) {
    if (asked.kind() == WriteBatch.Kind.PUT) {
      return put(bucketName, asked.key(), asked.value(), asked.options());
    }
    Op.Kind kind =
        switch (asked.kind()) {
          case DELETE -> Op.Kind.DELETE;
          case PURGE -> Op.Kind.PURGE;
          default -> Op.Kind.REQUIRE;
        };
    Op op = op(kind, bucketName, asked.key());
    op.conditions(asked.options());
    return op;
  }
}

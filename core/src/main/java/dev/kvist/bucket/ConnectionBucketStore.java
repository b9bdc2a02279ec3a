package dev.kvist.bucket;

import dev.kvist.Connection;
import dev.kvist.KeyText;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvReader;
import dev.kvist.KvWriter;
import dev.kvist.PutOptions;
import dev.kvist.spi.Names;
import org.jspecify.annotations.Nullable;

/** The bucket view of a connection. */
final class ConnectionBucketStore implements BucketStore {
  private static final PutOptions COMPRESSED = PutOptions.DEFAULT.withCompressed();

  private final Connection connection;
  private volatile boolean closed;

  ConnectionBucketStore(Connection connection) {
    this.connection = connection;
  }

  @Override
  public void open() {
    connection.ping();
    closed = false;
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public byte @Nullable [] getValue(String bucket, byte[] key) {
    return reader(bucket).get(key);
  }

  @Override
  public byte @Nullable [] getCompressedValue(String bucket, byte[] key) {
    KvEntry entry = reader(bucket).entry(key);
    if (entry == null || !entry.live()) {
      return null;
    }
    if (!entry.compressed()) {
      throw new IllegalArgumentException(
          where(bucket, key) + " was not stored compressed: read it with getValue");
    }
    try {
      return Lz4Pair.decode(entry.value(), connection.capabilities().maxValueSize());
    } catch (IllegalArgumentException e) {
      throw new KvException.Corrupted(
          "the compressed value of " + where(bucket, key), 0, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void addValueCompress(String bucket, byte[] key, byte[] value) {
    KvWriter writer = writer(bucket);
    Names.checkKey(key, connection.capabilities().maxKeySize());
    // Checked before the work of compressing, and so that whatever is stored can be read again.
    long limit = connection.capabilities().maxValueSize();
    if (value.length > limit) {
      throw new KvException.TooLarge("the value of " + where(bucket, key), value.length, limit);
    }
    writer.put(key, Lz4Pair.encode(value), COMPRESSED);
  }

  @Override
  public void addValue(String bucket, byte[] key, byte[] value) {
    writer(bucket).put(key, value);
  }

  @Override
  public boolean existsKey(String bucket, byte[] key) {
    return reader(bucket).exists(key);
  }

  @Override
  public void deleteKey(String bucket, byte[] key) {
    writer(bucket).delete(key);
  }

  private KvReader reader(String bucket) {
    return connection.store(allowed(bucket)).reader();
  }

  private KvWriter writer(String bucket) {
    return connection.store(allowed(bucket)).writer();
  }

  private String allowed(String bucket) {
    if (closed) {
      throw new KvException.Closed("this bucket view");
    }
    if (bucket.equals(Filter.BUCKET) || bucket.equals(BloomFilter.BUCKET)) {
      throw new IllegalArgumentException(
          "bucket " + bucket + " belongs to the filters: use another name, or a Filter");
    }
    return Names.checkBucket(bucket);
  }

  private static String where(String bucket, byte[] key) {
    return "key " + KeyText.print(key) + " of bucket " + bucket;
  }
}

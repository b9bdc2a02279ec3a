package dev.kvist.config;

import dev.kvist.KeyText;
import dev.kvist.bucket.BucketStore;
import dev.kvist.bucket.Kv;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A store of an application's own, as CONTRIBUTING.md shows it. */
final class MyKvBackend implements Module, BucketStore {
  private final Map<String, byte[]> values = new ConcurrentHashMap<>();
  private volatile boolean open;

  @Override
  public String name() {
    return "my_backend";
  }

  @Override
  public void setup(Configuration configuration) {
    Kv.register(name(), this);
  }

  @Override
  public void open() {
    open = true;
  }

  @Override
  public void close() {
    open = false;
  }

  boolean isOpen() {
    return open;
  }

  private static String at(String bucket, byte[] key) {
    return bucket + "/" + KeyText.print(key);
  }

  @Override
  public byte @Nullable [] getValue(String bucket, byte[] key) {
    byte[] value = values.get(at(bucket, key));
    return value == null ? null : value.clone();
  }

  @Override
  public byte @Nullable [] getCompressedValue(String bucket, byte[] key) {
    return getValue(bucket, key);
  }

  @Override
  public void addValueCompress(String bucket, byte[] key, byte[] value) {
    addValue(bucket, key, value);
  }

  @Override
  public void addValue(String bucket, byte[] key, byte[] value) {
    values.put(at(bucket, key), value.clone());
  }

  @Override
  public boolean existsKey(String bucket, byte[] key) {
    return values.containsKey(at(bucket, key));
  }

  @Override
  public void deleteKey(String bucket, byte[] key) {
    values.remove(at(bucket, key));
  }
}

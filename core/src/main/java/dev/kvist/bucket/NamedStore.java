package dev.kvist.bucket;

import static dev.kvist.spi.Names.DEFAULT_BUCKET;

import dev.kvist.Kvist;
import org.jspecify.annotations.Nullable;

/**
 * A registered store seen without buckets: its bucket {@code default}. From {@link Kv#store}.
 *
 * <p>It stays with the store that had the name then, and throws as {@link BucketStore} does.
 */
public final class NamedStore {
  private final String name;
  private final BucketStore store;

  NamedStore(String name, BucketStore store) {
    this.name = name;
    this.store = store;
  }

  /** The name by which the store was registered. */
  public String name() {
    return name;
  }

  /** Stores a value under the UTF-8 bytes of a key, over whatever was there. */
  public void set(String key, byte[] value) {
    set(Kvist.utf8(key), value);
  }

  /** Stores a value, over whatever was there. */
  public void set(byte[] key, byte[] value) {
    store.addValue(DEFAULT_BUCKET, key, value);
  }

  /** The value under the UTF-8 bytes of a key; null when it is absent. */
  public byte @Nullable [] get(String key) {
    return get(Kvist.utf8(key));
  }

  /** The value of a key; null when it is absent. */
  public byte @Nullable [] get(byte[] key) {
    return store.getValue(DEFAULT_BUCKET, key);
  }

  /** Deletes the UTF-8 bytes of a key. Succeeds when it is absent. */
  public void delete(String key) {
    delete(Kvist.utf8(key));
  }

  /** Deletes a key. Succeeds when it is absent. */
  public void delete(byte[] key) {
    store.deleteKey(DEFAULT_BUCKET, key);
  }
}

package dev.kvist.bucket;

import dev.kvist.KvException;
import org.jspecify.annotations.Nullable;

/**
 * Static functions over the registered {@linkplain BucketStore stores}; the one registered last is
 * the active one.
 *
 * <pre>{@code
 * Kv.addValue("user_sessions", utf8("session-abc-123"), utf8("{\"user_id\": \"u1\"}"));
 * byte[] session = Kv.getValue("user_sessions", utf8("session-abc-123")); // null when it is absent
 * }</pre>
 *
 * Modules register the configured stores when they start, so that an application needs no reference
 * to any. Everything but {@link #register}, {@link #unregister} and {@link #store} works on the
 * active store, throws as it does, and throws {@link IllegalStateException} saying what to add when
 * there is none. The functions without a bucket use the bucket {@code default}.
 */
public final class Kv {
  private static final Registry<BucketStore> STORES = new Registry<>("store", "Kv");

  private Kv() {}

  /**
   * Registers a store, which becomes the active one. Does not open it.
   *
   * @throws IllegalStateException when the name is taken
   */
  public static void register(String name, BucketStore store) {
    STORES.register(name, store);
  }

  /**
   * Frees a name; the latest of the remaining stores is the active one. Does not close the store.
   *
   * @return whether a store had the name
   */
  public static boolean unregister(String name) {
    return STORES.unregister(name);
  }

  /**
   * The store of that name, without buckets.
   *
   * @throws IllegalStateException when none has the name
   */
  public static NamedStore store(String name) {
    return new NamedStore(name, STORES.get(name));
  }

  /** The store of that name; null when none has it. */
  static @Nullable BucketStore find(String name) {
    return STORES.find(name);
  }

  /** The bytes stored under a key; null when it is absent. See {@link BucketStore#getValue}. */
  public static byte @Nullable [] getValue(String bucket, byte[] key) {
    return active().getValue(bucket, key);
  }

  /**
   * The value of a key that was stored compressed; null when it is absent. See {@link
   * BucketStore#getCompressedValue}.
   *
   * @throws IllegalArgumentException when the key was not stored compressed
   * @throws KvException.Corrupted when what is stored cannot be decompressed
   */
  public static byte @Nullable [] getCompressedValue(String bucket, byte[] key) {
    return active().getCompressedValue(bucket, key);
  }

  /** Stores a value compressed, over whatever was there. */
  public static void addValueCompress(String bucket, byte[] key, byte[] value) {
    active().addValueCompress(bucket, key, value);
  }

  /** Stores a value as it is, over whatever was there: it overwrites, whatever its name says. */
  public static void addValue(String bucket, byte[] key, byte[] value) {
    active().addValue(bucket, key, value);
  }

  /** Whether a key is there. */
  public static boolean existsKey(String bucket, byte[] key) {
    return active().existsKey(bucket, key);
  }

  /** Deletes a key. Succeeds when it is absent. */
  public static void deleteKey(String bucket, byte[] key) {
    active().deleteKey(bucket, key);
  }

  /** Stores a value under the UTF-8 bytes of a key. */
  public static void set(String key, byte[] value) {
    activeNamed().set(key, value);
  }

  /** Stores a value. */
  public static void set(byte[] key, byte[] value) {
    activeNamed().set(key, value);
  }

  /** The value under the UTF-8 bytes of a key; null when it is absent. */
  public static byte @Nullable [] get(String key) {
    return activeNamed().get(key);
  }

  /** The value of a key; null when it is absent. */
  public static byte @Nullable [] get(byte[] key) {
    return activeNamed().get(key);
  }

  /** Deletes the UTF-8 bytes of a key. Succeeds when it is absent. */
  public static void delete(String key) {
    activeNamed().delete(key);
  }

  /** Deletes a key. Succeeds when it is absent. */
  public static void delete(byte[] key) {
    activeNamed().delete(key);
  }

  private static BucketStore active() {
    return STORES.active().getValue();
  }

  private static NamedStore activeNamed() {
    var active = STORES.active();
    return new NamedStore(active.getKey(), active.getValue());
  }
}

package dev.kvist.bucket;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.spi.Names;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A store of an application's own, and how it registers itself. */
final class ThirdPartyStoreTest {
  private static final byte[] KEY = utf8("key");

  /** All that another store has to be. */
  private static final class MyStore implements BucketStore {
    private record Place(String bucket, List<Byte> key) {}

    private final Map<Place, byte[]> values = new ConcurrentHashMap<>();
    private volatile boolean opened;

    /** What a module does at its set-up. */
    void setUp() {
      Kv.register("my_backend", this);
    }

    @Override
    public void open() {
      opened = true;
    }

    @Override
    public void close() {
      opened = false;
    }

    @Override
    public byte @Nullable [] getValue(String bucket, byte[] key) {
      byte[] value = values.get(place(bucket, key));
      return value == null ? null : value.clone();
    }

    @Override
    public byte @Nullable [] getCompressedValue(String bucket, byte[] key) {
      byte[] pair = getValue(bucket, key);
      return pair == null ? null : Lz4Pair.decode(pair, Integer.MAX_VALUE);
    }

    @Override
    public void addValueCompress(String bucket, byte[] key, byte[] value) {
      addValue(bucket, key, Lz4Pair.encode(value));
    }

    @Override
    public void addValue(String bucket, byte[] key, byte[] value) {
      values.put(place(bucket, key), value.clone());
    }

    @Override
    public boolean existsKey(String bucket, byte[] key) {
      return values.containsKey(place(bucket, key));
    }

    @Override
    public void deleteKey(String bucket, byte[] key) {
      values.remove(place(bucket, key));
    }

    private Place place(String bucket, byte[] key) {
      if (!opened) {
        throw new KvException.Closed("my store");
      }
      Names.checkKey(key, 1024);
      var bytes = new Byte[key.length];
      for (int i = 0; i < key.length; i++) {
        bytes[i] = key[i];
      }
      return new Place(Names.checkBucket(bucket), List.of(bytes));
    }
  }

  @AfterEach
  void freeName() {
    Kv.unregister("my_backend");
    Filters.unregister("my_backend");
  }

  @Test
  void itServesTheStaticFunctions() {
    var store = new MyStore();
    store.setUp();
    assertThrows(IllegalStateException.class, store::setUp);
    assertThrows(KvException.Closed.class, () -> Kv.get("key"), "registering opens nothing");
    store.open();

    Kv.addValue("cache", KEY, utf8("value"));
    assertArrayEquals(utf8("value"), Kv.getValue("cache", KEY));
    assertTrue(Kv.existsKey("cache", KEY));
    Kv.deleteKey("cache", KEY);
    assertNull(Kv.getValue("cache", KEY));
    Kv.addValueCompress("cache", KEY, utf8("value"));
    assertArrayEquals(utf8("value"), Kv.getCompressedValue("cache", KEY));
    assertArrayEquals(Lz4Pair.encode(utf8("value")), Kv.getValue("cache", KEY));

    Kv.store("my_backend").set("my_key", utf8("my_value"));
    assertArrayEquals(utf8("my_value"), Kv.get("my_key"));
  }

  @Test
  void itsKeysAreInTheFilterOfItsName() {
    var store = new MyStore();
    store.setUp();
    store.open();
    Filters.register("my_backend", Filter.of(new FakeConnection()));
    Kv.set("session_1", utf8("data"));
    assertTrue(Filters.contains(utf8("session_1")));
    assertFalse(Filters.contains(utf8("session_2")));
  }
}

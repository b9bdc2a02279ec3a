package dev.kvist.bench.engine;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A hash map on the heap that keeps the arrays it is given: no engine has less to do. */
final class HashBound implements Engine {
  /** A key that is equal by its bytes. */
  private static final class Key {
    final byte[] bytes;
    private final int hash;

    Key(byte[] bytes) {
      this.bytes = bytes;
      hash = Arrays.hashCode(bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** Grows as it is filled, like the engines. */
  private final Map<Key, byte[]> map = new ConcurrentHashMap<>();

  @Override
  public void put(byte[] key, byte[] value) {
    map.put(new Key(key), value);
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    byte[] value = map.get(new Key(key));
    return value == null ? null : value.clone();
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) {
    long entries = 0;
    for (Map.Entry<Key, byte[]> entry : map.entrySet()) {
      visitor.entry(entry.getKey().bytes.clone(), entry.getValue().clone());
      entries++;
    }
    return entries;
  }

  @Override
  public void close() {
    map.clear();
  }
}

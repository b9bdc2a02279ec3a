package dev.kvist.bench.engine;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** An ordered map on the heap: the bound of scans. */
final class SkipListBound implements Engine {
  private final ConcurrentSkipListMap<byte[], byte[]> map =
      new ConcurrentSkipListMap<>(Arrays::compareUnsigned);

  @Override
  public void put(byte[] key, byte[] value) {
    map.put(key, value);
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    byte[] value = map.get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) {
    long entries = 0;
    for (Map.Entry<byte[], byte[]> entry : map.tailMap(prefix, true).entrySet()) {
      if (!RocksDbEngine.startsWith(entry.getKey(), prefix)) {
        break;
      }
      visitor.entry(entry.getKey().clone(), entry.getValue().clone());
      entries++;
    }
    return entries;
  }

  @Override
  public void close() {
    map.clear();
  }
}

package dev.kvist.bench.engine;

import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.jspecify.annotations.Nullable;

/** H2's MVStore: commits by itself every second; synced, one commit and one sync a put. */
final class MvStoreEngine implements Engine {
  private final MVStore store;
  private final MVMap<byte[], byte[]> map;
  private final boolean synced;

  MvStoreEngine(Subject.Setup setup) {
    synced = setup.synced();
    MVStore.Builder builder =
        new MVStore.Builder().fileName(setup.file("store.mv").toString()).cacheSize(512);
    if (synced) {
      builder.autoCommitDisabled();
    }
    store = builder.open();
    map =
        store.openMap(
            "bench",
            new MVMap.Builder<byte[], byte[]>()
                .keyType(ByteArrayDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE));
  }

  @Override
  public void put(byte[] key, byte[] value) {
    map.put(key, value);
    if (synced) {
      store.commit();
      store.sync();
    }
  }

  /** A copy: pages in the cache hold the array itself. */
  @Override
  public byte @Nullable [] get(byte[] key) {
    byte[] value = map.get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) {
    Cursor<byte[], byte[]> cursor = map.cursor(prefix);
    long entries = 0;
    while (cursor.hasNext()) {
      byte[] key = cursor.next();
      if (!RocksDbEngine.startsWith(key, prefix)) {
        break;
      }
      visitor.entry(key.clone(), cursor.getValue().clone());
      entries++;
    }
    return entries;
  }

  @Override
  public void close() {
    store.close();
  }
}

package dev.kvist.bench.engine;

import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.jspecify.annotations.Nullable;

/** H2's MVStore: commits by itself every second; synced, one commit and one sync a put. */
final class MvStoreEngine implements Engine {
  /** It ends sooner when there is nothing left to do. */
  private static final int COMPACT_MILLIS = 120_000;

  private final MVStore store;
  private final MVMap<byte[], byte[]> map;
  private final boolean synced;

  MvStoreEngine(Subject.Setup setup) {
    synced = setup.synced();
    MVStore.Builder builder =
        new MVStore.Builder()
            .fileName(setup.file("store.mv").toString())
            .cacheSize(setup.cacheBytes() == 0 ? 512 : (int) (setup.cacheBytes() >> 20));
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
    return scan(prefix, prefix, Long.MAX_VALUE, visitor);
  }

  @Override
  public long scanFrom(byte[] first, int most, Visitor visitor) {
    return scan(first, new byte[0], most, visitor);
  }

  private long scan(byte[] first, byte[] prefix, long most, Visitor visitor) {
    Cursor<byte[], byte[]> cursor = map.cursor(first);
    long entries = 0;
    while (entries < most && cursor.hasNext()) {
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
  public void delete(byte[] key) {
    map.remove(key);
  }

  @Override
  public void reclaim() {
    store.commit();
    store.compactFile(COMPACT_MILLIS);
  }

  @Override
  public void close() {
    store.close();
  }
}

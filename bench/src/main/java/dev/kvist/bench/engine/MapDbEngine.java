package dev.kvist.bench.engine;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.HTreeMap;
import org.mapdb.Serializer;

/** MapDB's hash map in a mapped file; synced, with its write-ahead log. */
final class MapDbEngine implements Engine {
  private static final long GROWTH_BYTES = 64L << 20;

  private final DB db;
  private final HTreeMap<byte[], byte[]> map;
  private final boolean synced;

  MapDbEngine(Subject.Setup setup) {
    synced = setup.synced();
    DBMaker.Maker maker =
        DBMaker.fileDB(setup.file("store.mapdb"))
            .fileMmapEnable()
            .allocateStartSize(GROWTH_BYTES)
            .allocateIncrement(GROWTH_BYTES);
    db = (synced ? maker.transactionEnable() : maker).make();
    map = db.hashMap("bench", Serializer.BYTE_ARRAY, Serializer.BYTE_ARRAY).createOrOpen();
  }

  @Override
  public void put(byte[] key, byte[] value) {
    map.put(key, value);
    if (synced) {
      db.commit();
    }
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    return map.get(key);
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) {
    long entries = 0;
    for (Map.Entry<byte[], byte[]> entry : map.getEntries()) {
      visitor.entry(entry.getKey(), entry.getValue());
      entries++;
    }
    return entries;
  }

  @Override
  public void close() {
    db.close();
  }
}

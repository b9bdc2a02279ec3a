package dev.kvist.bench.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/** RocksDB through its Java API. */
final class RocksDbEngine implements Engine {
  /** In the order in which they are closed. */
  private final List<AutoCloseable> handles = new ArrayList<>();

  private final RocksDB db;
  private final WriteOptions writing;

  private RocksDbEngine(Subject.Setup setup, Options options, List<AutoCloseable> more)
      throws RocksDBException {
    options.setCreateIfMissing(true);
    db = RocksDB.open(options, setup.directory().toString());
    writing = new WriteOptions().setSync(setup.synced());
    handles.add(db);
    handles.add(writing);
    handles.add(options);
    handles.addAll(more);
  }

  static RocksDbEngine plain(Subject.Setup setup) throws RocksDBException {
    RocksDB.loadLibrary();
    return new RocksDbEngine(setup, new Options(), List.of());
  }

  static RocksDbEngine tuned(Subject.Setup setup) throws RocksDBException {
    RocksDB.loadLibrary();
    var cache = new LRUCache(512L << 20);
    var filter = new BloomFilter(10);
    Options options =
        new Options()
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setMaxBackgroundJobs(2)
            .setTableFormatConfig(
                new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(filter));
    return new RocksDbEngine(setup, options, List.of(filter, cache));
  }

  @Override
  public void put(byte[] key, byte[] value) throws RocksDBException {
    db.put(writing, key, value);
  }

  @Override
  public byte @Nullable [] get(byte[] key) throws RocksDBException {
    return db.get(key);
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) throws RocksDBException {
    long entries = 0;
    try (RocksIterator iterator = db.newIterator()) {
      for (iterator.seek(prefix); iterator.isValid(); iterator.next()) {
        byte[] key = iterator.key();
        if (!startsWith(key, prefix)) {
          break;
        }
        visitor.entry(key, iterator.value());
        entries++;
      }
      iterator.status();
    }
    return entries;
  }

  static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable handle : handles) {
      handle.close();
    }
  }
}

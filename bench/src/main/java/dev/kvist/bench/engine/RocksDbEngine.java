package dev.kvist.bench.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
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
    if (setup.cacheBytes() == 0) {
      return new RocksDbEngine(setup, new Options(), List.of());
    }
    var cache = new LRUCache(setup.cacheBytes());
    Options options =
        new Options().setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(cache));
    return new RocksDbEngine(setup, options, List.of(cache));
  }

  static RocksDbEngine tuned(Subject.Setup setup) throws RocksDBException {
    RocksDB.loadLibrary();
    var cache = new LRUCache(setup.cacheBytes() == 0 ? 512L << 20 : setup.cacheBytes());
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
  public List<byte @Nullable []> getAll(List<byte[]> keys) throws RocksDBException {
    return new ArrayList<byte @Nullable []>(db.multiGetAsList(keys));
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) throws RocksDBException {
    return scan(prefix, prefix, Long.MAX_VALUE, visitor);
  }

  @Override
  public long scanFrom(byte[] first, int most, Visitor visitor) throws RocksDBException {
    return scan(first, new byte[0], most, visitor);
  }

  private long scan(byte[] first, byte[] prefix, long most, Visitor visitor)
      throws RocksDBException {
    long entries = 0;
    try (RocksIterator iterator = db.newIterator()) {
      for (iterator.seek(first); entries < most && iterator.isValid(); iterator.next()) {
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

  @Override
  public void delete(byte[] key) throws RocksDBException {
    db.delete(writing, key);
  }

  @Override
  public void reclaim() throws RocksDBException {
    try (var flush = new FlushOptions().setWaitForFlush(true)) {
      db.flush(flush);
    }
    db.compactRange();
  }

  @Override
  public Written written() throws RocksDBException {
    return written(db, List.of(db.getDefaultColumnFamily()));
  }

  /** By the statistics that RocksDB always keeps: in GiB with six decimals, so in whole KiB. */
  static Written written(RocksDB db, List<ColumnFamilyHandle> families) throws RocksDBException {
    double gibis = 0;
    for (ColumnFamilyHandle family : families) {
      Map<String, String> figures = db.getMapProperty(family, "rocksdb.cfstats");
      gibis += number(figures, "compaction.Sum.WriteGB");
      gibis += number(figures, "compaction.Sum.WblobGB");
    }
    double logged = number(db.getMapProperty("rocksdb.dbstats"), "db.wal_bytes_written");
    return new Written((long) (gibis * (1 << 30)), (long) logged);
  }

  private static double number(Map<String, String> figures, String name) {
    @Nullable String figure = figures.get(name);
    if (figure == null) {
      throw new IllegalStateException("RocksDB does not say its " + name);
    }
    return Double.parseDouble(figure);
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

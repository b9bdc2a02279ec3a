package dev.kvist.bench.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ConfigOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.OptionsUtil;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBufferManager;

/**
 * The options of a store that Kvist made, as RocksDB has written them down in its OPTIONS file.
 *
 * <p>What such a file does not hold is set again as Kvist sets it: one cache for blocks and write
 * buffers together, and the filter. One option differs: logs are deleted as soon as they are of no
 * use, since Kvist keeps them for its watches, and deletes them itself.
 */
final class RocksSameOptions implements AutoCloseable {
  /** Kvist's {@code memory_budget} when nothing else is said. */
  private static final long BUDGET_BYTES = 256L << 20;

  private static final double BLOOM_BITS = 10;
  private static final double INDEX_SHARE = 0.5;

  final DBOptions database = new DBOptions();
  final List<ColumnFamilyDescriptor> families = new ArrayList<>();
  private final LRUCache cache;
  private final WriteBufferManager buffers;
  private final BloomFilter filter = new BloomFilter(BLOOM_BITS, false);

  private RocksSameOptions(long budget) {
    cache = new LRUCache(budget, shardBits(budget), false, INDEX_SHARE);
    buffers = new WriteBufferManager(budget / 2, cache);
  }

  /** Of parts of at least 16 MiB. */
  private static int shardBits(long bytes) {
    return Math.clamp(63 - Long.numberOfLeadingZeros(bytes >> 24), 0, 6);
  }

  /** Those of the store in a directory, which is closed. */
  static RocksSameOptions of(Path store, Subject.Setup setup) throws RocksDBException {
    RocksDB.loadLibrary();
    var options = new RocksSameOptions(setup.cacheBytes() == 0 ? BUDGET_BYTES : setup.cacheBytes());
    try (var how = new ConfigOptions()) {
      OptionsUtil.loadLatestOptions(how, store.toString(), options.database, options.families);
    }
    options
        .database
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setWalTtlSeconds(0)
        .setWriteBufferManager(options.buffers);
    for (ColumnFamilyDescriptor family : options.families) {
      if (!(family.getOptions().tableFormatConfig() instanceof BlockBasedTableConfig table)) {
        throw new IllegalStateException("the tables of " + store + " have another format");
      }
      family
          .getOptions()
          .setTableFormatConfig(table.setBlockCache(options.cache).setFilterPolicy(options.filter));
    }
    return options;
  }

  /** Which of the families has the entries. */
  int records() {
    for (int i = 0; i < families.size(); i++) {
      if (Arrays.equals(families.get(i).getName(), RocksDB.DEFAULT_COLUMN_FAMILY)) {
        return i;
      }
    }
    throw new IllegalStateException("there is no default family");
  }

  @Override
  public void close() {
    families.forEach(family -> family.getOptions().close());
    database.close();
    buffers.close();
    filter.close();
    cache.close();
  }
}

package dev.kvist.rocksdb;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Properties;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksMemEnv;
import org.rocksdb.RocksObject;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/**
 * The settings as RocksDB's options, and the native memory that they share: one cache, which write
 * buffers are charged to, so that one budget bounds both.
 */
final class Tuning implements AutoCloseable {
  private static final double BLOOM_BITS = 10;
  private static final int BLOCK_BYTES = 4 << 10;

  /**
   * Of a write buffer: some 20 bits for each of its entries of 100 B. A get looks into every write
   * buffer, and would else wait for memory at each level of a skip list of 100,000 entries.
   */
  private static final double BUFFER_FILTER_SHARE = 0.02;

  /**
   * What a write buffer takes at once, where each bucket has its own, which has no filter either:
   * by RocksDB's own choice, 1 MiB and the filter, that of 50 buckets took all that the budget has
   * for write buffers, and from then on each write had another one flushed.
   */
  private static final long OWN_BUFFER_BLOCK_BYTES = 32 << 10;

  private static final long SMALLEST_SHARD_BYTES = 16 << 20;
  private static final int MOST_SHARD_BITS = 6;

  /** Of the cache, kept for indexes and filters: what a scan reads does not drive them out. */
  private static final double INDEX_SHARE = 0.5;

  /** Of tables: the newest format that the oldest RocksDB we may meet reads. */
  private static final int FORMAT_VERSION = 5;

  /** Archived logs are deleted by {@link Retention}, never by RocksDB. */
  private static final long NEVER_SECONDS = 1L << 32;

  private static final int INFO_LOG_FILES = 3;
  private static final long INFO_LOG_BYTES = 4 << 20;

  private final Deque<RocksObject> owned = new ArrayDeque<>();
  final DBOptions database;
  final ColumnFamilyOptions records;

  /** For what is small and read in order: definitions and deadlines. */
  final ColumnFamilyOptions index;

  final ReadOptions reads;
  final WriteOptions writes;
  final Cache cache;

  Tuning(Settings settings) {
    cache =
        own(
            new LRUCache(
                settings.memoryBudget(), shardBits(settings.memoryBudget()), false, INDEX_SHARE));
    var buffers = own(new WriteBufferManager(settings.memoryBudget() / 2, cache));
    reads = own(new ReadOptions());
    writes = own(new WriteOptions().setSync(settings.syncWrites()));
    database = own(DBOptions.getDBOptionsFromProps(unreachableFromJava()));
    database
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setWriteBufferManager(buffers)
        .setMaxBackgroundJobs(Math.max(2, Runtime.getRuntime().availableProcessors()))
        // What it would pass over in silence LogTail has found before.
        .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
        .setWalTtlSeconds(NEVER_SECONDS)
        // A family that is written to seldom would keep all later logs alive.
        .setMaxTotalWalSize(settings.memTableSize() * settings.memTables())
        .setBytesPerSync(1 << 20)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setKeepLogFileNum(INFO_LOG_FILES)
        .setMaxLogFileSize(INFO_LOG_BYTES)
        .setAvoidUnnecessaryBlockingIO(true);
    if (settings.memoryMode()) {
      database.setEnv(own(new RocksMemEnv(Env.getDefault())));
    }
    CompressionType compression = compression(settings.compression());
    records =
        family(settings)
            .setCompressionType(compression)
            .setEnableBlobFiles(true)
            // The header is stored with the value.
            .setMinBlobSize(settings.valueThreshold() + 1 + RecordLayout.HEADER_BYTES)
            .setBlobFileSize(settings.blobFileSize())
            .setBlobCompressionType(compression)
            .setEnableBlobGarbageCollection(false)
            .setBlobGarbageCollectionForceThreshold(settings.blobGcRatio());
    if (!settings.singleBucketMode()) {
      records.setMemtablePrefixBloomSizeRatio(0).setArenaBlockSize(OWN_BUFFER_BLOCK_BYTES);
    }
    index = family(settings).setCompressionType(CompressionType.NO_COMPRESSION);
  }

  /**
   * RocksDB's own choice splits a small cache so far that a filter of a table, some hundred KiB,
   * does not fit into its part, and is read again for each get.
   */
  private static int shardBits(long bytes) {
    return Math.clamp(
        63 - Long.numberOfLeadingZeros(bytes / SMALLEST_SHARD_BYTES), 0, MOST_SHARD_BITS);
  }

  /**
   * What every open of a store has to say, also one that only reads: RocksDB ends the process where
   * a MANIFEST knows logs and it was not told to look for them.
   */
  static Properties unreachableFromJava() {
    var properties = new Properties();
    properties.setProperty("track_and_verify_wals_in_manifest", "true");
    return properties;
  }

  private ColumnFamilyOptions family(Settings settings) {
    var table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setBlockSize(BLOCK_BYTES)
            .setFilterPolicy(own(new BloomFilter(BLOOM_BITS, false)))
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFormatVersion(FORMAT_VERSION);
    return own(new ColumnFamilyOptions())
        .setTableFormatConfig(table)
        .setWriteBufferSize(settings.memTableSize())
        .setMaxWriteBufferNumber(settings.memTables())
        .setMemtablePrefixBloomSizeRatio(BUFFER_FILTER_SHARE)
        .setMemtableWholeKeyFiltering(true)
        .setLevel0FileNumCompactionTrigger(settings.level0Tables())
        .setLevel0SlowdownWritesTrigger(settings.level0Stall())
        .setLevel0StopWritesTrigger(settings.level0Stall())
        .setLevelCompactionDynamicLevelBytes(true);
  }

  private static CompressionType compression(String name) {
    return switch (name) {
      case "lz4" -> CompressionType.LZ4_COMPRESSION;
      case "zstd" -> CompressionType.ZSTD_COMPRESSION;
      default -> CompressionType.NO_COMPRESSION;
    };
  }

  private <T extends RocksObject> T own(T made) {
    owned.push(made);
    return made;
  }

  /** Whatever a database used of it must be closed before. */
  @Override
  public void close() {
    List.copyOf(owned).forEach(RocksObject::close);
  }
}

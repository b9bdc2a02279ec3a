package dev.kvist.rocksdb;

import static dev.kvist.spi.Setting.Type.DURATION;
import static dev.kvist.spi.Setting.Type.FLAG;
import static dev.kvist.spi.Setting.Type.INTEGER;
import static dev.kvist.spi.Setting.Type.NUMBER;
import static dev.kvist.spi.Setting.Type.SIZE;

import dev.kvist.ConnectionOptions;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The options of the engine, by the names of the {@code badger} section; sizes in bytes, times in
 * milliseconds, 0 for "no limit" where a limit is meant.
 */
record Settings(
    boolean singleBucketMode,
    boolean memoryMode,
    boolean syncWrites,
    boolean readOnly,
    long memTableSize,
    int memTables,
    int level0Tables,
    int level0Stall,
    long blobFileSize,
    long valueThreshold,
    boolean blobGc,
    double blobGcRatio,
    long blobGcIntervalMillis,
    String compression,
    long memoryBudget,
    long flushIntervalMillis,
    long retentionBytes,
    long retentionAgeMillis,
    long markerRetentionMillis,
    int maxValueBytes,
    boolean repairOnOpen) {
  private static final Logger LOG = LoggerFactory.getLogger(Settings.class);

  /** Fewer write buffers, and writes stand still while one is flushed. */
  private static final int FEWEST_BUFFERS = 2;

  /** Nearer, and writes stand still as soon as a compaction is needed. */
  private static final int STALL_BEHIND_TRIGGER = 4;

  /** RocksDB makes smaller write buffers as large as the least of {@code mem_table_size}. */
  static final List<Setting> TABLE =
      List.of(
          Setting.of(
              "single_bucket_mode",
              FLAG,
              "true",
              "Keep all buckets in one keyspace; else each has a column family of its own."),
          Setting.of("memory_mode", FLAG, "false", "Keep nothing on disk."),
          Setting.of("sync_writes", FLAG, "false", "Acknowledge a write when it is on the device."),
          Setting.of("mem_table_size", SIZE, "16MiB", "The size of one write buffer.")
              .between("64KiB", "64GiB"),
          Setting.of("value_log_file_size", SIZE, "256MiB", "The size of one blob file.")
              .atLeast("64KiB"),
          Setting.of("value_threshold", SIZE, "32KiB", "Larger values go to blob files.")
              .between("0", "1GiB"),
          Setting.of(
              "value_log_max_entries",
              INTEGER,
              "1000000",
              "Accepted and without effect: blob files are bounded by their size."),
          Setting.of(
                  "num_mem_tables", INTEGER, "3", "Full write buffers that may wait to be flushed.")
              .between("1", "1000000000"),
          Setting.of(
                  "num_level0_tables", INTEGER, "12", "Files in level 0 that start a compaction.")
              .between("1", "1000000000"),
          Setting.of(
                  "num_level0_tables_stall", INTEGER, "36", "Files in level 0 that hold writes up.")
              .between("1", "1000000000"),
          Setting.of("value_log_gc_enabled", FLAG, "true", "Give back the space of dead blobs."),
          Setting.of(
                  "value_log_gc_discard_ratio",
                  NUMBER,
                  "0.5",
                  "The share of dead blobs from which on that is done.")
              .between("0.01", "1"),
          Setting.of(
                  "value_log_gc_interval_in_seconds",
                  INTEGER,
                  "120",
                  "How often that is looked at.")
              .between("1", "1000000000"),
          Setting.choice(
              "compression",
              List.of("none", "lz4", "zstd"),
              "none",
              "How blocks and blobs are compressed."),
          Setting.of(
                  "memory_budget",
                  SIZE,
                  "256MiB",
                  "Native memory for cached blocks and write buffers together.")
              .atLeast("1MiB"),
          Setting.of(
                  "flush_interval", DURATION, "1s", "How often writes go to the device otherwise.")
              .atLeast("1ms"),
          Setting.of("retention_bytes", SIZE, "64MiB", "How much of the change stream is kept."),
          Setting.of(
              "retention_age", DURATION, Setting.NONE, "How long the change stream is kept."),
          Setting.of(
              "marker_retention",
              DURATION,
              null,
              "How long markers are kept; by default as long as the change stream."),
          Setting.of("max_value_size", SIZE, "64MiB", "The largest value.").between("1", "1GiB"),
          Setting.of("repair_on_open", FLAG, "false", "Repair a damaged store when it is opened."),
          Setting.of("read_only", FLAG, "false", "Write nothing, recovery included."));

  /**
   * Reads the options of a connection; absent ones keep the default of the table.
   *
   * @throws IllegalArgumentException naming the option and what is wrong with it
   */
  static Settings read(Backend backend, ConnectionOptions options) {
    var given = dev.kvist.spi.Settings.of(backend, options);
    long tables = given.integer("num_mem_tables", 0);
    long trigger = given.integer("num_level0_tables", 0);
    long stall = given.integer("num_level0_tables_stall", 0);
    long leastStall = trigger + STALL_BEHIND_TRIGGER;
    if (stall < leastStall) {
      LOG.warn(
          "{}: num_level0_tables_stall {} is taken as {}: with fewer, writes would stand still"
              + " whenever a compaction runs",
          options.location(),
          stall,
          leastStall);
      stall = leastStall;
    }
    if (given.given("value_log_max_entries")) {
      LOG.warn("{}: value_log_max_entries has no effect here", options.location());
    }
    return new Settings(
        given.flag("single_bucket_mode"),
        given.flag("memory_mode"),
        given.flag("sync_writes"),
        given.flag("read_only"),
        given.bytes("mem_table_size", 0),
        (int) Math.max(FEWEST_BUFFERS, tables + 1),
        (int) trigger,
        (int) stall,
        given.bytes("value_log_file_size", 0),
        given.bytes("value_threshold", 0),
        given.flag("value_log_gc_enabled"),
        given.number("value_log_gc_discard_ratio"),
        1_000 * given.integer("value_log_gc_interval_in_seconds", 0),
        String.valueOf(given.text("compression")),
        given.bytes("memory_budget", 0),
        given.millis("flush_interval"),
        given.bytes("retention_bytes", 0),
        given.millis("retention_age"),
        given.millis("marker_retention"),
        (int) given.bytes("max_value_size", 0),
        given.flag("repair_on_open"));
  }

  /** The same for a store on disk that may be written to, and keeps its buckets so. */
  Settings onDisk(boolean single) {
    return with(single, false, false, false);
  }

  /** The same for a store that is nowhere but in memory. */
  Settings inMemory() {
    return with(singleBucketMode, true, syncWrites, readOnly);
  }

  private Settings with(boolean single, boolean inMemory, boolean synced, boolean onlyRead) {
    return new Settings(
        single,
        inMemory,
        synced,
        onlyRead,
        memTableSize,
        memTables,
        level0Tables,
        level0Stall,
        blobFileSize,
        valueThreshold,
        blobGc,
        blobGcRatio,
        blobGcIntervalMillis,
        compression,
        memoryBudget,
        flushIntervalMillis,
        retentionBytes,
        retentionAgeMillis,
        markerRetentionMillis,
        maxValueBytes,
        repairOnOpen);
  }
}

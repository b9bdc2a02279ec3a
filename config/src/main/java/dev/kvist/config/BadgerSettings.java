package dev.kvist.config;

import static dev.kvist.spi.Setting.Type.DIRECTORY;
import static dev.kvist.spi.Setting.Type.DURATION;
import static dev.kvist.spi.Setting.Type.FLAG;
import static dev.kvist.spi.Setting.Type.INTEGER;
import static dev.kvist.spi.Setting.Type.NUMBER;
import static dev.kvist.spi.Setting.Type.SIZE;

import dev.kvist.spi.Setting;
import java.util.List;

/**
 * The keys of the section {@code badger}, so that a file which has it is checked where the backend
 * that reads it is not on the class path. Where it is, its own table counts, which says the same.
 */
final class BadgerSettings {
  static final List<Setting> TABLE =
      List.of(
          Setting.of(
              "path",
              DIRECTORY,
              Setting.DATA_DIRECTORY + "/badger",
              "The directory of the database."),
          Setting.of(
              "single_bucket_mode",
              FLAG,
              "true",
              "All buckets share one database, their names before the keys."),
          Setting.of("memory_mode", FLAG, "false", "Keep everything in memory only."),
          Setting.of("sync_writes", FLAG, "false", "Sync every write to the device."),
          Setting.of("mem_table_size", SIZE, "16MiB", "The size of a table in memory.")
              .between("64KiB", "64GiB"),
          Setting.of("value_log_file_size", SIZE, "256MiB", "The largest size of a value file.")
              .atLeast("64KiB"),
          Setting.of("value_threshold", SIZE, "32KiB", "Larger values go to the value files.")
              .between("0", "1GiB"),
          Setting.of(
              "value_log_max_entries", INTEGER, "1000000", "The most entries of a value file."),
          Setting.of("num_mem_tables", INTEGER, "3", "How many full tables may be in memory.")
              .between("1", "1000000000"),
          Setting.of(
                  "num_level0_tables",
                  INTEGER,
                  "12",
                  "How many tables of level 0 start a compaction.")
              .between("1", "1000000000"),
          Setting.of(
                  "num_level0_tables_stall",
                  INTEGER,
                  "36",
                  "How many tables of level 0 stall writes.")
              .between("1", "1000000000"),
          Setting.of("value_log_gc_enabled", FLAG, "true", "Collect the garbage of value files."),
          Setting.of(
                  "value_log_gc_discard_ratio",
                  NUMBER,
                  "0.5",
                  "From which share of garbage on a value file is collected.")
              .between("0.01", "1"),
          Setting.of(
                  "value_log_gc_interval_in_seconds",
                  INTEGER,
                  "120",
                  "Seconds between two collections.")
              .between("1", "1000000000"),
          Setting.choice(
              "compression", List.of("none", "lz4", "zstd"), "none", "How data is compressed."),
          Setting.of("memory_budget", SIZE, "256MiB", "Native memory of caches and tables.")
              .atLeast("1MiB"),
          Setting.of("flush_interval", DURATION, "1s", "How often writes are synced otherwise.")
              .atLeast("1ms"),
          Setting.of("retention_bytes", SIZE, "64MiB", "How much of the changes is kept."),
          Setting.of("retention_age", DURATION, Setting.NONE, "How long changes are kept."),
          Setting.of("marker_retention", DURATION, null, "How long markers are kept."),
          Setting.of("max_value_size", SIZE, "64MiB", "The largest value.").between("1", "1GiB"),
          Setting.of("repair_on_open", FLAG, "false", "Repair a damaged store when it is opened."),
          Setting.of("read_only", FLAG, "false", "Write nothing."));

  private BadgerSettings() {}
}

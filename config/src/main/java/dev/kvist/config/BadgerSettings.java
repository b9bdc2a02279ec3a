package dev.kvist.config;

import static dev.kvist.spi.Setting.Type.DIRECTORY;
import static dev.kvist.spi.Setting.Type.FLAG;
import static dev.kvist.spi.Setting.Type.INTEGER;
import static dev.kvist.spi.Setting.Type.NUMBER;
import static dev.kvist.spi.Setting.Type.SIZE;

import dev.kvist.spi.Setting;
import java.util.List;

/**
 * The keys of the section {@code badger}, so that a file which has it is checked where the backend
 * that reads it is not on the class path. Where it is, its own table counts.
 */
final class BadgerSettings {
  static final List<Setting> TABLE =
      List.of(
          Setting.of(
              "single_bucket_mode",
              FLAG,
              "true",
              "All buckets share one database, their names before the keys."),
          Setting.of(
              "path",
              DIRECTORY,
              Setting.DATA_DIRECTORY + "/badger",
              "The directory of the database."),
          Setting.of("memory_mode", FLAG, "false", "Keep everything in memory only."),
          Setting.of("sync_writes", FLAG, "false", "Sync every write to the device."),
          Setting.of("mem_table_size", SIZE, "10485760", "The size of a table in memory."),
          Setting.of(
              "value_log_file_size", SIZE, "1073741823", "The largest size of a value file."),
          Setting.of("value_threshold", SIZE, "1048576", "Larger values go to the value files."),
          Setting.of(
              "value_log_max_entries", INTEGER, "1000000", "The most entries of a value file."),
          Setting.of("num_mem_tables", INTEGER, "1", "How many tables are kept in memory."),
          Setting.of(
              "num_level0_tables", INTEGER, "1", "How many tables of level 0 start a compaction."),
          Setting.of(
              "num_level0_tables_stall", INTEGER, "2", "How many tables of level 0 stall writes."),
          Setting.of("value_log_gc_enabled", FLAG, "true", "Collect the garbage of value files."),
          Setting.of(
              "value_log_gc_discard_ratio",
              NUMBER,
              "0.5",
              "From which share of garbage on a value file is collected."),
          Setting.of(
              "value_log_gc_interval_in_seconds",
              INTEGER,
              "120",
              "Seconds between two collections."));

  private BadgerSettings() {}
}

package dev.kvist.simple;

import static dev.kvist.spi.Setting.Type.DURATION;
import static dev.kvist.spi.Setting.Type.FLAG;
import static dev.kvist.spi.Setting.Type.SIZE;

import dev.kvist.ConnectionOptions;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import java.util.List;

/**
 * The options of the engine, by the names of the {@code simple_kv} section; sizes in bytes, times
 * in milliseconds, 0 for "no limit" where a limit is meant.
 */
record Settings(
    boolean syncWrites,
    boolean readOnly,
    boolean repairOnOpen,
    int segmentBytes,
    long flushIntervalMillis,
    long compactionIntervalMillis,
    int compressionThreshold,
    long retentionBytes,
    long retentionAgeMillis,
    long markerRetentionMillis,
    long memoryLimit,
    long maxBytes,
    int maxValueBytes) {
  /** What the URIs of the engine and its sections of the configuration may say. */
  static final List<Setting> TABLE =
      List.of(
          Setting.of("sync_writes", FLAG, "false", "Acknowledge a write when it is on the device."),
          Setting.of("segment_size", SIZE, "16MiB", "The size of one file of the log.")
              .between("16KiB", "64MiB"),
          Setting.of(
                  "flush_interval", DURATION, "1s", "How often writes go to the device otherwise.")
              .atLeast("1ms"),
          Setting.of(
                  "compaction_interval",
                  DURATION,
                  "60s",
                  "How often segments are looked at for space.")
              .atLeast("1ms"),
          Setting.of(
                  "compression_threshold", SIZE, "4KiB", "Values from this size on are compressed.")
              .between("0", "1GiB"),
          Setting.of("retention_bytes", SIZE, "64MiB", "How much of the change stream is kept."),
          Setting.of(
              "retention_age", DURATION, Setting.NONE, "How long the change stream is kept."),
          Setting.of(
              "marker_retention",
              DURATION,
              null,
              "How long markers are kept; by default as long as the change stream."),
          Setting.of("memory_limit", SIZE, Setting.NONE, "The most memory of the index.")
              .atLeast("1MiB"),
          Setting.of("max_bytes", SIZE, Setting.NONE, "The most bytes of the files."),
          Setting.of("max_value_size", SIZE, "64MiB", "The largest value.").between("1", "1GiB"),
          Setting.of("repair_on_open", FLAG, "false", "Repair a damaged log when it is opened."),
          Setting.of("read_only", FLAG, "false", "Write nothing, recovery included."));

  static final Settings DEFAULT = read(new MemoryBackend(), ConnectionOptions.of("memory", ""));

  /**
   * Reads the options of a connection; absent ones keep the default of the table.
   *
   * @throws IllegalArgumentException naming the option and what is wrong with it
   */
  static Settings read(Backend backend, ConnectionOptions options) {
    var given = dev.kvist.spi.Settings.of(backend, options);
    int segmentBytes = segmentSize(given.bytes("segment_size", 0));
    return new Settings(
        given.flag("sync_writes"),
        given.flag("read_only"),
        given.flag("repair_on_open"),
        segmentBytes,
        given.millis("flush_interval"),
        given.millis("compaction_interval"),
        (int) given.bytes("compression_threshold", 0),
        given.bytes("retention_bytes", 0),
        given.millis("retention_age"),
        given.millis("marker_retention"),
        given.bytes("memory_limit", 0),
        maxBytes(given, segmentBytes + IndexLayout.CHUNK_BYTES),
        (int) given.bytes("max_value_size", 0));
  }

  /** Less than an empty store takes would be no limit of anything. */
  private static long maxBytes(dev.kvist.spi.Settings given, long least) {
    long most = given.bytes("max_bytes", 0);
    if (most > 0 && most < least) {
      throw new IllegalArgumentException(
          "the option max_bytes is "
              + most
              + ", expected at least "
              + least
              + " bytes: segment_size and 1MiB");
    }
    return most;
  }

  /** Segments are a power of two long, so that their number is bounded whatever is asked for. */
  private static int segmentSize(long asked) {
    return (int) Math.min(Segment.MAX_BYTES, Long.highestOneBit(asked - 1) << 1);
  }
}

package dev.kvist.simple;

import dev.kvist.spi.Names;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;

  static final Settings DEFAULT =
      new Settings(
          false, false, false, 16 * MIB, 1_000, 60_000, 4 * KIB, 64L * MIB, 0, 0, 0, 0, 64 * MIB);

  private static final Set<String> NAMES =
      new LinkedHashSet<>(
          java.util.List.of(
              "sync_writes",
              "read_only",
              "repair_on_open",
              "segment_size",
              "flush_interval",
              "compaction_interval",
              "compression_threshold",
              "retention_bytes",
              "retention_age",
              "marker_retention",
              "memory_limit",
              "max_bytes",
              "max_value_size"));
  private static final Pattern QUANTITY = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([a-zA-Z]*)");

  /**
   * Reads settings by name; absent ones keep their default.
   *
   * @throws IllegalArgumentException naming the option and what is wrong with it
   */
  static Settings parse(Map<String, String> given) {
    for (String name : given.keySet()) {
      if (!NAMES.contains(name)) {
        @Nullable String nearest = Names.nearest(name, NAMES);
        throw new IllegalArgumentException(
            "the simple engine has no option "
                + name
                + (nearest == null ? "; it has " + NAMES : "; did you mean " + nearest + "?"));
      }
    }
    return new Settings(
        flag(given, "sync_writes", DEFAULT.syncWrites),
        flag(given, "read_only", DEFAULT.readOnly),
        flag(given, "repair_on_open", DEFAULT.repairOnOpen),
        segmentSize(
            bytes(given, "segment_size", DEFAULT.segmentBytes, 16 * KIB, Segment.MAX_BYTES)),
        millis(given, "flush_interval", DEFAULT.flushIntervalMillis, 1),
        millis(given, "compaction_interval", DEFAULT.compactionIntervalMillis, 1),
        (int)
            bytes(
                given, "compression_threshold", DEFAULT.compressionThreshold, 0, Integer.MAX_VALUE),
        bytes(given, "retention_bytes", DEFAULT.retentionBytes, 0, Long.MAX_VALUE),
        millis(given, "retention_age", DEFAULT.retentionAgeMillis, 0),
        millis(given, "marker_retention", DEFAULT.markerRetentionMillis, 0),
        bytes(given, "memory_limit", DEFAULT.memoryLimit, 0, Long.MAX_VALUE),
        bytes(given, "max_bytes", DEFAULT.maxBytes, 0, Long.MAX_VALUE),
        (int) bytes(given, "max_value_size", DEFAULT.maxValueBytes, 1, 1 << 30));
  }

  private static boolean flag(Map<String, String> given, String name, boolean fallback) {
    @Nullable String text = given.get(name);
    return switch (text) {
      case null -> fallback;
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(name, text, "true or false");
    };
  }

  private static long bytes(
      Map<String, String> given, String name, long fallback, long least, long most) {
    @Nullable String text = given.get(name);
    if (text == null) {
      return fallback;
    }
    long value = quantity(name, text, "a size such as 1048576, 64KiB or 16MiB", Settings::byteUnit);
    if (value < least || value > most) {
      throw wrong(name, text, "a size from " + least + " to " + most + " bytes");
    }
    return value;
  }

  private static long millis(Map<String, String> given, String name, long fallback, long least) {
    @Nullable String text = given.get(name);
    if (text == null) {
      return fallback;
    }
    long value = quantity(name, text, "a time such as 500ms, 10s, 5m or 1h", Settings::timeUnit);
    if (value < least) {
      throw wrong(name, text, "at least " + least + "ms");
    }
    return value;
  }

  private interface Units {
    double factor(String unit);
  }

  private static long quantity(String name, String text, String expected, Units units) {
    Matcher matcher = QUANTITY.matcher(text.strip());
    if (!matcher.matches()) {
      throw wrong(name, text, expected);
    }
    double factor = units.factor(matcher.group(2).toLowerCase(Locale.ROOT));
    if (factor < 0) {
      throw wrong(name, text, expected);
    }
    return (long) (Double.parseDouble(matcher.group(1)) * factor);
  }

  private static double byteUnit(String unit) {
    return switch (unit) {
      case "", "b" -> 1;
      case "k", "kib" -> KIB;
      case "kb" -> 1e3;
      case "m", "mib" -> MIB;
      case "mb" -> 1e6;
      case "g", "gib" -> (double) MIB * KIB;
      case "gb" -> 1e9;
      default -> -1;
    };
  }

  private static double timeUnit(String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "", "s" -> 1_000;
      case "m", "min" -> 60_000;
      case "h" -> 3_600_000;
      case "d" -> 86_400_000;
      default -> -1;
    };
  }

  /** Segments are a power of two long, so that their number is bounded whatever is asked for. */
  private static int segmentSize(long asked) {
    return (int) Math.min(Segment.MAX_BYTES, Long.highestOneBit(asked - 1) << 1);
  }

  private static IllegalArgumentException wrong(String name, String text, String expected) {
    return new IllegalArgumentException(
        "option " + name + " of the simple engine must be " + expected + ", and is '" + text + "'");
  }
}

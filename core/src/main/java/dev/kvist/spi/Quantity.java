package dev.kvist.spi;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads numbers, sizes and durations of settings. Malformed ones are -1 or null. */
final class Quantity {
  private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]+) ?([A-Za-z]*)");
  private static final Pattern NUMBER = Pattern.compile("[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?");

  /** Powers of 1,024 and of 1,000; a bare {@code K} is neither and refused. */
  private static final Map<String, Long> BYTES_BY_UNIT =
      Map.of(
          "", 1L,
          "b", 1L,
          "kib", 1L << 10,
          "mib", 1L << 20,
          "gib", 1L << 30,
          "tib", 1L << 40,
          "kb", 1_000L,
          "mb", 1_000_000L,
          "gb", 1_000_000_000L,
          "tb", 1_000_000_000_000L);

  private static final Map<String, ChronoUnit> UNITS_OF_TIME =
      Map.of(
          "us", ChronoUnit.MICROS,
          "ms", ChronoUnit.MILLIS,
          "s", ChronoUnit.SECONDS,
          "m", ChronoUnit.MINUTES,
          "h", ChronoUnit.HOURS,
          "d", ChronoUnit.DAYS);

  private Quantity() {}

  static long parseInteger(String text) {
    try {
      return text.matches("[0-9]+") ? Long.parseLong(text) : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  static double parseNumber(String text) {
    double number = NUMBER.matcher(text).matches() ? Double.parseDouble(text) : -1;
    return Double.isInfinite(number) ? -1 : number;
  }

  static long parseSize(String text) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text);
    if (!matcher.matches()) {
      return -1;
    }
    @Nullable Long unit = BYTES_BY_UNIT.get(matcher.group(2).toLowerCase(Locale.ROOT));
    try {
      return unit == null ? -1 : Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
    } catch (NumberFormatException | ArithmeticException e) {
      return -1;
    }
  }

  static @Nullable Duration parseDuration(String text) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    @Nullable ChronoUnit unit = UNITS_OF_TIME.get(matcher.group(2));
    try {
      Duration duration = unit == null ? null : Duration.of(Long.parseLong(matcher.group(1)), unit);
      // Engines count in nanoseconds; a span beyond that is a slip of the finger.
      return duration == null || duration.toNanos() < 0 ? null : duration;
    } catch (NumberFormatException | ArithmeticException e) {
      return null;
    }
  }
}

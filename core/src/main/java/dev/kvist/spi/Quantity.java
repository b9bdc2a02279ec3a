package dev.kvist.spi;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads numbers, sizes and durations as people write them, malformed ones as -1 or null; prints
 * durations so, and counts in words. For any thread.
 */
public final class Quantity {
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

  private static final Pattern PART_OF_TIME =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?) ?(us|ms|s|m|h|d|w)");
  private static final Pattern TIME = Pattern.compile("(?:" + PART_OF_TIME.pattern() + "){1,8}");

  private static final Map<String, Long> NANOS_BY_UNIT =
      Map.of(
          "us", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L,
          "d", 86_400_000_000_000L,
          "w", 604_800_000_000_000L);

  /** Those that are printed, from the longest to the shortest. */
  private static final List<String> PRINTED_UNITS = List.of("d", "h", "m", "s", "ms", "us");

  private static final BigDecimal NANOS_A_SECOND = BigDecimal.valueOf(1_000_000_000);
  private static final BigDecimal MOST_SECONDS = BigDecimal.valueOf(Long.MAX_VALUE / 1_000 - 1);

  private Quantity() {}

  /** The noun that follows a number: {@code record} after 1, {@code records} after any other. */
  public static String noun(long number, String singular) {
    return number == 1 ? singular : singular + "s";
  }

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

  /**
   * A span of time: numbers with their units, such as {@code 500ms}, {@code 10s}, {@code 1.5h} or
   * {@code 1d12h}, whose sum counts; parts of a nanosecond are rounded up.
   *
   * @return null when the text is none, or more milliseconds than a {@code long} can count
   */
  public static @Nullable Duration parseDuration(String text) {
    if (!TIME.matcher(text).matches()) {
      return null;
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher part = PART_OF_TIME.matcher(text);
    while (part.find()) {
      BigDecimal unit =
          BigDecimal.valueOf(Objects.requireNonNull(NANOS_BY_UNIT.get(part.group(2))));
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit));
    }
    BigDecimal[] seconds =
        nanos.setScale(0, RoundingMode.CEILING).divideAndRemainder(NANOS_A_SECOND);
    return seconds[0].compareTo(MOST_SECONDS) > 0
        ? null
        : Duration.ofSeconds(seconds[0].longValueExact(), seconds[1].longValueExact());
  }

  /**
   * Prints a span of time that is not negative in a form that {@link #parseDuration} reads, such as
   * {@code 1d12h}; less than a microsecond is {@code 0ms}.
   */
  public static String print(Duration duration) {
    Duration rest = duration;
    var text = new StringBuilder();
    for (String unit : PRINTED_UNITS) {
      Duration one = Duration.ofNanos(Objects.requireNonNull(NANOS_BY_UNIT.get(unit)));
      long count = rest.dividedBy(one);
      if (count > 0) {
        text.append(count).append(unit);
        rest = rest.minus(one.multipliedBy(count));
      }
    }
    return text.isEmpty() ? "0ms" : text.toString();
  }
}

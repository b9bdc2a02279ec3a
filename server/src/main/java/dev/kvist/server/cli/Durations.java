package dev.kvist.server.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times to live as people write them: {@code 500ms}, {@code 10s}, {@code 1.5h}, {@code 1d12h}. */
final class Durations {
  private static final Map<String, Long> UNITS = new LinkedHashMap<>();
  private static final Pattern PART = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?)(ms|s|m|h|d|w)");
  private static final Pattern WHOLE = Pattern.compile("(?:" + PART.pattern() + ")+");

  static {
    UNITS.put("w", 604_800_000L);
    UNITS.put("d", 86_400_000L);
    UNITS.put("h", 3_600_000L);
    UNITS.put("m", 60_000L);
    UNITS.put("s", 1_000L);
    UNITS.put("ms", 1L);
  }

  private Durations() {}

  /**
   * Reads a time to live; parts of a millisecond are rounded up.
   *
   * @throws IllegalArgumentException when it is none, or not positive
   */
  static Duration parse(String text) {
    if (!WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no time to live; write a number and its unit, such as 500ms, 10s, 15m, 2h, 7d or 1h30m");
    }
    BigDecimal millis = BigDecimal.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      millis =
          millis.add(
              new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit(part.group(2)))));
    }
    if (millis.signum() == 0) {
      throw new IllegalArgumentException(
          "a time to live is longer than zero; to remove a key use delete");
    }
    return Duration.ofMillis(millis.setScale(0, RoundingMode.CEILING).longValueExact());
  }

  private static long unit(String name) {
    Long millis = UNITS.get(name);
    if (millis == null) {
      throw new AssertionError(name);
    }
    return millis;
  }

  /**
   * Prints a duration in a form that {@link #parse} reads, to the millisecond; zero is {@code 0ms}.
   */
  static String print(Duration duration) {
    long rest = duration.toMillis();
    var text = new StringBuilder();
    for (var unit : UNITS.entrySet()) {
      long count = rest / unit.getValue();
      if (count > 0 && !unit.getKey().equals("w")) {
        text.append(count).append(unit.getKey());
        rest %= unit.getValue();
      }
    }
    return text.isEmpty() ? "0ms" : text.toString();
  }
}

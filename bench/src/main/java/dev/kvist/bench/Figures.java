package dev.kvist.bench;

import dev.kvist.bench.work.Metric;
import java.util.Arrays;
import java.util.Locale;

/** Figures as text. */
final class Figures {
  static final String NONE = "–";

  private static final String[] THOUSANDS = {"", "k", "M", "G"};
  private static final String[] KIBI = {" B", " KiB", " MiB", " GiB"};

  private Figures() {}

  /** A figure with its unit, three digits long. */
  static String text(Metric.Unit unit, double figure) {
    if (Double.isNaN(figure)) {
      return NONE;
    }
    return switch (unit) {
      case PER_SECOND -> scaled(figure, 1_000, THOUSANDS);
      case BYTES -> scaled(figure, 1_024, KIBI);
      case BYTES_PER_SECOND -> scaled(figure, 1_024, KIBI) + "/s";
      case MILLIS -> digits(figure) + " ms";
      case MICROS -> figure >= 1_000 ? digits(figure / 1_000) + " ms" : digits(figure) + " µs";
      case PERCENT -> digits(figure) + " %";
      case COUNT -> digits(figure);
    };
  }

  private static String scaled(double figure, double step, String[] units) {
    int unit = 0;
    double left = figure;
    while (Math.abs(left) >= step && unit < units.length - 1) {
      left /= step;
      unit++;
    }
    return digits(left) + units[unit];
  }

  /** Three digits, more where there are more before the point. */
  static String digits(double figure) {
    double size = Math.abs(figure);
    int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + decimals + "f", figure);
  }

  /** The median, and the spread where there is more than one. */
  static String spread(Metric.Unit unit, double[] values) {
    String median = text(unit, Results.median(values));
    if (values.length < 2) {
      return median;
    }
    return median
        + " ("
        + text(unit, Arrays.stream(values).min().orElseThrow())
        + "–"
        + text(unit, Arrays.stream(values).max().orElseThrow())
        + ")";
  }
}

package dev.kvist.server.cli;

import dev.kvist.spi.Quantity;
import java.util.Locale;

/** Amounts as people read them. */
final class Sizes {
  private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};

  private Sizes() {}

  /** A number of bytes: {@code 1 byte}, {@code 17 bytes}, {@code 1.5 MiB}. */
  static String print(long bytes) {
    double size = bytes;
    int unit = 0;
    while (size >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    return unit == 0
        ? count(bytes, "byte")
        : String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
  }

  /** A number with a comma between thousands. */
  static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** So many of something: {@code 1 record}, {@code 2,000 records}. */
  static String count(long number, String singular) {
    return grouped(number) + " " + Quantity.noun(number, singular);
  }

  /** Seconds since a {@link System#nanoTime}: {@code 1.25 s}. */
  static String secondsSince(long nanos) {
    return String.format(Locale.ROOT, "%.2f s", (System.nanoTime() - nanos) / 1e9);
  }
}

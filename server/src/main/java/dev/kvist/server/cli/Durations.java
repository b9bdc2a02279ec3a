package dev.kvist.server.cli;

import dev.kvist.spi.Quantity;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Times to live as people write them: {@code 500ms}, {@code 10s}, {@code 1.5h}, {@code 1d12h}. */
final class Durations {
  private Durations() {}

  /**
   * Reads a time to live; parts of a millisecond are rounded up.
   *
   * @throws IllegalArgumentException when it is none, or not positive
   */
  static Duration parse(String text) {
    @Nullable Duration duration = Quantity.parseDuration(text);
    if (duration == null) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no time to live; write a number and its unit, such as 500ms, 10s, 15m, 2h, 7d or 1h30m");
    }
    if (duration.isZero()) {
      throw new IllegalArgumentException(
          "a time to live is longer than zero; to remove a key use delete");
    }
    return Duration.ofMillis(duration.plusNanos(999_999).toMillis());
  }
}

package dev.kvist.server.cli;

import java.util.Locale;

/**
 * A progress bar on the terminal's last line, for work of over a second; nothing where nobody
 * looks. For one thread.
 */
final class Progress implements AutoCloseable {
  static final long SHOWN_AFTER_NANOS = 1_000_000_000L;
  private static final long REDRAWN_AFTER_NANOS = 100_000_000L;
  private static final int BAR = 24;

  private final Console console;
  private final String what;
  private final long totalBytes;
  private final long totalEntries;
  private final long startNanos;
  private long drawnNanos;
  private int drawnLength;

  /**
   * Starts one.
   *
   * @param what what is counted, such as {@code lines}
   * @param totalBytes how many bytes there are to do; -1 when that is not known
   */
  Progress(Console console, String what, long totalBytes) {
    this(console, what, totalBytes, -1);
  }

  /**
   * Starts one for work whose size is a number of entries.
   *
   * @param totalEntries how many there are about; -1 when that is not known
   */
  static Progress ofEntries(Console console, String what, long totalEntries) {
    return new Progress(console, what, -1, totalEntries);
  }

  private Progress(Console console, String what, long totalBytes, long totalEntries) {
    this.console = console;
    this.what = what;
    this.totalBytes = totalBytes;
    this.totalEntries = totalEntries;
    this.startNanos = console.nanoTime().getAsLong();
    this.drawnNanos = startNanos + SHOWN_AFTER_NANOS - REDRAWN_AFTER_NANOS;
  }

  /** Says how far it is; draws now and then. */
  void at(long count, long bytes) {
    if (!console.errTerminal()) {
      return;
    }
    long now = console.nanoTime().getAsLong();
    if (now - drawnNanos >= REDRAWN_AFTER_NANOS) {
      drawnNanos = now;
      draw(text(count, bytes, (now - startNanos) / 1e9));
    }
  }

  private String text(long count, long bytes, double seconds) {
    String counted = String.format(Locale.ROOT, "%,d %s  %,.0f/s", count, what, count / seconds);
    if (totalBytes <= 0 && totalEntries <= 0) {
      return counted + "  " + Sizes.print(bytes);
    }
    double done = totalBytes > 0 ? (double) bytes / totalBytes : (double) count / totalEntries;
    double part = Math.min(1, done);
    int filled = (int) (part * BAR);
    double left = part == 0 ? 0 : seconds / part - seconds;
    return String.format(
        Locale.ROOT,
        "[%s%s] %3.0f%%  %s  %.0f s left",
        "#".repeat(filled),
        ".".repeat(BAR - filled),
        part * 100,
        counted,
        left);
  }

  private void draw(String text) {
    console.err().print("\r" + text + " ".repeat(Math.max(0, drawnLength - text.length())));
    console.err().flush();
    drawnLength = text.length();
  }

  /** Prints a line in its place; the bar comes back below. */
  void say(String line) {
    close();
    console.say(line);
  }

  /** Wipes the bar off. */
  @Override
  public void close() {
    if (drawnLength > 0) {
      console.err().print("\r" + " ".repeat(drawnLength) + "\r");
      console.err().flush();
      drawnLength = 0;
    }
  }
}

package dev.kvist.tck;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * The lines that a logger of {@code java.util.logging} and those below it write while this is open.
 * For any threads.
 */
public final class Captured extends Handler implements AutoCloseable {
  private final Logger logger;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private Captured(Logger logger) {
    this.logger = logger;
  }

  /**
   * Begins.
   *
   * @param name the logger's
   */
  public static Captured of(String name) {
    Captured captured = new Captured(Logger.getLogger(name));
    captured.logger.setLevel(Level.ALL);
    captured.logger.addHandler(captured);
    return captured;
  }

  /** The first line with a text in it, from behind the text's first character on. */
  public String line(String text) {
    return lines.stream()
        .filter(line -> line.contains(text))
        .map(line -> line.substring(line.indexOf(text) + 1))
        .findFirst()
        .orElse("no line with '" + text + "' in " + lines);
  }

  /** Each line: level, message, and what was thrown. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** Whether a line of a level matches. */
  public boolean has(Level level, String regex) {
    return lines.stream().anyMatch(line -> line.matches(level + " (?s)" + regex));
  }

  @Override
  public void publish(LogRecord line) {
    String thrown = line.getThrown() == null ? "" : " | " + line.getThrown();
    lines.add(line.getLevel() + " " + line.getMessage() + thrown);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setLevel(null);
  }

  @Override
  public String toString() {
    return String.join("\n", lines);
  }
}

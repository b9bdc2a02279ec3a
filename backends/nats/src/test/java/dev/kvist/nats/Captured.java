package dev.kvist.nats;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** The lines that a logger and those below it write while this is open. */
final class Captured extends Handler implements AutoCloseable {
  private final Logger logger;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private Captured(Logger logger) {
    this.logger = logger;
  }

  static Captured of(String name) {
    Captured captured = new Captured(Logger.getLogger(name));
    captured.logger.setLevel(Level.ALL);
    captured.logger.addHandler(captured);
    return captured;
  }

  /** The first line with a text in it, from there on. */
  String line(String text) {
    return lines.stream()
        .filter(line -> line.contains(text))
        .map(line -> line.substring(line.indexOf(text) + 1))
        .findFirst()
        .orElse("no line with '" + text + "' in " + lines);
  }

  /** Each line: level, message, and what was thrown. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  /** Whether a line of a level matches. */
  boolean has(Level level, String regex) {
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

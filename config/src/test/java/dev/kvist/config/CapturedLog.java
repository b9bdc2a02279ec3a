package dev.kvist.config;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Keeps what modules log, as lines that start with the level. */
final class CapturedLog extends Handler implements AutoCloseable {
  private final Logger logger = Logger.getLogger(Modules.class.getName());
  private final List<String> lines = new CopyOnWriteArrayList<>();

  CapturedLog() {
    logger.addHandler(this);
    logger.setUseParentHandlers(false);
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void publish(LogRecord entry) {
    String level = entry.getLevel().equals(Level.SEVERE) ? "ERROR" : entry.getLevel().getName();
    String thrown = entry.getThrown() == null ? "" : " with its cause";
    lines.add(level + " " + new SimpleFormatter().formatMessage(entry) + thrown);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
  }
}

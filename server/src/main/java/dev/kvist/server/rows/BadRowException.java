package dev.kvist.server.rows;

/** A row that cannot be understood. The reader that threw it goes on with the next one. */
public final class BadRowException extends Exception {
  private static final long serialVersionUID = 1;

  private final long line;

  /** On this line, from 1, for this reason. */
  public BadRowException(long line, String reason) {
    super(reason, null, false, false);
    this.line = line;
  }

  /** The number of its first line, from 1. */
  public long line() {
    return line;
  }

  /** Why it is not understood. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}

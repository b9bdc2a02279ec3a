package dev.kvist.config;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A configuration that cannot be used. The message starts with the file and the line, says what is
 * wrong and what is due, and holds no secret.
 */
public final class ConfigurationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String source;
  private final int line;

  ConfigurationException(String source, int line, String message, @Nullable Throwable cause) {
    super(source + (line > 0 ? ":" + line : "") + ": " + message, cause);
    this.source = source;
    this.line = line;
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNullElse(super.getMessage(), source);
  }

  /** The file, or what stands for it where the configuration was made in code. */
  public String source() {
    return source;
  }

  /** The line, from 1; 0 where there is none to name. */
  public int line() {
    return line;
  }
}

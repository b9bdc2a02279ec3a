package dev.kvist.config;

/** A module failed; the cause says why. Other modules' failures on the way out are suppressed. */
public final class ModuleException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String module;

  ModuleException(String module, String phase, Throwable cause) {
    super("module " + module + " failed at " + phase + ": " + reason(cause), cause);
    this.module = module;
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  /** The name of the module. */
  public String module() {
    return module;
  }
}

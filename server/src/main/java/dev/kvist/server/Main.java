package dev.kvist.server;

import dev.kvist.server.cli.Cli;
import java.util.List;

/** The process of the command line: {@code ./kvist}. */
public final class Main {
  private Main() {}

  /** Runs the command that {@code args} spell, and ends the process with its exit code. */
  public static void main(String[] args) {
    List<String> typed;
    try {
      typed = TypedArguments.of(args);
    } catch (IllegalArgumentException e) {
      System.err.println("kvist: " + e.getMessage());
      System.exit(Cli.FAILED);
      return;
    }
    chooseLog(typed.contains("-v") || typed.contains("--verbose"));
    int code = Cli.run(typed);
    // Not by returning: threads of a backend that outlive its close must not keep the process.
    System.exit(code);
  }

  /** Before anything logs: the log goes to the error stream, and only when it was asked for. */
  private static void chooseLog(boolean verbose) {
    // Naming the provider saves searching the class path for one.
    System.setProperty("slf4j.internal.verbosity", "WARN");
    System.setProperty("slf4j.provider", "org.slf4j.simple.SimpleServiceProvider");
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", verbose ? "info" : "off");
  }
}

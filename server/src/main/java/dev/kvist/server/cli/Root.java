package dev.kvist.server.cli;

import dev.kvist.ConnectionOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** What all commands share: which store, how much to say, and the console. */
@Command(name = "./kvist")
final class Root {
  private final Console console;
  private volatile boolean stopping;

  @Option(
      names = "--store",
      paramLabel = "URI",
      scope = ScopeType.INHERIT,
      description =
          "The store: simple:DIR, memory:, or the URI of another backend. Default: what the configuration says, else simple:data/simple_kv.")
  private @Nullable String store;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "The configuration. Default: kvist.yaml, where there is one.")
  private @Nullable String config;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Show the log, and the stack trace of an error.")
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // picocli sets it, shows the help, and runs nothing
  private boolean help;

  Root(Console console) {
    this.console = console;
  }

  Console console() {
    return console;
  }

  boolean verbose() {
    return verbose;
  }

  /** Whether the process is being ended from outside, so that a closed store is no error. */
  boolean stopping() {
    return stopping;
  }

  void stop() {
    stopping = true;
  }

  /** The options that choose the store, as another process takes them. */
  List<String> sharedArguments() {
    var arguments = new ArrayList<String>();
    if (store != null) {
      arguments.addAll(List.of("--store", store));
    }
    if (config != null) {
      arguments.addAll(List.of("--config", config));
    }
    return arguments;
  }

  /** The store that the options and the configuration choose, for what needs it closed. */
  ConnectionOptions chosen() {
    return StoreChoice.choose(store, config, console.directory());
  }

  /** Opens the store for reading and writing. */
  Session open() {
    return Session.open(this, chosen());
  }

  /** Opens the store for reading: one that does not exist is empty, and is not made. */
  Session openToRead() {
    return Session.open(this, StoreChoice.forReading(chosen(), console.directory()));
  }
}

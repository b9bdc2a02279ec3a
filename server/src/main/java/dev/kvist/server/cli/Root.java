package dev.kvist.server.cli;

import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.spi.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What all commands share: which store, how much to say, and the console. */
final class Root {
  private final Console console;
  private @Nullable String store;
  private @Nullable String config;
  private boolean verbose;
  private boolean warned;
  private volatile boolean stopping;

  Root(Console console) {
    this.console = console;
  }

  /** Takes the options that all commands share. */
  void take(Given given) {
    store = given.option(Syntax.STORE);
    config = given.option(Syntax.CONFIG);
    verbose = given.has(Syntax.VERBOSE);
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
    return StoreChoice.choose(store, config, console.directory(), this::warn);
  }

  /** Once, also where a command looks for its store twice. */
  private void warn(String line) {
    if (!warned) {
      warned = true;
      console.say("kvist: " + line);
    }
  }

  /**
   * The store that the options and the configuration choose, for what makes no sense without one.
   *
   * @throws IllegalArgumentException when its directory is missing or empty
   */
  ConnectionOptions existing() {
    ConnectionOptions options = chosen();
    boolean inDirectory =
        Kvist.backend(options.scheme()).settings().stream()
            .anyMatch(setting -> setting.type() == Setting.Type.DIRECTORY);
    if (inDirectory) {
      Path path = console.path(options.location());
      String @Nullable [] files = path.toFile().list();
      if (files == null || files.length == 0) {
        throw new IllegalArgumentException("there is no store in " + path + "; check the name");
      }
    }
    return options;
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

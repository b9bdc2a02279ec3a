package dev.kvist.server.cli;

import dev.kvist.ConnectionOptions;
import dev.kvist.config.Configuration;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Decides which store a command works on: {@code --store}, else the configuration, else the data
 * that is there.
 */
final class StoreChoice {
  private StoreChoice() {}

  /**
   * The options of the chosen store.
   *
   * @param store the URI after {@code --store}; null when it was not given
   * @param config the file after {@code --config}; null when it was not given
   * @param directory where relative names start
   * @param warn gets a line when the configuration has sections that no part of this program reads
   */
  static ConnectionOptions choose(
      @Nullable String store, @Nullable String config, Path directory, Consumer<String> warn) {
    if (store != null) {
      return ConnectionOptions.parse(store);
    }
    Configuration configuration = configuration(config, directory);
    ConnectionOptions options = configuration.store();
    @Nullable String unread = configuration.unread(List.of());
    if (unread != null) {
      warn.accept(unread);
    }
    return options;
  }

  private static Configuration configuration(@Nullable String config, Path directory) {
    if (config != null) {
      return Configuration.load(directory.resolve(config)).relativeTo(directory);
    }
    // Without a file no YAML is read, which would take longer than most commands.
    return Files.exists(directory.resolve(Configuration.FILE_NAME), LinkOption.NOFOLLOW_LINKS)
        ? Configuration.find(directory)
        : Configuration.of(Map.of()).relativeTo(directory);
  }

  /**
   * The same store for a command that only reads.
   *
   * <p>Opened for writing where that is possible: the owner of the files is then known, and nobody
   * compacts them meanwhile. What is missing or may not be written to is opened read-only, which
   * makes nothing.
   */
  static ConnectionOptions forReading(ConnectionOptions options, Path directory) {
    if (options.settings().containsKey("read_only")) {
      return options;
    }
    try {
      boolean writable = Files.isWritable(directory.resolve(options.location()));
      return writable ? options : options.with("read_only", "true");
    } catch (InvalidPathException e) {
      // The location is no file name in this backend.
      return options.with("read_only", "true");
    }
  }
}

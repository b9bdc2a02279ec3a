package dev.kvist.simple;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.StorageType;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import java.util.List;
import java.util.Set;

/**
 * The {@code memory:} backend: the engine of {@link SimpleBackend} over a log in memory, gone when
 * the connection is closed. Each connection is a store of its own. Settings are those of the {@code
 * simple_kv} section.
 */
public final class MemoryBackend implements Backend {
  /** For {@link java.util.ServiceLoader}. */
  public MemoryBackend() {}

  @Override
  public Set<String> schemes() {
    return Set.of("memory");
  }

  @Override
  public String registeredName() {
    return "memory";
  }

  @Override
  public List<Setting> settings() {
    return Settings.TABLE;
  }

  @Override
  public Connection open(ConnectionOptions options) {
    if (!options.location().isEmpty()) {
      throw new IllegalArgumentException(
          "memory: has no location, and '" + options.location() + "' was given");
    }
    Store store =
        Store.open(
            new MemoryDirectory(),
            Settings.read(this, options),
            options.observer(),
            System::currentTimeMillis,
            false);
    return new SimpleConnection(store, StorageType.MEMORY);
  }
}

package dev.kvist.rocksdb;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.spi.Backend;
import dev.kvist.spi.LogRecord;
import dev.kvist.spi.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code rocksdb:} backend: RocksDB, with large values in blob files of their own, for data
 * that need not fit into memory.
 *
 * <p>{@code rocksdb:DIR} names the directory of the data; settings are those of the {@code badger}
 * section, see {@code docs/configuration.md}.
 */
public final class RocksBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(RocksBackend.class);

  /** For {@link java.util.ServiceLoader}. */
  public RocksBackend() {}

  @Override
  public Set<String> schemes() {
    return Set.of("rocksdb");
  }

  @Override
  public String registeredName() {
    return "badger";
  }

  @Override
  public List<Setting> settings() {
    List<Setting> settings = new ArrayList<>();
    settings.add(
        Setting.of(
            "path",
            Setting.Type.DIRECTORY,
            Setting.DATA_DIRECTORY + "/badger",
            "The directory of the data."));
    settings.addAll(Settings.TABLE);
    return settings;
  }

  @Override
  public Connection open(ConnectionOptions options) {
    Settings settings = Settings.read(this, options);
    if (options.location().isEmpty() && !settings.memoryMode()) {
      throw new IllegalArgumentException("rocksdb: needs a directory, such as rocksdb:data/badger");
    }
    Path path = Path.of(options.location()).toAbsolutePath();
    if (settings.readOnly() && !settings.memoryMode() && DataDirectory.isEmpty(path)) {
      settings = settings.inMemory(); // What is not there is an empty store, and is not made.
    }
    @Nullable DataDirectory directory = directory(path, settings);
    boolean opened = false;
    try {
      Store store =
          Store.open(path, directory, settings, options.observer(), System::currentTimeMillis);
      opened = true;
      return new RocksConnection(store);
    } finally {
      if (!opened && directory != null) {
        release(directory, path);
      }
    }
  }

  @Override
  public boolean holds(Path directory) {
    return DataDirectory.isMarked(directory);
  }

  @Override
  public void readLog(ConnectionOptions options, Consumer<LogRecord> to) {
    if (Settings.read(this, options).memoryMode()) {
      throw new KvException.Unsupported("rocksdb: keeps no log with memory_mode that can be read");
    }
    Path path = Path.of(options.location()).toAbsolutePath();
    try {
      LogReading.run(path, to);
    } catch (IOException e) {
      throw DataDirectory.failed(path, "cannot be read", e);
    }
  }

  private static @Nullable DataDirectory directory(Path path, Settings settings) {
    if (settings.memoryMode()) {
      return null;
    }
    return settings.readOnly()
        ? DataDirectory.readOnly(path, settings.singleBucketMode())
        : DataDirectory.own(path, settings.singleBucketMode());
  }

  private static void release(DataDirectory directory, Path path) {
    try {
      directory.close();
    } catch (IOException e) {
      KvException failed = DataDirectory.failed(path, "cannot be released", e);
      LOG.error("{}", failed.getMessage(), e);
    }
  }
}

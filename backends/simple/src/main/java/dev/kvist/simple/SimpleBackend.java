package dev.kvist.simple;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.StorageType;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The {@code simple:} backend: values in a memory-mapped write-ahead log, keys in an index beside
 * it. The fastest engine here, for data whose index fits into memory.
 *
 * <p>{@code simple:DIR} names the directory that holds {@code last_state/} and {@code wal/};
 * settings are those of the {@code simple_kv} section, see {@code docs/configuration.md}.
 */
public final class SimpleBackend implements Backend {
  /** For {@link java.util.ServiceLoader}. */
  public SimpleBackend() {}

  @Override
  public Set<String> schemes() {
    return Set.of("simple");
  }

  @Override
  public String registeredName() {
    return "simple_kv";
  }

  @Override
  public List<Setting> settings() {
    List<Setting> settings = new ArrayList<>();
    settings.add(
        Setting.of(
            "path",
            Setting.Type.DIRECTORY,
            Setting.DATA_DIRECTORY + "/simple_kv",
            "The directory of the data."));
    settings.addAll(Settings.TABLE);
    return settings;
  }

  @Override
  public Connection open(ConnectionOptions options) {
    Path path = path(options);
    Settings settings = Settings.read(this, options);
    DiskDirectory directory;
    try {
      directory = settings.readOnly() ? DiskDirectory.openReadOnly(path) : own(path, settings);
    } catch (IOException e) {
      throw StoreFiles.failed(path.toString(), "cannot be opened", e);
    }
    Store store =
        Store.open(directory, settings, options.observer(), System::currentTimeMillis, false);
    return new SimpleConnection(store, StorageType.FILE);
  }

  private static DiskDirectory own(Path path, Settings settings) throws IOException {
    // Before anything is made in it, the owner file included.
    if (Files.notExists(path.resolve(OwnerLock.FILE_NAME))) {
      try (DiskDirectory found = DiskDirectory.openReadOnly(path)) {
        StoreFiles.refuseForeign(found);
        for (String folder : List.of(Log.STATE_FOLDER, Log.WAL_FOLDER)) {
          for (Segment segment : StoreFiles.open(found, folder, false, new ArrayList<>())) {
            segment.close();
          }
        }
      }
    }
    return DiskDirectory.open(path, settings.syncWrites());
  }

  private static Path path(ConnectionOptions options) {
    if (options.location().isEmpty()) {
      throw new IllegalArgumentException(
          "simple: needs a directory, such as simple:data/simple_kv");
    }
    return Path.of(options.location());
  }
}

package dev.kvist.simple;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.StorageType;
import dev.kvist.spi.Backend;
import dev.kvist.spi.DataDirectories;
import dev.kvist.spi.LogRecord;
import dev.kvist.spi.OwnerLock;
import dev.kvist.spi.RepairOnOpen;
import dev.kvist.spi.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code simple:} backend: values in a memory-mapped write-ahead log, keys in an index beside
 * it. The fastest engine here, for data whose index fits into memory.
 *
 * <p>{@code simple:DIR} names the directory that holds {@code last_state/} and {@code wal/};
 * settings are those of the {@code simple_kv} section, see {@code docs/configuration.md}.
 */
public final class SimpleBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(SimpleBackend.class);

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
    if (settings.readOnly()) {
      return DataDirectories.openBesideOwner(path, () -> open(path, settings, options));
    }
    return RepairOnOpen.open(
        path,
        settings.repairOnOpen(),
        () -> open(path, settings, options),
        () -> repair(path, settings));
  }

  private static Connection open(Path path, Settings settings, ConnectionOptions options) {
    DiskDirectory directory =
        settings.readOnly() ? DiskDirectory.openReadOnly(path) : own(path, settings);
    Store store =
        Store.open(directory, settings, options.observer(), System::currentTimeMillis, false);
    return new SimpleConnection(store, StorageType.FILE);
  }

  private static DiskDirectory own(Path path, Settings settings) {
    try {
      if (Files.notExists(path.resolve(OwnerLock.FILE_NAME))) {
        refuseForeign(path);
      }
      return DiskDirectory.open(path, settings.syncWrites());
    } catch (IOException e) {
      throw StoreFiles.failed(path.toString(), "cannot be opened", e);
    }
  }

  @Override
  public Repair repair(ConnectionOptions options) {
    Path path = existing(options);
    Settings settings = Settings.read(this, options);
    if (settings.readOnly()) {
      throw new IllegalArgumentException("a repair writes; give it without read_only");
    }
    return repair(path, settings);
  }

  private static Repair repair(Path path, Settings settings) {
    try (DiskDirectory directory = own(path, settings)) {
      for (String part : List.of(Log.WAL_FOLDER, Log.STATE_FOLDER)) {
        DataDirectories.checkFiles(
            path.resolve(part), name -> Spares.id(LogNames.in(part, name)) >= 0);
      }
      Repair repair = StoreRepair.run(directory, settings, System::currentTimeMillis);
      RepairedFiles.removeFolder(path);
      return repair;
    } catch (IOException e) {
      throw new KvException.IoFailed(
          KvException.Effect.NONE,
          path
              + " cannot be repaired: "
              + e.getMessage()
              + "; nothing was lost by that, run it again",
          e);
    }
  }

  @Override
  public boolean holds(Path directory) {
    try (DiskDirectory found = DiskDirectory.openReadOnly(directory)) {
      List<String> names = new ArrayList<>(found.list(Log.WAL_FOLDER));
      names.addAll(found.list(Log.STATE_FOLDER));
      return names.stream().anyMatch(name -> Spares.id(name) >= 0);
    } catch (IOException e) {
      LOG.debug("{}: holds no store", directory, e);
      return false;
    }
  }

  @Override
  public void readLog(ConnectionOptions options, Consumer<LogRecord> to) {
    Path path = existing(options);
    try (DiskDirectory directory = DiskDirectory.openReadOnly(path)) {
      LogReading.run(directory, to);
    } catch (IOException e) {
      throw new KvException.IoFailed(
          KvException.Effect.NONE, path + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static Path existing(ConnectionOptions options) {
    Path path = path(options);
    if (!Files.isDirectory(path)) {
      throw new IllegalArgumentException("there is no directory " + path);
    }
    return path;
  }

  /** Before anything is made in a directory, the owner file included. */
  private static void refuseForeign(Path path) throws IOException {
    try (DiskDirectory found = DiskDirectory.openReadOnly(path)) {
      StoreFiles.refuseForeign(found);
      StoreFiles.checkHeaders(found);
    } catch (KvException.Corrupted e) {
      // It is ours: the open tells of it, or the repair mends it.
      LOG.debug("{}: looked at before it is opened", path, e);
    }
  }

  private static Path path(ConnectionOptions options) {
    if (options.location().isEmpty()) {
      throw new IllegalArgumentException(
          "simple: needs a directory, such as simple:data/simple_kv");
    }
    return Path.of(options.location());
  }
}

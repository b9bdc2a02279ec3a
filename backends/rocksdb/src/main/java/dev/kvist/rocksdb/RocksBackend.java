package dev.kvist.rocksdb;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.spi.Backend;
import dev.kvist.spi.DataDirectories;
import dev.kvist.spi.LogRecord;
import dev.kvist.spi.RepairOnOpen;
import dev.kvist.spi.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
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
    if (settings.readOnly() && !settings.memoryMode()) {
      // What is not there is an empty store, and is not made.
      return DataDirectory.isEmpty(path)
          ? open(path, settings.inMemory(), options)
          : DataDirectories.openBesideOwner(path, () -> open(path, settings, options));
    }
    return RepairOnOpen.open(
        path,
        settings.repairOnOpen(),
        () -> open(path, settings, options),
        () -> repairOwned(path, settings));
  }

  private static Connection open(Path path, Settings settings, ConnectionOptions options) {
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
  public Repair repair(ConnectionOptions options) {
    Settings settings = Settings.read(this, options);
    if (settings.memoryMode()) {
      throw new KvException.Unsupported("rocksdb: keeps nothing with memory_mode to repair");
    }
    if (settings.readOnly()) {
      throw new IllegalArgumentException("a repair writes; give it without read_only");
    }
    Path path = Path.of(options.location()).toAbsolutePath();
    if (!Files.isDirectory(path)) {
      throw new IllegalArgumentException("there is no directory " + path);
    }
    return repairOwned(path, settings);
  }

  private static Repair repairOwned(Path path, Settings settings) {
    try (var _ = DataDirectory.repairing(path)) {
      DataDirectories.checkFiles(path, DataDirectory::isFile);
      DataDirectories.checkFiles(path.resolve("archive"), DataDirectory::isFile);
      return repair(path, settings);
    } catch (IOException | RocksDBException e) {
      throw new KvException.IoFailed(
          KvException.Effect.NONE,
          path
              + " cannot be repaired: "
              + e.getMessage()
              + "; nothing was lost by that, run it again",
          e);
    }
  }

  /** The directory says how it keeps its buckets; else its families do, and last the options. */
  private static Repair repair(Path path, Settings settings) throws IOException, RocksDBException {
    boolean single = settings.singleBucketMode();
    @Nullable String markDamage = null;
    try {
      single = DataDirectory.isSingle(path);
    } catch (KvException.Corrupted e) {
      Manifest manifest = Manifest.read(path);
      boolean own =
          manifest.families.values().stream().anyMatch(name -> Database.bucketOf(name) != null);
      single = !own && (single || manifest.isWhole());
      markDamage = DataDirectory.MARK + ": taken for single_bucket_mode=" + single;
    }
    return StoreRepair.run(path, settings.onDisk(single), markDamage);
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

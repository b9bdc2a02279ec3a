package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.KvMaintenance.Verification;
import dev.kvist.KvObserver;
import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a sound store of a damaged one: the newest readable record of each key stays, with its
 * version; the files as they were are kept aside. A store without damage stays as it is.
 *
 * <p>Cursors of before are expired afterwards, since the change stream has a hole.
 */
final class StoreRepair {
  private static final Logger LOG = LoggerFactory.getLogger(StoreRepair.class);

  private final Path directory;
  private final Settings settings;

  /**
   * @param settings with the way in which the store keeps its buckets
   */
  private StoreRepair(Path directory, Settings settings) {
    this.directory = directory;
    this.settings = settings;
  }

  /** Repairs what a directory holds, which its caller owns. */
  static Repair run(Path directory, Settings settings, @Nullable String markDamage)
      throws IOException, RocksDBException {
    @Nullable Path finished = RepairedFiles.finish(directory);
    if (finished != null) {
      return RepairReport.read(finished);
    }
    NativeLibrary.load();
    try {
      return new StoreRepair(directory, settings).run(markDamage);
    } finally {
      if (!RepairedFiles.isUnfinished(directory)) {
        RepairedFiles.clear(directory);
      }
    }
  }

  private Repair run(@Nullable String markDamage) throws IOException, RocksDBException {
    RepairedFiles.clear(directory);
    Path folder = Files.createDirectories(RepairedFiles.folder(directory));
    @Nullable Verification sound =
        markDamage == null ? verify(directory, folder.resolve("copy")) : null;
    if (sound != null) {
      LOG.info("{}: no record is damaged", directory);
      return new Repair(sound.records(), 0, List.of(), List.of(), "");
    }
    String damaged = RepairedFiles.freeFolder(directory);
    Repair found;
    try (var salvage = new Salvage(directory, settings, folder)) {
      found = salvage.run(directory.resolve(damaged).toString(), markDamage);
    }
    found.damages().forEach(line -> LOG.warn("{}: {}", directory, line));
    if (verify(RepairedFiles.store(directory), folder.resolve("copy")) == null) {
      throw new IOException("what was made is not sound; the store is as it was");
    }
    Trees.delete(folder.resolve("copy"));
    RepairReport.write(folder, found);
    RepairedFiles.install(directory, damaged);
    return found;
  }

  // --- whether there is damage ------------------------------------------------------------------

  /** Opens a copy and reads all of it: an open writes. Null when it is damaged. */
  private @Nullable Verification verify(Path of, Path copy) throws IOException {
    copy(of, copy);
    try (Store store =
        Store.open(copy, null, settings, KvObserver.NONE, System::currentTimeMillis)) {
      Verification found = new Maintenance(store).verify();
      found.damages().forEach(line -> LOG.info("{}: {}", of, line));
      return found.damages().isEmpty() ? found : null;
    } catch (KvException.Corrupted | KvException.IoFailed e) {
      LOG.info("{}: does not open", of, e);
      return null;
    } finally {
      Trees.delete(copy);
    }
  }

  /** Tables and values are never written again; a log is cut by an open. */
  private static void copy(Path from, Path to) throws IOException {
    Trees.delete(to);
    Path archive = Files.createDirectories(to.resolve(Retention.ARCHIVE));
    for (Path file : DataDirectory.list(from)) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(".sst") || name.endsWith(".blob")) {
        Trees.link(file, to.resolve(name));
      } else if (Files.isRegularFile(file) && !DataDirectory.staying().contains(name)) {
        Files.copy(file, to.resolve(name));
      }
    }
    for (Retention.Log log : Retention.logs(from.resolve(Retention.ARCHIVE))) {
      Trees.link(log.path(), archive.resolve(String.valueOf(log.path().getFileName())));
    }
  }
}

package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvMaintenance;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Verification, compaction and backup of an open store. */
final class Maintenance implements KvMaintenance {
  private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);

  /** How often files may go away under a backup before it fails. */
  private static final int MOST_ATTEMPTS = 10;

  private static final String NO_FILE = "No such file or directory";

  private final Store store;
  private final Database database;

  Maintenance(Store store) {
    this.store = store;
    this.database = store.database;
  }

  @Override
  public Verification verify() {
    var damages = new LinkedHashSet<String>(); // Two looks may meet the same one.
    long[] totals = new long[2];
    int user = database.gate.enter();
    try {
      try {
        database.rocks.verifyChecksum();
      } catch (RocksDBException e) {
        damages.add(String.valueOf(database.failed("", Effect.NONE, e).getMessage()));
      }
      for (ColumnFamilyHandle family : database.recordFamilies()) {
        verify(family, totals, damages);
      }
      var all = new ArrayList<>(all(damages));
      all.addAll(ofLogs());
      return new Verification(totals[0], totals[1], List.copyOf(all));
    } catch (IOException e) {
      throw DataDirectory.failed(store.path, "cannot be read", e);
    } catch (RocksDBException e) {
      throw database.failed("cannot be read", Effect.NONE, e);
    } finally {
      database.gate.leave(user);
    }
  }

  /** Of the logs that are kept for watches too, none of which is deleted meanwhile. */
  private List<String> ofLogs() throws IOException {
    if (database.settings.memoryMode()) {
      return List.of();
    }
    database.files.readLock().lock();
    try {
      KvException.@Nullable Corrupted found = LogTail.damage(store.path);
      return found == null ? List.of() : List.of(String.valueOf(found.getMessage()));
    } finally {
      database.files.readLock().unlock();
    }
  }

  /** RocksDB names the first damage that it meets; where there is one, each file is looked at. */
  private List<String> all(Set<String> told) throws RocksDBException, IOException {
    return told.isEmpty() || database.settings.memoryMode()
        ? List.copyOf(told)
        : DamagedFiles.of(database, store.path, told);
  }

  /** Reads all values too: large ones lie in files of their own. */
  private void verify(ColumnFamilyHandle family, long[] totals, Set<String> damages) {
    try (RocksIterator records = database.iterator(family)) {
      for (records.seekToFirst(); records.isValid(); records.next()) {
        store.checkOpen(); // A close waits for those inside.
        byte[] record = records.value();
        totals[0]++;
        totals[1] += records.key().length + record.length;
        if (record.length < RecordLayout.HEADER_BYTES) {
          damages.add(store.path + ": a record of " + record.length + " bytes");
        }
      }
      records.status();
    } catch (RocksDBException e) {
      damages.add(String.valueOf(database.failed("", Effect.NONE, e).getMessage()));
    }
  }

  @Override
  public void compact() {
    if (store.care == null) {
      throw new KvException.Unsupported(
          store.path + " is open read-only; open it without read_only to compact it");
    }
    int user = database.gate.enter();
    try {
      store.care.compactAll();
    } catch (RocksDBException | IOException e) {
      throw store.care.failed(e);
    } finally {
      database.gate.leave(user);
    }
  }

  @Override
  public void backup(Path directory) {
    Path place = directory.toAbsolutePath().normalize();
    Path parent =
        java.util.Objects.requireNonNull(place.getParent(), "the root is no place for a backup");
    Path unfinished = parent.resolve(place.getFileName() + ".unfinished");
    int user = database.gate.enter();
    try {
      refuseContent(place);
      Files.createDirectories(parent);
      Trees.delete(unfinished);
      copyOrNothing(unfinished);
      Files.deleteIfExists(place);
      Files.move(unfinished, place, StandardCopyOption.ATOMIC_MOVE);
      Trees.force(parent);
    } catch (ClosedByInterruptException e) {
      throw new KvException.Timeout(Effect.UNKNOWN, "the backup to " + place, null);
    } catch (IOException | RocksDBException e) {
      LOG.error("{}: the backup to {} failed", store.path, place, e);
      throw new KvException.IoFailed(
          Effect.NONE, "the backup to " + place + " failed: " + e.getMessage(), e);
    } finally {
      database.gate.leave(user);
    }
  }

  /** A copy that fails would else keep the room that it lacked. */
  private void copyOrNothing(Path unfinished) throws IOException, RocksDBException {
    boolean copied = false;
    try {
      copyTo(unfinished);
      DataDirectory.writeMark(unfinished, database.settings.singleBucketMode());
      copied = true;
    } finally {
      if (!copied) {
        discard(unfinished);
      }
    }
  }

  private static void discard(Path unfinished) {
    for (Path left : List.of(unfinished, Path.of(unfinished + ".tmp"))) {
      try {
        Trees.delete(left);
      } catch (IOException e) {
        LOG.warn("{}: what a backup left cannot be deleted", left, e);
      }
    }
  }

  private void copyTo(Path unfinished) throws IOException, RocksDBException {
    if (database.settings.memoryMode()) {
      DiskCopy.write(store, unfinished);
      return;
    }
    long counter = store.writes.counter();
    checkpoint(unfinished);
    // Of the same names another owner's files would have been taken.
    store.checkOwned();
    try (SyncedPosition copied = SyncedPosition.open(unfinished)) {
      copied.advance(counter);
    }
  }

  /**
   * RocksDB deletes no table and no log while it makes a checkpoint, and neither does the
   * retention. But whoever changes options, or makes or drops a family, deletes OPTIONS files that
   * are older than the latest two, and links to files that were gone have been seen to fail.
   */
  private void checkpoint(Path unfinished) throws RocksDBException {
    for (int attempt = 1; ; attempt++) {
      database.files.readLock().lock();
      try (Checkpoint checkpoint = Checkpoint.create(database.rocks)) {
        checkpoint.createCheckpoint(unfinished.toString());
        return;
      } catch (RocksDBException e) {
        if (attempt == MOST_ATTEMPTS || !String.valueOf(e.getMessage()).contains(NO_FILE)) {
          throw e;
        }
        LOG.debug("{}: a file was gone before the backup had it; it begins anew", store.path, e);
        discard(unfinished);
      } finally {
        database.files.readLock().unlock();
      }
    }
  }

  private static void refuseContent(Path place) throws IOException {
    if (!Files.exists(place)) {
      return;
    }
    if (!Files.isDirectory(place)) {
      throw new IllegalArgumentException(place + " is no directory");
    }
    if (!DataDirectory.list(place).isEmpty()) {
      throw new IllegalArgumentException(
          place + " is not empty; name a directory that is missing or empty");
    }
  }
}

package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvObserver;
import dev.kvist.spi.Clock;
import dev.kvist.spi.WatchSignal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open store: its parts, how they come up and how they go down. */
final class Store implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Store.class);

  /** Smaller write buffers are read from the log again at the next open, which takes less time. */
  private static final long FLUSH_BYTES = 4 << 20;

  private static final byte[] NOTHING = {};

  final Path path;
  final Database database;
  final Definitions definitions;
  final Epochs epochs;
  final Clock clock;
  final Writes writes;
  final Expiry expiry;
  final WatchSignal signal = new WatchSignal();
  final Traffic traffic = new Traffic();
  final KvObserver observer;
  final Retention retention;
  final @Nullable Care care;

  /** Null where nothing is synced. */
  private final @Nullable SyncedPosition synced;

  private final @Nullable DataDirectory directory;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final Object closed = new Object();

  private Store(
      Path path,
      @Nullable DataDirectory directory,
      Database database,
      KvObserver observer,
      LongSupplier wallClock,
      long afterEpoch)
      throws RocksDBException, IOException {
    this.path = path;
    this.directory = directory;
    this.database = database;
    this.observer = observer;
    this.definitions = new Definitions(database);
    long newest = database.rocks.getLatestSequenceNumber();
    byte @Nullable [] stored = database.definition(Definitions.EPOCHS);
    Epochs known = Epochs.read(stored == null ? NOTHING : stored);
    boolean onDisk = !database.settings.memoryMode();
    if (onDisk) {
      SyncedPosition.check(path, newest);
    }
    boolean clean = !known.isEmpty() && database.definition(Definitions.OPEN) == null;
    this.clock = new Clock(wallClock, newestTime(clean, newest));
    boolean readOnly = database.settings.readOnly();
    this.epochs = clean || readOnly ? known : known.begin(newest + 1, clock.now(), afterEpoch);
    if (!readOnly) {
      newest = begin();
    }
    this.synced = onDisk && !readOnly ? SyncedPosition.open(path) : null;
    this.writes = new Writes(this, newest);
    this.expiry = new Expiry(this);
    this.retention = new Retention(path, database.settings);
    this.care = readOnly ? null : new Care(this, retention);
  }

  static Store open(
      Path path,
      @Nullable DataDirectory directory,
      Settings settings,
      KvObserver observer,
      LongSupplier wallClock) {
    return open(path, directory, settings, observer, wallClock, 0);
  }

  /**
   * Opens a store.
   *
   * @param afterEpoch when it begins an epoch, that is newer than this one
   */
  static Store open(
      Path path,
      @Nullable DataDirectory directory,
      Settings settings,
      KvObserver observer,
      LongSupplier wallClock,
      long afterEpoch) {
    long before = System.nanoTime();
    Database database = Database.open(path, settings);
    boolean opened = false;
    try {
      Store store = new Store(path, directory, database, observer, wallClock, afterEpoch);
      if (store.care != null) {
        store.writes.start();
        store.expiry.start();
        store.care.start();
      }
      opened = true;
      LOG.info(
          "{}: open in {} ms with about {} records",
          path,
          (System.nanoTime() - before) / 1_000_000,
          store.estimatedRecords());
      return store;
    } catch (RocksDBException e) {
      throw database.failed("cannot be opened", Effect.NONE, e);
    } catch (IOException e) {
      throw DataDirectory.failed(path, "cannot be opened", e);
    } finally {
      if (!opened) {
        closeAfterFailure(database);
      }
    }
  }

  private static void closeAfterFailure(Database database) {
    try {
      database.close();
    } catch (RocksDBException e) {
      LOG.error("{}: cannot be closed", database.location, e);
    }
  }

  /** After an unclean end the newest time stands in the log alone. */
  private long newestTime(boolean clean, long newest) {
    long stored = Definitions.number(database.definition(Definitions.TIME));
    return clean || newest == 0 ? stored : Math.max(stored, WalReader.newestTime(this, newest));
  }

  /**
   * Says in the store that it is open; returns the newest counter. On the device before any version
   * is handed out: else a power loss could leave a store that looks closed well, and gives the same
   * versions again.
   */
  private long begin() throws RocksDBException {
    try (var batch = new WriteBatch();
        var durable = new WriteOptions().setSync(true)) {
      batch.put(database.definitions, Definitions.EPOCHS, epochs.stored());
      batch.put(database.definitions, Definitions.OPEN, NOTHING);
      database.rocks.write(durable, batch);
    }
    return database.rocks.getLatestSequenceNumber();
  }

  long estimatedRecords() {
    long records = 0;
    try {
      for (ColumnFamilyHandle family : database.recordFamilies()) {
        records += database.rocks.getLongProperty(family, "rocksdb.estimate-num-keys");
      }
    } catch (RocksDBException e) {
      LOG.debug("{}: no estimate", path, e);
    }
    return records;
  }

  /** All up to a counter was synced, which took so long. One thread at a time. */
  void synced(long counter, long nanos) {
    if (synced != null) {
      synced.advance(counter);
    }
    traffic.syncs.increment();
    traffic.syncNanos.add(nanos);
    traffic.longestSyncNanos = Math.max(traffic.longestSyncNanos, nanos);
    observer.synced(0, nanos);
  }

  void checkOpen() {
    database.gate.checkOpen();
  }

  @Override
  public void close() {
    if (closing.compareAndSet(false, true)) {
      try {
        closeOnce();
      } finally {
        synchronized (closed) {
          closed.notifyAll();
        }
      }
    }
  }

  private void closeOnce() {
    @Nullable Exception failed = null;
    try {
      if (care != null) {
        writes.close();
        expiry.close();
        care.close();
      }
      database.gate.close();
      signal.close();
      if (care != null && !writes.hasFailed()) {
        end();
      }
    } catch (RocksDBException e) {
      failed = e;
    }
    try {
      if (synced != null) {
        synced.close();
      }
      writes.free();
      database.close();
    } catch (RocksDBException e) {
      failed = failed == null ? e : failed;
    }
    try {
      if (directory != null) {
        directory.close();
      }
    } catch (IOException e) {
      failed = failed == null ? e : failed;
    }
    if (failed != null) {
      LOG.error("{}: was not closed well", path, failed);
      throw new KvException.IoFailed(
          Effect.UNKNOWN, path + " was not closed well: " + failed.getMessage(), failed);
    }
    LOG.info("{}: closed", path);
  }

  /** All is on the device before the store says that it was closed. */
  private void end() throws RocksDBException {
    long buffered = 0;
    for (ColumnFamilyHandle family : database.allFamilies()) {
      buffered += database.rocks.getLongProperty(family, "rocksdb.cur-size-active-mem-table");
    }
    if (buffered >= FLUSH_BYTES) {
      try (var flush = new FlushOptions().setWaitForFlush(true)) {
        database.rocks.flush(flush, database.allFamilies());
      }
    }
    try (var batch = new WriteBatch();
        var durable = new WriteOptions().setSync(true)) {
      batch.put(database.definitions, Definitions.TIME, Definitions.number(clock.now()));
      batch.delete(database.definitions, Definitions.OPEN);
      database.rocks.write(durable, batch);
    }
    if (synced != null) {
      synced.advance(database.rocks.getLatestSequenceNumber());
    }
  }
}

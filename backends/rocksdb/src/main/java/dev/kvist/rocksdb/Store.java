package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvObserver;
import dev.kvist.spi.Clock;
import dev.kvist.spi.WatchSignal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.LogFile;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open store: its parts, how they come up and how they go down. */
final class Store implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Store.class);

  /** Less of a log is read again at the next open, which takes less time than to write tables. */
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
  final OpenWatches watches = new OpenWatches();
  final KvObserver observer;
  final Retention retention;

  /** How many logs there were. */
  final long logsAtOpen;

  final @Nullable Care care;

  /** Null where nothing is synced. */
  private final @Nullable SyncedPosition synced;

  /** What the open found, in words. */
  private final String found;

  private final @Nullable DataDirectory directory;
  private final ReentrantLock closing = new ReentrantLock();
  private volatile boolean isOwned = true;
  private boolean isClosed;

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
    checkEnd(path, database.syncedAtOpen, newest);
    boolean clean = !known.isEmpty() && database.definition(Definitions.OPEN) == null;
    this.found =
        known.isEmpty()
            ? "new"
            : clean ? "closed cleanly" : "not closed before, its log was read again";
    this.clock = new Clock(wallClock, newestTime(clean, newest));
    boolean readOnly = database.settings.readOnly();
    this.epochs = clean || readOnly ? known : known.begin(newest + 1, clock.now(), afterEpoch);
    if (!readOnly) {
      newest = begin();
    }
    this.writes = new Writes(this, newest);
    this.expiry = new Expiry(this);
    boolean onDisk = !database.settings.memoryMode();
    this.retention =
        onDisk ? new FileRetention(path, database.settings) : new MemoryRetention(path, database);
    this.logsAtOpen = retention.files();
    this.care = readOnly ? null : new Care(this, retention);
    this.synced = onDisk && !readOnly ? SyncedPosition.open(path) : null;
    if (synced != null) {
      synced.advance(newest);
    }
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
    @Nullable Store made = null;
    boolean opened = false;
    try {
      Store store = new Store(path, directory, database, observer, wallClock, afterEpoch);
      made = store;
      if (store.care != null) {
        store.writes.start();
        store.expiry.start();
        store.care.start();
      }
      opened = true;
      LOG.info(
          "{}: open with about {} records in {} ms ({})",
          path,
          store.estimatedRecords(),
          (System.nanoTime() - before) / 1_000_000,
          store.found);
      return store;
    } catch (RocksDBException e) {
      throw database.failed("cannot be opened", Effect.NONE, e);
    } catch (IOException e) {
      throw DataDirectory.failed(path, "cannot be opened", e);
    } finally {
      if (!opened) {
        closeAfterFailure(made == null ? database : made);
      }
    }
  }

  /** A log that is not there at all ends nowhere. */
  private static void checkEnd(Path path, long synced, long newest) {
    if (synced > newest) {
      throw new KvException.Corrupted(
          path.toString(),
          0,
          "the end of its log is missing: it ends at "
              + newest
              + ", and "
              + synced
              + " was synced");
    }
  }

  /** What was opened must not be in the way of the next open. */
  private static void closeAfterFailure(AutoCloseable opened) {
    try {
      opened.close();
    } catch (Exception e) {
      LOG.error("what could not be opened cannot be closed either", e);
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

  /**
   * All up to a counter was synced. One thread at a time.
   *
   * @param bytes what was appended to the log since the sync before
   * @param nanos how long it took
   */
  void synced(long counter, long bytes, long nanos) {
    if (synced != null) {
      synced.advance(counter);
    }
    traffic.syncs.increment();
    traffic.syncedBytes.add(bytes);
    traffic.syncNanos.add(nanos);
    traffic.longestSyncNanos = Math.max(traffic.longestSyncNanos, nanos);
    observer.synced(bytes, nanos);
  }

  /** The first counter that the logs hold. */
  long firstLogged() throws RocksDBException {
    for (LogFile log : database.logs()) {
      if (log.startSequence() > 0) {
        return log.startSequence();
      }
    }
    return writes.counter() + 1;
  }

  void checkOpen() {
    database.gate.checkOpen();
  }

  /**
   * Another owner knows nothing of this one: RocksDB would write over its files, and delete those
   * that it does not know. From inside the gate.
   *
   * @throws KvException.IoFailed when there may be one
   */
  void checkOwned() throws RocksDBException {
    try {
      if (directory != null) {
        directory.checkOwned();
      }
    } catch (KvException.IoFailed e) {
      isOwned = false;
      writes.fail(e);
      database.leaveFiles();
      throw e;
    }
  }

  /** Whether no check has failed. */
  boolean isOwned() {
    return isOwned;
  }

  /** Returns when all is on the device, whoever was the first to call it. */
  @Override
  public void close() {
    closing.lock();
    try {
      if (!isClosed) {
        isClosed = true;
        closeOnce();
      }
    } finally {
      closing.unlock();
    }
  }

  /** One part of the close. */
  @FunctionalInterface
  private interface Step {
    void run() throws RocksDBException, IOException;
  }

  /** Each part is closed, also when one before it fails to. */
  private void closeOnce() {
    var failures = new ArrayList<Exception>();
    for (Step step : List.<Step>of(this::stop, this::closeSynced, database::close, this::disown)) {
      try {
        step.run();
      } catch (RocksDBException | IOException | RuntimeException e) {
        LOG.error("{}: was not closed well", path, e);
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      Exception first = failures.getFirst();
      throw new KvException.IoFailed(
          Effect.UNKNOWN, path + " was not closed well: " + first.getMessage(), first);
    }
    LOG.info("{}: closed", path);
  }

  private void stop() throws RocksDBException, IOException {
    if (care != null) {
      writes.close();
      expiry.close();
      care.close();
    }
    database.gate.close();
    signal.close();
    if (care != null) {
      checkOwned();
      writes.checkUnfailed();
      end();
    }
  }

  private void closeSynced() {
    if (synced != null) {
      synced.close();
    }
  }

  private void disown() throws IOException {
    if (directory != null) {
      directory.close();
    }
  }

  /** All is on the device before the store says that it was closed. */
  private void end() throws RocksDBException, IOException {
    long logged = 0;
    if (synced != null) {
      for (Retention.Log log : Retention.logs(path)) {
        logged += log.size();
      }
    }
    if (logged >= FLUSH_BYTES) {
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

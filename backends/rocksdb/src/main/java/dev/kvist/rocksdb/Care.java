package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.spi.CompactionEvent;
import dev.kvist.spi.FlightEvents;
import dev.kvist.spi.SyncEvent;
import dev.kvist.spi.Threads;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The background: syncs the log, keeps to the retention, gives back the space of dead blobs, takes
 * note of compactions.
 */
final class Care implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Care.class);

  /** Also how often the owner is looked at. */
  private static final long TRIM_NANOS = 200_000_000;

  private static final long LONGEST_WAIT_MILLIS = 50;
  private static final long MARKERS_NANOS = 10_000_000_000L;

  /** More than is written while a sync begins. */
  private static final long SCARCE_BYTES = 64 << 20;

  private final Store store;
  private final Database database;
  private final Settings settings;
  private final Retention retention;
  private final Compactions compactions;

  /**
   * Fair: callers that compact again and again would else keep the collector, and a close, waiting.
   */
  private final ReentrantLock compacting = new ReentrantLock(true);

  private final Thread thread =
      Thread.ofPlatform().daemon().name("kvist-care").unstarted(this::run);

  /** On its own, as it takes long, and syncs must not wait for it. */
  private final Thread collector =
      Thread.ofPlatform().daemon().name("kvist-blobs").unstarted(this::runCollector);

  private long syncedCounter;
  private long syncedBytes;
  private long syncAt;
  private long trimAt;
  private long markersAt;
  private volatile boolean closed;

  /** The compaction that is under way. Guarded by this. */
  private @Nullable CompactRangeOptions running;

  Care(Store store, Retention retention) {
    this.store = store;
    this.database = store.database;
    this.settings = database.settings;
    this.retention = retention;
    this.compactions = new Compactions(store);
    long now = System.nanoTime();
    syncAt = now + settings.flushIntervalMillis() * 1_000_000;
    trimAt = now;
    markersAt = now + MARKERS_NANOS;
    syncedCounter = store.writes.counter();
  }

  void start() {
    thread.start();
    if (settings.blobGc()) {
      collector.start();
    }
  }

  private void run() {
    while (!closed && store.isOwned()) {
      database.freeDropped();
      guarded(this::work);
      long next = Math.min(Math.min(syncAt, trimAt), markersAt);
      LockSupport.parkNanos(this, Math.max(1_000_000, next - System.nanoTime()));
    }
  }

  private void runCollector() {
    long every = settings.blobGcIntervalMillis() * 1_000_000;
    long next = System.nanoTime() + every;
    while (!closed && store.isOwned()) {
      long left = next - System.nanoTime();
      if (left > 0) {
        LockSupport.parkNanos(this, left);
      } else {
        guarded(this::collectBlobs);
        next = System.nanoTime() + every;
      }
    }
  }

  /** What is done again and again. */
  @FunctionalInterface
  private interface Work {
    void run() throws RocksDBException, IOException;
  }

  private void guarded(Work work) {
    try {
      int user = database.gate.enter();
      try {
        work.run();
      } finally {
        database.gate.leave(user);
      }
    } catch (KvException.Closed e) {
      closed = true;
    } catch (RocksDBException | IOException | RuntimeException | Error e) {
      // An error too, such as for lack of heap: nothing would be synced any more.
      String then = store.isOwned() ? "goes on" : "ends";
      LOG.error("{}: care of the store failed; it {}", database.location, then, e);
    }
  }

  private void work() throws RocksDBException, IOException {
    long now = System.nanoTime();
    if (now - trimAt >= 0) {
      store.checkOwned();
    }
    if (now - syncAt >= 0) {
      syncAt = now + settings.flushIntervalMillis() * 1_000_000;
      sync();
    }
    boolean trimmed = false;
    if (now - trimAt >= 0) {
      trimAt = now + TRIM_NANOS;
      trimmed = trim();
      compactions.look();
    }
    if (trimmed || now - markersAt >= 0) {
      // There may be millions of them, and the next sync must not wait.
      markersAt = forgetMarkers(syncAt) ? now + MARKERS_NANOS : now;
    }
  }

  /**
   * A backup needs all logs while it is made; syncs must not wait for it, so the next time does.
   */
  private boolean trim() throws RocksDBException, IOException {
    Lock alone = database.files.writeLock();
    try {
      if (!alone.tryLock(LONGEST_WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
        return false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    try {
      return retention.trim(store.clock.now());
    } finally {
      alone.unlock();
    }
  }

  private void sync() {
    boolean full = store.writes.isFull();
    // What the counters say of a write that was refused is not known.
    long counter = full ? syncedCounter : store.writes.counter();
    if (settings.syncWrites()
        || settings.memoryMode()
        || (counter == syncedCounter && !full)
        || store.writes.hasFailed()) {
      return;
    }
    try {
      long appended = database.appendedBytes();
      long bytes = appended - syncedBytes;
      @Nullable SyncEvent event = FlightEvents.sync();
      long before = System.nanoTime();
      if (full || DataDirectory.freeBytes(store.path) < SCARCE_BYTES) {
        forceLogs();
      } else {
        database.rocks.syncWal();
      }
      store.synced(counter, bytes, System.nanoTime() - before);
      if (event != null) {
        event.done(database.location, bytes);
      }
      syncedCounter = counter;
      syncedBytes = appended;
    } catch (RocksDBException | IOException e) {
      if (!full && store.writes.becameFull()) {
        return; // It was refused for the write before it, and nothing was tried.
      }
      // A force that failed must not be tried again: it would succeed, and prove nothing (K8).
      store.writes.fail(e);
      LOG.error("{}: a sync failed; the store refuses writes", database.location, e);
    }
  }

  /**
   * RocksDB's log refuses to be synced after a write that found no room, until it has begun another
   * one; and a sync that comes upon it before the write has said so ends the store for RocksDB.
   * What was acknowledged before that is in the files.
   */
  private void forceLogs() throws IOException {
    for (Retention.Log log : Retention.logs(store.path)) {
      try {
        Trees.force(log.path());
      } catch (NoSuchFileException e) {
        // It was moved to the archive, as tables have what is in it.
      }
    }
  }

  /** Returns whether all were forgotten that may be. */
  private boolean forgetMarkers(long untilNanos) throws RocksDBException {
    if (store.writes.hasFailed()) {
      return true;
    }
    long age = settings.markerRetentionMillis();
    return age > 0
        ? store.expiry.forgetMarkers(Long.MAX_VALUE, store.clock.now() - age, untilNanos)
        : store.expiry.forgetMarkers(store.firstLogged(), Long.MAX_VALUE, untilNanos);
  }

  // --- compaction -------------------------------------------------------------------------------

  private void collectBlobs() throws RocksDBException {
    for (ColumnFamilyHandle family : database.recordFamilies()) {
      long total = database.rocks.getLongProperty(family, "rocksdb.live-blob-file-size");
      long garbage = database.rocks.getLongProperty(family, "rocksdb.live-blob-file-garbage-size");
      if (total > 0 && garbage >= settings.blobGcRatio() * total) {
        unlessDropped(family, () -> compact(family, true));
      }
    }
  }

  /** What is done with one family. */
  @FunctionalInterface
  private interface FamilyWork {
    void run() throws RocksDBException;
  }

  /** Does something with a family, which may fail when that is dropped meanwhile. */
  private void unlessDropped(ColumnFamilyHandle family, FamilyWork work) throws RocksDBException {
    try {
      work.run();
    } catch (RocksDBException | IllegalArgumentException e) {
      // The Java part of RocksDB has no name for that status, and refuses its number.
      if (!database.isDropped(family)) {
        throw e;
      }
    }
  }

  /** Compacts all, and takes away what was purged. */
  void compactAll() throws RocksDBException, IOException {
    store.checkOwned();
    try (var flush = new FlushOptions().setWaitForFlush(true)) {
      for (ColumnFamilyHandle family : database.allFamilies()) {
        unlessDropped(family, () -> database.rocks.flush(flush, family));
      }
    }
    for (ColumnFamilyHandle family : database.recordFamilies()) {
      unlessDropped(family, () -> compact(family, true));
    }
    compact(database.definitions, false);
    compact(database.times, false);
    if (store.definitions.purgedTo() >= store.firstLogged()) {
      erase();
    }
  }

  private void erase() throws RocksDBException, IOException {
    Lock alone = database.files.writeLock();
    alone.lock();
    try {
      retention.erase();
    } finally {
      alone.unlock();
    }
  }

  /** Moves live blobs only when asked: every compaction would write large values again. */
  private void compact(ColumnFamilyHandle family, boolean blobs) throws RocksDBException {
    compacting.lock();
    @Nullable CompactionEvent event = FlightEvents.compaction();
    long before = System.nanoTime();
    try (var options =
        new CompactRangeOptions()
            .setBottommostLevelCompaction(
                CompactRangeOptions.BottommostLevelCompaction.kForceOptimized)) {
      if (blobs) {
        collecting(family, true);
      }
      compact(family, options);
    } finally {
      try {
        if (blobs) {
          collecting(family, false);
        }
      } finally {
        compacting.unlock();
      }
    }
    long nanos = System.nanoTime() - before;
    if (event != null) {
      // What RocksDB read for it is counted together with what it did by itself.
      event.done(database.location, 0, 0);
    }
    compactions.look();
    LOG.info(
        "{}: column family {} compacted in {} ms",
        database.location,
        dev.kvist.Kvist.utf8(family.getName()),
        nanos / 1_000_000);
  }

  /** A close, which may come at any time, does not wait for its end. */
  private void compact(ColumnFamilyHandle family, CompactRangeOptions options)
      throws RocksDBException {
    synchronized (this) {
      running = options;
      options.setCanceled(closed);
    }
    try {
      database.rocks.compactRange(family, null, null, options);
    } catch (RocksDBException | IllegalArgumentException e) {
      // The Java part of RocksDB may have no name for that status, and refuse its number.
      if (closed) {
        throw new KvException.Closed(database.location);
      }
      throw e;
    } finally {
      synchronized (this) {
        running = null;
      }
    }
  }

  private synchronized void cancel() {
    closed = true;
    if (running != null) {
      running.setCanceled(true);
    }
  }

  private void collecting(ColumnFamilyHandle family, boolean on) throws RocksDBException {
    database.rocks.setOptions(
        family,
        MutableColumnFamilyOptions.builder()
            .setEnableBlobGarbageCollection(on)
            .setBlobGarbageCollectionAgeCutoff(on ? 1.0 : 0.25)
            .build());
  }

  /** The error that a caller gets. */
  KvException failed(Exception e) {
    LOG.error("{}: compaction failed", database.location, e);
    return e instanceof RocksDBException r
        ? database.failed("could not be compacted", Effect.NONE, r)
        : new KvException.IoFailed(
            Effect.NONE, database.location + " could not be compacted: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    cancel();
    for (Thread each : List.of(thread, collector)) {
      LockSupport.unpark(each);
      Threads.join(each);
    }
  }
}

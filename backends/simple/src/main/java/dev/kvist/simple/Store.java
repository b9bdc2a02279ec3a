package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.spi.Clock;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import dev.kvist.spi.Threads;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open store with its threads: how it comes up, and how it goes down. */
final class Store implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Store.class);

  /**
   * Epochs are seconds since 2020, so that two copies of one store that go on apart do not share
   * any.
   */
  private static final long EPOCH_ORIGIN_MILLIS = 1_577_836_800_000L;

  final Engine engine;
  final Writes writes;
  final Committer committer;
  final Expiry expiry;
  final Compaction compaction;
  private final @Nullable Spares spares;
  private final @Nullable Care care;
  private final @Nullable IndexChunks chunks;
  private final ExecutorService files;
  private final ReentrantLock closing = new ReentrantLock();

  private Store(
      Engine engine,
      Writes writes,
      Committer committer,
      Expiry expiry,
      Compaction compaction,
      @Nullable Spares spares,
      @Nullable Care care,
      @Nullable IndexChunks chunks,
      ExecutorService files) {
    this.engine = engine;
    this.writes = writes;
    this.committer = committer;
    this.expiry = expiry;
    this.compaction = compaction;
    this.spares = spares;
    this.care = care;
    this.chunks = chunks;
    this.files = files;
  }

  /**
   * Opens what a directory holds, or makes a new store in it. Owns the directory from then on, and
   * closes it when it fails.
   *
   * @param inline runs everything on the threads that ask, and nothing in the background: for
   *     simulations, which must be repeatable
   */
  static Store open(
      LogDirectory directory,
      Settings settings,
      KvObserver observer,
      LongSupplier wallClock,
      boolean inline) {
    ExecutorService files =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("kvist-index-files").factory());
    Opening opening = new Opening(directory, settings, observer, wallClock, inline, files);
    try {
      return opening.open();
    } catch (IOException e) {
      opening.release();
      throw StoreFiles.failed(directory.location(), "cannot be opened", e);
    } catch (RuntimeException | Error e) {
      opening.release();
      throw e;
    }
  }

  /** The steps of opening, with what they hand on. */
  private static final class Opening {
    private final LogDirectory directory;
    private final Settings settings;
    private final KvObserver observer;
    private final LongSupplier wallClock;
    private final boolean inline;
    private final ExecutorService files;
    private final long startNanos = System.nanoTime();
    private final long startMillis;
    private @Nullable IndexChunks chunks;
    private String how = "new";
    private long newestEpoch = -1;

    /**
     * Segments behind the end of the log. To be deleted when a newer epoch is on the device: their
     * headers may be all that tells of the last one, which must not be chosen again.
     */
    private final List<String> cutOff = new ArrayList<>();

    /** What is open so far, to be closed when the rest fails; closing twice does no harm. */
    private final List<Closeable> opened = new ArrayList<>();

    Opening(
        LogDirectory directory,
        Settings settings,
        KvObserver observer,
        LongSupplier wallClock,
        boolean inline,
        ExecutorService files) {
      this.directory = directory;
      this.settings = settings;
      this.observer = observer;
      this.wallClock = wallClock;
      this.startMillis = wallClock.getAsLong();
      this.inline = inline;
      this.files = files;
    }

    /** Frees everything after a failure, which is what the caller shall hear of. */
    void release() {
      files.shutdownNow();
      opened.add(directory);
      for (Closeable each : opened) {
        try {
          each.close();
        } catch (IOException | RuntimeException e) {
          LOG.warn("{}: cannot be released", directory.location(), e);
        }
      }
    }

    Store open() throws IOException {
      StoreFiles.refuseForeign(directory);
      boolean writable = !settings.readOnly();
      StoreFiles.finishRepair(directory, writable);
      List<String> leftOver = new ArrayList<>();
      List<LogFile> found = new ArrayList<>();
      // First, since a segment that is found in the other folder by mistake is moved here.
      List<Segment> state = StoreFiles.open(directory, Log.STATE_FOLDER, writable, leftOver, found);
      state.forEach(segment -> opened.add(segment::close));
      List<Segment> wal = StoreFiles.open(directory, Log.WAL_FOLDER, writable, leftOver, found);
      opened.addAll(found);
      wal.forEach(segment -> opened.add(segment::close));
      wal.forEach(segment -> newestEpoch = Math.max(newestEpoch, segment.epoch & 0xFFFFFFFFL));
      for (Segment segment : StoreFiles.takeCutOff(wal)) {
        cutOff.add(segment.name());
        segment.close();
      }
      boolean fresh = wal.isEmpty() && state.isEmpty();
      long storeId = fresh ? random() : (wal.isEmpty() ? state : wal).getFirst().storeId;
      Log log = new Log(directory, storeId, settings.segmentBytes());
      wal.forEach(log::add);
      state.forEach(log::add);
      checkOneStore(log);
      @Nullable HashIndex index = settings.readOnly() ? null : openIndex(log);
      boolean clean = index != null && index.wasClean();
      long mark = index == null ? -1 : Tally.applied(index);
      if (index == null) {
        index = newIndex(writable, storeId);
      }
      HashIndex used = index;
      opened.add(() -> used.close(false));
      Clock clock = new Clock(wallClock, newestHeader(log));
      LogKeys keys = new LogKeys();
      KeyRuns runs = KeyRuns.open(directory, writable, storeId, keys);
      opened.add(runs::close);
      Engine engine = new Engine(directory, settings, observer, clock, log, index, runs);
      keys.attach(engine);
      index.markDirty(
          directory.bootId(), writable ? directory.identity(IndexChunks.name(0)) : null);
      Recovery recovery = new Recovery(engine, writable ? Long.MAX_VALUE : startMillis);
      if (mark > 0) {
        recovery.readBehind(mark, clean);
      } else if (!fresh) {
        recovery.readAll(inline ? 1 : Runtime.getRuntime().availableProcessors());
      }
      clock.atLeast(recovery.newestMillis());
      if (!clean) {
        log.sync.proven(recovery.provenAddress());
      }
      if (writable) {
        for (String path : leftOver) {
          directory.delete(path);
        }
      }
      long newestId = Recovery.newestId(wal, state);
      return start(engine, keys, recovery, newestId, adopt(found, log, newestId), clean);
    }

    /** Keeps those of the spares found that can be used again, and deletes the others. */
    private List<LogFile> adopt(List<LogFile> found, Log log, long newestId) throws IOException {
      var adopted = new ArrayList<LogFile>();
      for (LogFile file : found) {
        long id = Spares.id(file.name());
        if (!settings.readOnly()
            && file.name().startsWith(Log.WAL_FOLDER)
            && file.memory().byteSize() <= settings.segmentBytes()
            && file.memory().byteSize() >= ShorterSegment.LEAST_BYTES
            && id > newestId
            // Else a file of zeros with any name would use up the ids.
            && id <= newestId + Segment.SLOTS
            && log.slotIsFree(id)) {
          adopted.add(file);
        } else {
          file.close();
          if (!settings.readOnly()) {
            directory.delete(file.name());
          }
        }
      }
      return adopted;
    }

    private void checkOneStore(Log log) {
      for (Segment[] segments : List.of(log.wal(), log.state())) {
        for (Segment segment : segments) {
          if (segment.storeId != log.storeId()) {
            throw new KvException.Unsupported(
                directory.location()
                    + " holds segments of two stores: "
                    + segment.name()
                    + " is foreign; nothing was touched");
          }
        }
      }
    }

    private static long newestHeader(Log log) {
      long newest = 0;
      for (Segment segment : log.wal()) {
        newest = Math.max(newest, segment.madeAtMillis);
      }
      return newest;
    }

    private @Nullable HashIndex openIndex(Log log) throws IOException {
      List<LogFile> found = IndexChunks.open(directory);
      if (found.isEmpty()) {
        how = log.wal().length + log.state().length == 0 ? "new" : "without an index";
        return null;
      }
      opened.addAll(found);
      IndexChunks source = new IndexChunks(directory, executor());
      chunks = source;
      String reason;
      try {
        Reach reach = new Reach();
        // Where no segment is left, what the index knows of the log tells that they are missing.
        boolean hasLog = log.wal().length + log.state().length > 0;
        HashIndex index =
            HashIndex.open(
                found,
                source,
                directory.bootId(),
                directory.identity(IndexChunks.name(0)),
                hasLog ? log.storeId() : null,
                reach);
        long mark = Tally.applied(index);
        if (mark > 0) {
          Recovery.checkFiles(reach, log, mark);
          how = index.wasClean() ? "closed cleanly" : "after a kill";
          return index;
        }
        reason = "it was never completed";
      } catch (IndexUnusable e) {
        reason = String.valueOf(e.getMessage());
      }
      for (LogFile file : found) {
        file.close();
      }
      LOG.info("{}: the index is built anew from the log: {}", directory.location(), reason);
      how = "index built anew";
      return null;
    }

    private HashIndex newIndex(boolean writable, long storeId) throws IOException {
      if (!writable) {
        return HashIndex.create(IndexChunks::inMemory, random(), storeId);
      }
      IndexChunks.deleteAll(directory);
      IndexChunks source = new IndexChunks(directory, executor());
      chunks = source;
      return HashIndex.create(source, random(), storeId);
    }

    /** Simulations have to be repeatable. */
    private long random() {
      return inline ? wallClock.getAsLong() : ThreadLocalRandom.current().nextLong();
    }

    private Executor executor() {
      return inline ? Runnable::run : files;
    }

    private Store start(
        Engine engine,
        LogKeys keys,
        Recovery recovery,
        long newestId,
        List<LogFile> adopted,
        boolean clean)
        throws IOException {
      long now = engine.clock.now();
      Expiry expiry = new Expiry(engine, inline);
      Committer committer =
          new Committer(
              engine.log,
              settings.flushIntervalMillis(),
              observer,
              engine::fail,
              inline || settings.readOnly());
      keys.attach(committer);
      Pace pace = new Pace();
      Writes writes = new Writes(engine, committer, expiry, pace);
      @Nullable Spares spares = null;
      if (settings.readOnly()) {
        engine.log.endsWith(counter(engine.log, recovery));
      } else {
        spares =
            new Spares(
                directory,
                settings.segmentBytes(),
                adopted,
                newestId + 1,
                engine.log::slotIsFree,
                bytes -> Limits.files(engine, bytes),
                inline);
        cutOff.addAll(recovery.cutOff());
        long counter = counter(engine.log, recovery);
        engine.log.startAppending(spares, epoch(clean), counter, !clean, !cutOff.isEmpty(), now);
        for (String name : cutOff) {
          directory.delete(name);
        }
        if (!cutOff.isEmpty()) {
          directory.sync(Log.WAL_FOLDER);
          engine.log.truncateSealed();
        }
      }
      committer.start();
      if (chunks != null) {
        chunks.limit(bytes -> Limits.index(engine, bytes));
      }
      Compaction compaction =
          new Compaction(engine, writes, committer, expiry, spares, pace, clean);
      Warming warming = new Warming(engine, expiry);
      @Nullable Care care = null;
      if (inline || spares == null) {
        warming.run();
      } else {
        care = new Care(engine, compaction, spares, warming, pace);
      }
      LOG.info(
          "{}: open with {} entries in {} ms ({}; {} records read, {} bytes cut)",
          directory.location(),
          engine.tally.entries(),
          (System.nanoTime() - startNanos) / 1_000_000,
          how,
          recovery.records(),
          recovery.cutBytes());
      return new Store(engine, writes, committer, expiry, compaction, spares, care, chunks, files);
    }

    private static long counter(Log log, Recovery recovery) {
      long counter = recovery.counter();
      for (Segment segment : log.wal()) {
        counter = Math.max(counter, segment.firstCounter - 1);
      }
      return counter;
    }

    /** Above every epoch of which anything was found, also in what recovery cut off. */
    private int epoch(boolean clean) {
      if (clean && newestEpoch >= 0) {
        return (int) newestEpoch;
      }
      return newEpoch(newestEpoch, wallClock.getAsLong());
    }
  }

  /** An epoch above all others. */
  static int newEpoch(long newestEpoch, long nowMillis) {
    return (int) Math.max(newestEpoch + 1, (nowMillis - EPOCH_ORIGIN_MILLIS) / 1000);
  }

  /**
   * Returns when everything acknowledged is on the device and all resources are free. Idempotent.
   *
   * @throws KvException.IoFailed when the device failed, now or earlier: what was acknowledged
   *     without a sync may not be on it. All resources are free then, too
   */
  @Override
  public void close() {
    // A second caller returns when the first is through: where it is the last one that keeps a
    // process from ending, the store would else stay half closed.
    closing.lock();
    try {
      closeOnce();
    } finally {
      closing.unlock();
    }
  }

  private void closeOnce() {
    engine.lock();
    try {
      if (engine.isClosed()) {
        return;
      }
      engine.markClosed();
    } finally {
      engine.unlock();
    }
    engine.signal.close();
    expiry.close();
    if (care != null) {
      care.close();
    }
    try {
      boolean clean = false;
      try {
        clean = !engine.settings.readOnly() && !engine.hasFailed() && finish();
      } finally {
        closeParts(clean);
      }
      LOG.info("{}: closed", engine.directory.location());
    } catch (IOException e) {
      LOG.error("{}: could not be closed cleanly", engine.directory.location(), e);
      throw StoreFiles.failed(
          engine.directory.location(),
          "could not be closed cleanly; nothing acknowledged is lost",
          e);
    } catch (InternalError e) {
      throw engine.unreadable(e);
    }
    engine.throwFailure();
  }

  /**
   * To the end, whatever fails on the way: else the directory had an owner until the process ends.
   */
  private void closeParts(boolean clean) throws IOException {
    try {
      committer.close();
      if (spares != null) {
        Segment newest = engine.log.active();
        spares.close(NextSegment.isInLastPart(newest, newest.end()));
      }
      files.shutdown();
      Threads.awaitEnd(files);
      if (chunks != null) {
        chunks.discardAhead();
      }
    } finally {
      engine.close(clean);
    }
  }

  /** Forces the log and what compaction moved, records the log's end in it, and forces that. */
  private boolean finish() throws IOException {
    committer.sync(false);
    if (engine.hasFailed()) {
      return false;
    }
    compaction.finish();
    if (engine.hasFailed()) {
      return false;
    }
    engine.lock();
    try {
      writes.mark(Op.NOTHING);
    } catch (KvException.StoreFull e) {
      // All is on the device, which the mark would just prove in the log too. But an epoch that
      // nothing tells of must not go on.
      if (engine.log.epochIsNew()) {
        return false;
      }
    } catch (KvException.IoFailed e) {
      // No mark: the next open goes through the end of the log instead.
      return false;
    } finally {
      engine.unlock();
    }
    committer.sync(false);
    return !engine.hasFailed();
  }
}

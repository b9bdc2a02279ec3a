package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import dev.kvist.spi.Threads;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Zero-filled segment files made ahead of their use by a thread of its own, so that no writer waits
 * for a file and a full disk shows while there is still room to work: puts go on just while, after
 * them, a spare is left for deletes, purges and compaction. Those take smaller files too, where
 * there is no room for whole ones; and what they may need is left for the next owner.
 */
final class Spares implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Spares.class);

  /** Room is scarce where the volume or the limits leave less than so many segments. */
  private static final long SCARCE_SEGMENTS = 64;

  /** Where files are taken faster than this, more are kept ready. */
  private static final long FAST_NANOS = 1_000_000_000;

  private static final int FAST_AHEAD = 3;

  /** How long a refusal stands before the volume is asked again. */
  private static final long RETRY_NANOS = 100_000_000;

  private static final int ID_DIGITS = 12;
  private static final String SUFFIX = ".log";

  private final LogDirectory directory;
  private final int segmentBytes;
  private final LongPredicate slotIsFree;
  private final RoomCheck room;
  private final RoomState state;
  private final @Nullable Thread maker;

  private final Deque<LogFile> ready = new ArrayDeque<>();
  private @Nullable LogFile large;

  private boolean scarce = true;

  /** The size of the large file that is asked for; 0 for none. */
  private long largeBytes;

  /** Whether a file is being made, whose id is the newest. */
  private boolean making;

  private long nextId;
  private int wanted;
  private long takenAtNanos;

  /** Whether the next file is made over the limits too: see {@link #take}. */
  private boolean beyondLimits;

  /** Whether somebody waits for a file, or soon will. */
  private volatile boolean isLate;

  private @Nullable IOException failure;
  private @Nullable KvException limit;
  private long refusedAtNanos;
  private boolean closed;

  /** Says whether the store may have another file. */
  interface RoomCheck {
    /** The error that puts get; null when there is room for {@code bytes} more. */
    @Nullable KvException check(long bytes);
  }

  /**
   * @param found files that an earlier owner of the store made and did not use, in the order of
   *     their ids
   * @param slotIsFree whether a segment of that id can be told from all that exist
   * @param nextId greater than that of every segment there ever was
   * @param inline makes files on the thread that asks, and none ahead: for simulations, which must
   *     be repeatable
   */
  Spares(
      LogDirectory directory,
      int segmentBytes,
      List<LogFile> found,
      long nextId,
      LongPredicate slotIsFree,
      RoomCheck room,
      boolean inline) {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
    this.ready.addAll(found);
    this.wanted = found.size();
    this.nextId = found.isEmpty() ? nextId : id(found.getLast().name()) + 1;
    this.slotIsFree = slotIsFree;
    this.room = room;
    this.state = new RoomState(directory.location());
    this.maker = inline ? null : new BackgroundThread("kvist-files", this::makeFiles, () -> isLate);
    if (maker != null) {
      maker.start();
    }
  }

  static String name(String folder, long id) {
    return folder + "/" + String.format(java.util.Locale.ROOT, "%012d", id) + ".log";
  }

  /** The id in the name of a segment's file; -1 when it is none. */
  static long id(String path) {
    int start = path.indexOf('/') + 1;
    if (path.length() != start + ID_DIGITS + SUFFIX.length() || !path.endsWith(SUFFIX)) {
      return -1;
    }
    long id = 0;
    for (int i = start; i < start + ID_DIGITS; i++) {
      int digit = path.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      id = 10 * id + digit;
    }
    return id;
  }

  /** Asks for files in advance; for the half-full segment. */
  synchronized void prepare() {
    want(needed(SpareUse.PUT));
    isLate = ready.isEmpty();
  }

  private void want(int count) {
    wanted = Math.max(wanted, count);
    // Also when that much was wanted before: a refusal has made the maker wait.
    notifyAll();
  }

  /**
   * Takes a file. Its name carries its id.
   *
   * @param use what for: puts alone keep to the limits, since what gives space back must not be
   *     stopped by them
   * @param least how long it has to be; all but plain puts may get less than a whole segment
   * @throws KvException.StoreFull when no more can be made; NotPermitted where this user may not
   */
  synchronized LogFile take(SpareUse use, long least) {
    scarce = maker == null || isScarce();
    int needed = needed(use);
    long bytes = use == SpareUse.PUT ? segmentBytes : least;
    try {
      await(use, needed, bytes);
    } catch (KvException.StoreFull e) {
      if (use == SpareUse.PUT || !makeEnough(use, needed, bytes)) {
        throw e;
      }
    }
    while (size(ready.getFirst()) < bytes) {
      // Ids grow along the log.
      discard(ready.removeFirst());
    }
    LogFile file = ready.removeFirst();
    long now = System.nanoTime();
    wanted = now - takenAtNanos < FAST_NANOS && !scarce ? FAST_AHEAD : Math.max(1, wanted - 1);
    takenAtNanos = now;
    isLate = wanted == FAST_AHEAD && ready.isEmpty();
    notifyAll();
    return file;
  }

  /**
   * Returns when what deletes and compaction may need is there, before puts take what is left of a
   * segment.
   *
   * @throws KvException.StoreFull when there is no room for it
   */
  synchronized void awaitReserve() {
    scarce = maker == null || isScarce();
    await(SpareUse.PUT, needed(SpareUse.DELETE), ShorterSegment.LEAST_BYTES);
  }

  private void await(SpareUse use, int needed, long least) {
    awaitMaker(
        use,
        () -> fitting(least) >= needed,
        () -> {
          beyondLimits |= !use.keepsLimits();
          want(needed + ready.size() - fitting(least));
        });
  }

  private static long size(LogFile file) {
    return file.memory().byteSize();
  }

  /** How many of the files are long enough. */
  private int fitting(long least) {
    int count = 0;
    for (LogFile file : ready) {
      count += size(file) >= least ? 1 : 0;
    }
    return count;
  }

  /**
   * Makes files as long as there is room for, until enough are ready.
   *
   * @return whether they are; for the first put of an epoch one is enough
   */
  private boolean makeEnough(SpareUse use, int needed, long least) {
    awaitIdle();
    int missing = needed - fitting(least);
    while (missing > 0 && !closed && makeSmaller(use, missing, least)) {
      missing--;
    }
    return !closed && (missing <= 0 || (use == SpareUse.BEGIN && fitting(least) > 0));
  }

  private boolean makeSmaller(SpareUse use, int missing, long least) {
    LongPredicate mayTake = bytes -> !use.keepsLimits() || room.check(bytes) == null;
    @Nullable LogFile made =
        ShorterSegment.make(directory, this::newId, mayTake, segmentBytes, least, missing);
    if (made != null) {
      ready.addLast(made);
    }
    return made != null;
  }

  /** Waits until no file is being made, whose id would come before that of a newer one. */
  private void awaitIdle() {
    boolean interrupted = false;
    while (making) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Deletes files that were made in fast times, when nobody took one for a while. */
  void trim() {
    var unneeded = new ArrayList<LogFile>();
    synchronized (this) {
      boolean idle = System.nanoTime() - takenAtNanos > FAST_NANOS;
      if (wanted > 1 && idle && !isScarce()) {
        wanted = 1;
        while (ready.size() > 1) {
          unneeded.add(ready.removeLast());
        }
      }
    }
    unneeded.forEach(this::discard);
  }

  private int needed(SpareUse use) {
    return scarce ? use.needed : 1;
  }

  private boolean isScarce() {
    try {
      long many = SCARCE_SEGMENTS * segmentBytes;
      return room.check(many) != null || directory.freeBytes() < many;
    } catch (IOException e) {
      return true;
    }
  }

  /**
   * Makes a file for a record or batch that no ordinary segment can hold. Files that were ready go,
   * since ids grow along the log.
   *
   * @param use as for {@link #take}
   */
  synchronized LogFile takeLarge(long bytes, SpareUse use) {
    awaitMaker(
        use,
        () -> large != null,
        () -> {
          beyondLimits |= !use.keepsLimits();
          largeBytes = bytes;
          notifyAll();
        });
    LogFile file = java.util.Objects.requireNonNull(large);
    large = null;
    return file;
  }

  private void awaitMaker(SpareUse use, BooleanSupplier made, Runnable ask) {
    if (!use.keepsLimits()) {
      limit = null;
    }
    if (maker == null || System.nanoTime() - refusedAtNanos > RETRY_NANOS) {
      // Room may have come back since: try again before refusing.
      failure = null;
      limit = null;
    }
    boolean interrupted = false;
    while (!made.getAsBoolean()) {
      if (closed) {
        throw new KvException.Closed("the store");
      }
      if (limit != null) {
        largeBytes = 0;
        throw limit;
      }
      if (failure != null) {
        largeBytes = 0;
        throw full(failure);
      }
      ask.run();
      if (maker == null) {
        makeOne();
        continue;
      }
      isLate = true;
      LockSupport.unpark(maker);
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private KvException full(IOException cause) {
    if (cause.getCause() instanceof KvException.IoFailed lost) {
      // Not for want of room: the directory has another owner by now.
      return lost;
    }
    if (StoreFiles.isDenied(cause)) {
      return StoreFiles.failed(
          directory.location(), "takes no new file, and nothing was written", cause);
    }
    return new KvException.StoreFull(
        "the volume of " + directory.location(),
        -1,
        "nothing was written; free some space (deletes, purges and compaction still work): "
            + cause.getMessage(),
        cause);
  }

  /** The next id whose slot is free; -1 when all slots are taken. */
  private long newId() {
    for (int tries = 0; tries < Segment.SLOTS && nextId <= Segment.MAX_ID; tries++) {
      if (slotIsFree.test(nextId++)) {
        return nextId - 1;
      }
    }
    return -1;
  }

  private void makeFiles() {
    while (true) {
      synchronized (this) {
        while (!closed && !hasWork()) {
          try {
            wait();
          } catch (InterruptedException e) {
            // Nobody but close() ends this thread.
          }
        }
        if (closed) {
          return;
        }
      }
      try {
        makeOne();
      } catch (RuntimeException | Error e) {
        LOG.error("{}: cannot make a segment", directory.location(), e);
        refuse(new IOException(e));
      }
    }
  }

  private boolean hasWork() {
    return failure == null && limit == null && (ready.size() < wanted || largeBytes > 0);
  }

  private void makeOne() {
    long id;
    long bytes;
    @Nullable KvException full;
    synchronized (this) {
      bytes = largeBytes > 0 ? largeBytes : segmentBytes;
      full = room.check(bytes);
      limit = beyondLimits ? null : full;
      beyondLimits = false;
      id = limit == null ? newId() : -1;
      if (id < 0) {
        limit = limit == null ? Limits.segments(segmentBytes) : limit;
        state.lost("a segment", limit);
        refusedAtNanos = System.nanoTime();
        notifyAll();
        return;
      }
      making = true;
    }
    try {
      accept(directory.create(name(Log.WAL_FOLDER, id), bytes), bytes);
      if (full == null) {
        state.found();
      }
    } catch (IOException e) {
      state.lost("a segment of " + bytes + " bytes", e);
      refuse(e);
    }
  }

  private synchronized void accept(LogFile file, long bytes) {
    making = false;
    if (closed) {
      discard(file);
    } else if (bytes == largeBytes) {
      largeBytes = 0;
      large = file;
      ready.forEach(this::discard);
      ready.clear();
    } else {
      ready.addLast(file);
    }
    isLate = false;
    notifyAll();
  }

  private synchronized void refuse(IOException cause) {
    making = false;
    failure = cause;
    refusedAtNanos = System.nanoTime();
    notifyAll();
  }

  /** Bytes of files that are ready. */
  synchronized long bytes() {
    long bytes = 0;
    for (LogFile file : ready) {
      bytes += size(file);
    }
    return bytes;
  }

  private void discard(LogFile file) {
    try {
      file.close();
      directory.delete(file.name());
    } catch (IOException e) {
      LOG.warn("{}: cannot delete the spare {}", directory.location(), file.name(), e);
    }
  }

  /** Ends the thread and deletes what is ready, but for what room may be missing for later. */
  @Override
  public void close() {
    close(false);
  }

  /**
   * Ends the thread.
   *
   * @param keep whether what deletes and compaction may need is left for the next owner; it is also
   *     where room is scarce
   */
  void close(boolean keep) {
    int kept = maker != null && (keep || isScarce()) ? SpareUse.DELETE.needed : 0;
    synchronized (this) {
      closed = true;
      isLate = true;
      notifyAll();
    }
    if (maker != null) {
      Threads.join(maker);
    }
    synchronized (this) {
      while (ready.size() > kept) {
        discard(ready.removeLast());
      }
      ready.forEach(this::release);
      ready.clear();
    }
  }

  private void release(LogFile file) {
    try {
      file.close();
    } catch (IOException e) {
      LOG.warn("{}: cannot close the spare {}", directory.location(), file.name(), e);
    }
  }
}

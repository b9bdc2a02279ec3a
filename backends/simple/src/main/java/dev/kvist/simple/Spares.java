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
 * them, a spare is left for deletes, purges and compaction.
 */
final class Spares implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Spares.class);

  /** Who takes a file, with how many must be ready then: the others of them are left. */
  enum Use {
    /** What compaction keeps: gives back more than it takes. */
    COMPACTION(1),
    /** Deletes and purges: must not take the last one, or nothing would ever give space back. */
    DELETE(2),
    PUT(3);

    /** Where room is scarce; elsewhere one is enough, since others can be made any time. */
    private final int needed;

    Use(int needed) {
      this.needed = needed;
    }
  }

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
  private final @Nullable Thread maker;

  private final Deque<LogFile> ready = new ArrayDeque<>();
  private @Nullable LogFile large;

  private boolean scarce = true;

  /** The size of the large file that is asked for; 0 for none. */
  private long largeBytes;

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
    want(needed(Use.PUT));
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
   * @throws KvException.StoreFull when no more can be made
   */
  synchronized LogFile take(Use use) {
    scarce = maker == null || isScarce();
    int needed = needed(use);
    awaitMaker(
        use,
        () -> ready.size() >= needed,
        () -> {
          beyondLimits |= use != Use.PUT;
          want(needed);
        });
    LogFile file = ready.removeFirst();
    long now = System.nanoTime();
    wanted = now - takenAtNanos < FAST_NANOS && !scarce ? FAST_AHEAD : Math.max(1, wanted - 1);
    takenAtNanos = now;
    isLate = wanted == FAST_AHEAD && ready.isEmpty();
    notifyAll();
    return file;
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

  private int needed(Use use) {
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
  synchronized LogFile takeLarge(long bytes, Use use) {
    awaitMaker(
        use,
        () -> large != null,
        () -> {
          beyondLimits |= use != Use.PUT;
          largeBytes = bytes;
          notifyAll();
        });
    LogFile file = java.util.Objects.requireNonNull(large);
    large = null;
    return file;
  }

  private void awaitMaker(Use use, BooleanSupplier made, Runnable ask) {
    if (use != Use.PUT) {
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
    return new KvException.StoreFull(
        "the volume of " + directory.location(),
        -1,
        "nothing was written; free some space (deletes, purges and compaction still work): "
            + cause.getMessage(),
        cause);
  }

  /** The next id whose slot is free; -1 when all slots are taken. */
  private long newId() {
    for (int tries = 0; tries < Segment.SLOTS; tries++) {
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
    synchronized (this) {
      bytes = largeBytes > 0 ? largeBytes : segmentBytes;
      limit = beyondLimits ? null : room.check(bytes);
      beyondLimits = false;
      if (limit != null) {
        refusedAtNanos = System.nanoTime();
        notifyAll();
        return;
      }
      id = newId();
      if (id < 0) {
        limit =
            new KvException.StoreFull(
                "the number of segments",
                (long) Segment.SLOTS * segmentBytes,
                "delete and compact, or move the data to a store with a larger segment_size",
                null);
        refusedAtNanos = System.nanoTime();
        notifyAll();
        return;
      }
    }
    try {
      accept(directory.create(name(Log.WAL_FOLDER, id), bytes), bytes);
    } catch (IOException e) {
      LOG.error("{}: cannot make a segment of {} bytes", directory.location(), bytes, e);
      refuse(e);
    }
  }

  private synchronized void accept(LogFile file, long bytes) {
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
    failure = cause;
    refusedAtNanos = System.nanoTime();
    notifyAll();
  }

  /** Bytes of files that are ready. */
  synchronized long bytes() {
    return (long) ready.size() * segmentBytes;
  }

  private void discard(LogFile file) {
    try {
      file.close();
      directory.delete(file.name());
    } catch (IOException e) {
      LOG.warn("{}: cannot delete the spare {}", directory.location(), file.name(), e);
    }
  }

  /** Ends the thread and deletes what is ready. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      isLate = true;
      notifyAll();
    }
    if (maker != null) {
      Threads.join(maker);
    }
    synchronized (this) {
      ready.forEach(this::discard);
      ready.clear();
    }
  }
}

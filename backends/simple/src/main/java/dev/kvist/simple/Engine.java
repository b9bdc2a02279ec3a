package dev.kvist.simple;

import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvObserver;
import dev.kvist.Kvist;
import dev.kvist.Version;
import dev.kvist.spi.Clock;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.WatchSignal;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open store: its parts, point reads, and its state. How it works:
 *
 * <p>A write appends a record to the {@link Log} under one lock and points the {@link HashIndex} at
 * it. A read asks the index, without a lock, and copies the record out of the mapped log. Scans get
 * the order of keys from {@link KeyRuns} and the truth about each key from the index. Watches read
 * the log. {@link Compaction} moves what is still current out of old segments. The index lies in
 * mapped files: after a kill it is as the process left it; after a power loss it is built anew from
 * the log, which alone is what must not be lost.
 */
final class Engine {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
  private static final int SPINS = 300;
  private static final long LOOK_AGAIN_NANOS = 20_000;
  private static final int LOOKS_AT_DAMAGE = 100;

  final LogDirectory directory;
  final Settings settings;
  final KvObserver observer;

  final Clock clock;
  final Log log;
  final HashIndex index;
  final KeyRuns runs;
  final Deadlines deadlines = new Deadlines();
  final Tally tally;
  final Traffic traffic = new Traffic();
  final WatchSignal signal = new WatchSignal();
  final OpenWatches watches = new OpenWatches();

  final KeyOrder order = new KeyOrder(this);

  private final ReentrantLock lock = new ReentrantLock();
  private final ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();
  private final long seed;
  private volatile boolean closed;
  private volatile @Nullable Throwable failure;

  Engine(
      LogDirectory directory,
      Settings settings,
      KvObserver observer,
      Clock clock,
      Log log,
      HashIndex index,
      KeyRuns runs) {
    this.directory = directory;
    this.settings = settings;
    this.observer = observer;
    this.clock = clock;
    this.log = log;
    this.index = index;
    this.runs = runs;
    this.seed = index.seed();
    this.tally = new Tally(index);
  }

  // --- state ------------------------------------------------------------------------------------

  /**
   * Takes the lock of the appender. Holders do little, so that spinning mostly saves a thread
   * switch. Waiters look again by themselves rather than queue: the head of a queue may be a
   * virtual thread without a carrier to run on, and nobody should wait for it.
   */
  void lock() {
    boolean interrupted = false;
    for (int i = 0; !lock.tryLock(); i++) {
      if (i < SPINS) {
        Thread.onSpinWait();
      } else {
        // An interrupted thread could not park: the flag is put back once the lock is held.
        interrupted |= Thread.interrupted();
        LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  void unlock() {
    lock.unlock();
  }

  boolean isClosed() {
    return closed;
  }

  void markClosed() {
    closed = true;
  }

  void checkOpen() {
    if (closed) {
      throw new KvException.Closed("the store " + directory.location());
    }
  }

  void checkWritable() {
    checkOpen();
    @Nullable Throwable cause = failure;
    if (cause != null) {
      String since =
          cause instanceof KvException
              ? " refuses writes: "
              : " refuses writes since its device failed; open it again when that is mended: ";
      throw new KvException.IoFailed(
          Effect.NONE, directory.location() + since + cause.getMessage(), cause);
    }
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** Tells who closes the store that it had failed, since nobody may have written after that. */
  void throwFailure() {
    @Nullable Throwable cause = failure;
    if (cause != null) {
      String after = cause instanceof KvException ? "it stopped writing" : "its device failed";
      throw new KvException.IoFailed(
          Effect.UNKNOWN,
          directory.location()
              + " was closed after "
              + after
              + "; what was not synced before may be lost: "
              + cause.getMessage(),
          cause);
    }
  }

  /** From now on writes are refused: what the device holds is not known any more. */
  void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
      LOG.error(
          "{}: a write failed; the store refuses writes from now on", directory.location(), cause);
    }
  }

  /** The counter of the newest record. */
  long counter() {
    lock();
    try {
      return log.counter();
    } finally {
      unlock();
    }
  }

  long hash(int bucket, byte[] key) {
    return KeyHash.hash(bucket, key, seed);
  }

  /** Free bytes of the volume; -1 when they cannot be told. */
  long freeBytes() {
    try {
      return directory.freeBytes();
    } catch (IOException e) {
      return -1;
    }
  }

  // --- buckets ----------------------------------------------------------------------------------

  /** The bucket of a name; null when there never was one. */
  @Nullable Bucket bucket(String name) {
    @Nullable Bucket known = buckets.get(name);
    if (known != null) {
      return known;
    }
    byte @Nullable [] definition = get(Bucket.DIRECTORY, Kvist.utf8(name));
    if (definition == null) {
      return null;
    }
    Bucket read = Bucket.read(name, definition);
    @Nullable Bucket raced = buckets.putIfAbsent(name, read);
    return raced == null ? read : raced;
  }

  void remember(Bucket bucket) {
    buckets.put(bucket.name, bucket);
  }

  // --- point reads ------------------------------------------------------------------------------

  /** What a read does with a record that it found, checked and current. */
  interface Found<T> {
    @Nullable T read(
        Segment segment, MemorySegment memory, long offset, long lengths, Scratch scratch);
  }

  /**
   * Brings the place where a key's slot would be into the cache, so that the lock is held the
   * shorter.
   */
  void touchIndex(long hash) {
    try {
      index.prefetch(hash);
    } catch (InternalError e) {
      throw unreadable(e);
    } catch (IllegalStateException e) {
      checkOpen();
      throw e;
    }
  }

  /** The value of a live key; null when there is none. */
  byte @Nullable [] get(int bucket, byte[] key) {
    long hash = hash(bucket, key);
    while (true) {
      try {
        long position = lookUp(hash, bucket, key);
        if (position == HashIndex.NONE) {
          checkOpen();
          return null;
        }
        Segment segment = log.at(position);
        MemorySegment memory = segment.memory();
        long offset = Segment.offset(position);
        long lengths = RecordLayout.lengths(memory, offset);
        Scratch scratch = Scratch.get();
        byte @Nullable [] stored = RecordReader.value(segment, memory, offset, lengths, scratch);
        if (stored != null) {
          return isLive(memory, offset, lengths)
              ? RecordReader.plain(stored, RecordLayout.flags(lengths), segment, offset)
              : null;
        }
        throwIfStill(hash, bucket, key, position, segment, offset);
      } catch (Log.SegmentGone | IllegalStateException e) {
        checkOpen();
      } catch (InternalError e) {
        throw unreadable(e);
      }
    }
  }

  /** Whether a record is a value whose deadline has not come. */
  boolean isLive(MemorySegment memory, long offset, long lengths) {
    return RecordLayout.type(lengths) == RecordLayout.PUT
        && ((RecordLayout.flags(lengths) & RecordLayout.DEADLINE) == 0
            || RecordLayout.deadline(memory, offset, lengths) > clock.now());
  }

  /** Whether the key is live. Its header is checked, its value not read. */
  boolean exists(int bucket, byte[] key) {
    @Nullable Boolean live =
        find(
            bucket,
            key,
            (segment, memory, offset, lengths, scratch) -> isLive(memory, offset, lengths));
    return live != null && live;
  }

  /**
   * The record of a key; an expired value is absent. Takes the key without a copy.
   *
   * @param markers whether a marker is returned as well
   */
  @Nullable KvEntry entry(String bucketName, int bucket, byte[] key, boolean markers) {
    return find(
        bucket,
        key,
        (segment, memory, offset, lengths, scratch) -> {
          int type = RecordLayout.type(lengths);
          if (type != RecordLayout.PUT) {
            return markers
                ? KvEntry.marker(
                    bucketName,
                    key,
                    version(memory, offset),
                    RecordLayout.writtenAt(memory, offset),
                    kind(type))
                : null;
          }
          if (!isLive(memory, offset, lengths)) {
            return null;
          }
          byte @Nullable [] stored = RecordReader.value(segment, memory, offset, lengths, scratch);
          if (stored == null) {
            throw damaged(segment, offset);
          }
          int flags = RecordLayout.flags(lengths);
          return KvEntry.value(
              bucketName,
              key,
              RecordReader.plain(stored, flags, segment, offset),
              version(memory, offset),
              RecordLayout.writtenAt(memory, offset),
              RecordLayout.deadline(memory, offset, lengths),
              (flags & RecordLayout.PAIR) != 0);
        });
  }

  /**
   * The deadline of a live key, {@link KvEntry#NEVER} without one; null when the key is not live.
   */
  @Nullable Long deadline(int bucket, byte[] key) {
    return find(
        bucket,
        key,
        (segment, memory, offset, lengths, scratch) ->
            isLive(memory, offset, lengths)
                ? RecordLayout.deadline(memory, offset, lengths)
                : null);
  }

  static KvEntry.Kind kind(int type) {
    return type == RecordLayout.PURGE ? KvEntry.Kind.PURGED : KvEntry.Kind.DELETED;
  }

  static Version version(MemorySegment memory, long offset) {
    return Version.of(
        RecordLayout.epoch(memory, offset) & 0xFFFFFFFFL, RecordLayout.counter(memory, offset));
  }

  /** Finds the newest record of a key, checks its header, and reads it; null when there is none. */
  <T> @Nullable T find(int bucket, byte[] key, Found<T> found) {
    long hash = hash(bucket, key);
    while (true) {
      try {
        long position = lookUp(hash, bucket, key);
        if (position == HashIndex.NONE) {
          checkOpen();
          return null;
        }
        Segment segment = log.at(position);
        MemorySegment memory = segment.memory();
        long offset = Segment.offset(position);
        long lengths = RecordLayout.lengths(memory, offset);
        Scratch scratch = Scratch.get();
        if (RecordReader.headerIsIntact(segment, memory, offset, lengths, scratch)) {
          return found.read(segment, memory, offset, lengths, scratch);
        }
        throwIfStill(hash, bucket, key, position, segment, offset);
      } catch (Log.SegmentGone | IllegalStateException e) {
        checkOpen();
      } catch (InternalError e) {
        throw unreadable(e);
      }
    }
  }

  /** A record that a writer is just taking back looks damaged for a moment. */
  private long lookUp(long hash, int bucket, byte[] key) {
    for (int tries = 0; ; tries++) {
      try {
        return index.find(hash, bucket, key, log);
      } catch (KvException.Corrupted e) {
        if (tries == LOOKS_AT_DAMAGE) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }

  /** Damage is real only if the key still points there; else compaction was faster. */
  private void throwIfStill(
      long hash, int bucket, byte[] key, long position, Segment segment, long offset) {
    if (lookUp(hash, bucket, key) == position) {
      throw damaged(segment, offset);
    }
  }

  KvException.Corrupted damaged(Segment segment, long offset) {
    return log.damaged(segment, offset);
  }

  /** The error of a caller who met a page that the operating system could not provide (K11). */
  KvException.IoFailed unreadable(InternalError cause) {
    LOG.error("{}: a mapped page could not be read", directory.location(), cause);
    return new KvException.IoFailed(
        Effect.NONE,
        directory.location() + ": the device did not give a mapped page; look at the system's log",
        cause);
  }

  /**
   * Brings what reads of these keys will need into the cache. One after the other they would wait
   * for memory twice each; here the processor waits for many places at once.
   */
  void readAhead(int bucket, List<byte[]> keys) {
    long[] places = new long[keys.size()];
    long read = 0;
    try {
      for (int i = 0; i < places.length; i++) {
        places[i] = hash(bucket, keys.get(i));
        read += index.prefetch(places[i]);
      }
      for (int i = 0; i < places.length; i++) {
        places[i] = index.guess(places[i]);
      }
      for (long position : places) {
        if (position != HashIndex.NONE) {
          read += log.touch(position);
        }
      }
    } catch (Log.SegmentGone | IllegalStateException e) {
      // Compaction was faster, or the store was closed: the reads themselves will tell.
    }
    Scratch.get().touched = read;
  }

  /** Whether the index points at the record of a position. */
  boolean isCurrent(long position) {
    Segment segment = log.at(position);
    RecordCursor record = new RecordCursor(segment, Segment.offset(position), false, Scratch.get());
    return record.next(segment.capacity()) && isCurrent(record);
  }

  boolean isCurrent(RecordCursor record) {
    return index.holds(hash(record.bucket(), record.key()), record.position());
  }

  /** Frees everything. Nothing may use the engine any more but readers, who get {@code Closed}. */
  void close(boolean clean) throws IOException {
    order.settle();
    try {
      closeRuns(clean);
    } finally {
      // Also when that failed: else the directory had an owner until the process ends.
      closeRest(clean);
    }
  }

  /** The order of the keys can be made again from the log: a full disk must not spoil the close. */
  private void closeRuns(boolean clean) throws IOException {
    if (!clean) {
      runs.close();
      return;
    }
    try {
      runs.closeCleanly(order.upTo());
    } catch (IOException e) {
      LOG.warn(
          "{}: the order of the newest keys is not kept; the next open makes it again",
          directory.location(),
          e);
    }
  }

  private void closeRest(boolean clean) throws IOException {
    try {
      index.close(clean);
    } finally {
      deadlines.close();
      log.close();
      directory.close();
    }
  }
}

package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The ordered side of the index: a superset of the live keys, in order, for scans.
 *
 * <p>The writer only notes the log position of each new key. The next scan reads the keys at those
 * positions, sorts them and <em>freezes</em> them into a small immutable run; a page is the merge
 * of a few runs. Small runs are merged by scans themselves, all others by {@link #maintain} in the
 * background, which also drops keys that died. A run of some size is a file, so that it takes no
 * anonymous memory and that an open after a clean close rebuilds nothing.
 *
 * <pre>
 *   positions ==KeyFreezer==  fresh runs  ==RunSettler==  settled runs, in files
 *                                 |                               |
 *                                 +---- RunList, the RunSet of ---+
 *                                       the moment: RunMerge, page
 * </pre>
 *
 * <p>Threads: {@link #add} and {@link #died} are called by one writer at a time, all else by any
 * thread. A page holds nothing when it returns. The lock of maintenance comes before that of the
 * {@link RunList}.
 */
final class KeyRuns {
  /** Values of {@link #pressure}. */
  static final int LATE = 1;

  static final int BEHIND = 4;
  static final int FULL = 8;

  private static final long MOST_BYTES =
      Math.clamp(Runtime.getRuntime().maxMemory() / 2, 16 << 20, 256 << 20);
  private static final int BUCKET = KeyBatch.BUCKET_BYTES;
  private static final long CLOSE_POLL_NANOS = 50_000;

  private final KeySource source;
  private final AddedPositions added = new AddedPositions();
  private final RunMemory memory = new RunMemory();
  private final @Nullable RunFiles files;
  private final RunList list;
  private final KeyFreezer freezer;
  private final RunSettler settler;
  private final ReentrantLock maintenance = new ReentrantLock();

  private KeyRuns(@Nullable RunFiles files, KeySource source) throws IOException {
    this.source = source;
    this.files = files;
    list = new RunList(files == null ? List.of() : files.load());
    freezer = new KeyFreezer(source, added, memory, list);
    settler = new RunSettler(source, freezer, memory, files, list);
  }

  /**
   * Opens the runs of a store. Afterwards the engine adds each key that is new at or after {@link
   * #coversTo}.
   *
   * @param directory where runs are kept; null keeps them in memory
   * @param writable false reads what is in the directory, and leaves it as it is
   * @param storeId that of the log: files made for another are not used
   */
  static KeyRuns open(
      @Nullable LogDirectory directory, boolean writable, long storeId, KeySource source)
      throws IOException {
    return new KeyRuns(
        directory == null ? null : new RunFiles(directory, writable, storeId), source);
  }

  /** The log sequence below which the files have all keys; 0 when there are none. */
  long coversTo() {
    return settler.coversTo();
  }

  /** The names of the files that {@link #open} could not use. */
  List<String> discarded() {
    return files == null ? List.of() : List.copyOf(files.discarded());
  }

  /**
   * Notes that the record at {@code position} has a key that is new. By the writer, when {@link
   * KeySource} knows it.
   */
  void add(long position) {
    added.add(position);
  }

  /** Notes that a key does not live any more. By the writer. */
  void died() {
    settler.died();
  }

  /**
   * Up to {@code limit} keys of a bucket in unsigned byte order, a shorter key before its
   * extensions; fewer only when there are no more. Each comes once. They include every key that was
   * added before the call and lives, and maybe others.
   *
   * @param low null for no bound
   * @param high null for no bound
   * @param reversed from {@code high} down to {@code low}
   * @throws KvException.Corrupted when a file is damaged; see {@link #isDamaged}
   * @throws KvException.Closed after {@link #close}
   */
  List<byte[]> page(
      int bucket,
      byte @Nullable [] low,
      boolean lowInclusive,
      byte @Nullable [] high,
      boolean highInclusive,
      boolean reversed,
      int limit) {
    freezer.freeze();
    RunSet set = list.use();
    try {
      return KeyBounds.of(bucket, low, lowInclusive, high, highInclusive)
          .page(set.runs(), reversed, limit);
    } finally {
      set.release();
    }
  }

  /** Reads the keys that were added so far, so that the records at their positions may go. */
  void freeze() {
    freezer.freeze();
  }

  /** Whether {@link #maintain} has something to do. Cheap. */
  boolean wantsMaintenance() {
    return !list.isClosed() && settler.wantsToRun();
  }

  /**
   * What waits for {@link #maintain}, in parts of the native memory that it may take, which the JDK
   * bounds by the size of the heap: from {@link #LATE} on maintenance should go as fast as it can,
   * from {@link #BEHIND} on its writer should go slower, from {@link #FULL} on wait. Cheap.
   */
  int pressure() {
    return list.isClosed() ? 0 : (int) (FULL * settler.unsettledBytes() / MOST_BYTES);
  }

  /**
   * Settles what was added since the last time, when it is enough to be worth it, and drops dead
   * keys, when they are many. In the background: it may take seconds, while scans and writes go on.
   *
   * @param watermark a log sequence; the keys that are new below it were all added before this
   *     call. While that is not so, as during a rebuild, it is {@link #coversTo}
   * @throws IOException when a file cannot be made or deleted; no key is lost, and a later call
   *     tries again
   * @throws KvException.Corrupted when a file is damaged; see {@link #isDamaged}
   * @throws KvException.Closed after {@link #close}, also when that came meanwhile
   */
  void maintain(long watermark) throws IOException {
    maintenance.lock();
    try {
      settler.settle(watermark, false);
    } finally {
      maintenance.unlock();
    }
  }

  /**
   * Reads all runs and compares checksums. In the background.
   *
   * @return whether all are intact
   */
  boolean verify() {
    RunSet set = list.use();
    try {
      for (KeyRun run : set.runs()) {
        RunCursor.verify(run);
      }
      return true;
    } catch (KvException.Corrupted e) {
      return false;
    } finally {
      set.release();
    }
  }

  /**
   * How many of its keys live: as many as there are, unless one was missed. In the background.
   *
   * @throws KvException.Corrupted when a file is damaged; see {@link #isDamaged}
   */
  long countLive() {
    freezer.freeze();
    RunSet set = list.use();
    try {
      RunMerge merge = new RunMerge(set.runs(), false);
      byte[] last = new byte[0];
      long live = 0;
      for (merge.seekAll(); merge.isAtKey(); merge.advance()) {
        RunCursor at = merge.current();
        if (!Arrays.equals(last, 0, last.length, at.buffer(), at.start(), at.end())) {
          last = Arrays.copyOfRange(at.buffer(), at.start(), at.end());
          live +=
              source.isLive(KeyBatch.bucket(last, 0), last, BUCKET, last.length - BUCKET) ? 1 : 0;
        }
      }
      return live;
    } finally {
      set.release();
    }
  }

  /** Whether it has a key that was added before the call. Any thread. */
  boolean has(int bucket, byte[] key) {
    return !page(bucket, key, true, key, true, false, 1).isEmpty();
  }

  /**
   * Whether damage was found, by a page, a merge or {@link #verify}. Pages that meet it fail. The
   * engine then adds every live key again, calls {@link #forgetDamaged}, and asks for the page once
   * more.
   */
  boolean isDamaged() {
    return !list.isClosed() && list.now().runs().stream().anyMatch(KeyRun::isDamaged);
  }

  /**
   * Drops damaged runs and their files. When all live keys were added since the damage was found.
   */
  void forgetDamaged() throws IOException {
    maintenance.lock();
    try {
      freezer.freeze();
      settler.forgetDamaged();
    } finally {
      maintenance.unlock();
    }
  }

  /** The anonymous memory it holds, in bytes. */
  long memoryBytes() {
    return added.bytes() + memory.bytes();
  }

  /** How many files it has mapped. */
  long fileCount() {
    return files == null ? 0 : files.count();
  }

  /** The bytes of the files it has mapped. */
  long fileBytes() {
    return files == null ? 0 : files.bytes();
  }

  /** How many runs a page has to merge. */
  int runCount() {
    return list.now().runs().size();
  }

  /**
   * Writes all keys to files, so that {@link #coversTo} is the watermark at the next open, and
   * closes. When the writer has stopped; it waits for a merge that is running.
   *
   * @throws IOException when a file cannot be made; everything is freed all the same
   */
  void closeCleanly(long watermark) throws IOException {
    maintenance.lock();
    try {
      if (files != null && files.isWritable() && !list.isClosed()) {
        if (isDamaged()) {
          settler.forgetDamaged();
        } else {
          settler.settle(watermark, true);
        }
      }
    } finally {
      maintenance.unlock();
      close();
    }
  }

  /**
   * Frees everything. When the writer has stopped; it waits for the pages that are running.
   * Idempotent.
   */
  void close() throws IOException {
    settler.stop();
    maintenance.lock();
    try {
      if (list.isClosed()) {
        return;
      }
      list.close();
      added.close();
      // A page ends within microseconds, and the directory may be closed only after its files.
      while (memory.bytes() > 0 || fileBytes() > 0) {
        if (files != null) {
          files.closeRetired();
        }
        LockSupport.parkNanos(CLOSE_POLL_NANOS);
      }
    } finally {
      maintenance.unlock();
    }
  }
}

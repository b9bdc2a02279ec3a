package dev.kvist.spi;

import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A watch of an engine whose log is its change stream: the state by scans, then the log, read on
 * the consumer's own thread, so that a slow one costs nobody anything.
 *
 * <p>State-sync: note where the log ends; scan, passing over what was written after that; read the
 * log up to where it ends now, still without cursors; say caught-up. So every key comes in its
 * current value, and never older again.
 */
public final class ChangeWatch implements KvWatch {
  private final WatchSignal signal;
  private final LongAdder delivered;
  private final String bucketName;
  private final WatchScope scope;
  private final int failPast;
  private final ChangeReader reader;

  /** Counts what waits, ahead of {@link #reader}; null for a watch that blocks. */
  private final @Nullable ChangeReader ahead;

  private int waiting;
  private @Nullable Iterator<KvEntry> state;
  private boolean live;

  /**
   * The counter of the newest record that belongs to the state; while the state is not complete.
   */
  private long stateTo;

  private volatile @Nullable WatchCursor cursor;
  private @Nullable KvException failure;
  private volatile boolean closed;

  /**
   * A watch.
   *
   * @param signal what it waits for, of the store
   * @param delivered counts what is handed out
   * @param reader stands at the cursor of the options, or at the end of the log where they have
   *     none; the watch closes it
   * @param scans makes the scan of the entries with a prefix
   */
  public ChangeWatch(
      WatchSignal signal,
      LongAdder delivered,
      String bucketName,
      WatchScope scope,
      WatchOptions options,
      ChangeReader reader,
      Function<byte[], Iterator<KvEntry>> scans) {
    this.signal = signal;
    this.delivered = delivered;
    this.bucketName = bucketName;
    this.scope = scope;
    this.failPast = options.failPast();
    this.reader = reader;
    this.ahead = failPast == 0 ? null : reader.copy();
    this.cursor = options.cursor();
    this.live = options.start() != WatchOptions.Start.STATE;
    if (!live) {
      stateTo = reader.counter();
      state = new StateScan(scope.prefixes(), stateTo, scans);
    }
  }

  @Override
  public @Nullable KvUpdate next(Duration timeout) {
    checkUsable();
    try {
      @Nullable KvUpdate update = poll();
      if (update == null) {
        update = signal.await(timeout, bucketName, reader::hasNext, this::pollAgain);
      }
      if (update != null) {
        delivered.increment();
        if (update.cursor() != null) {
          cursor = update.cursor();
        }
      }
      return update;
    } catch (KvException.Timeout e) {
      throw e;
    } catch (KvException e) {
      // From now on every call gets this, unless it came of a close.
      checkUsable();
      failure = e;
      free();
      throw e;
    } catch (IllegalStateException e) {
      checkUsable();
      throw e;
    }
  }

  private void checkUsable() {
    if (closed) {
      throw new KvException.Closed("the watch of bucket " + bucketName);
    }
    reader.checkOpen();
    @Nullable KvException earlier = failure;
    if (earlier != null) {
      throw earlier;
    }
  }

  private @Nullable KvUpdate pollAgain() {
    checkUsable();
    return reader.hasNext() ? poll() : null;
  }

  // --- what comes next --------------------------------------------------------------------------

  private @Nullable KvUpdate poll() {
    try {
      Iterator<KvEntry> scan = state;
      if (scan != null) {
        if (scan.hasNext()) {
          return new KvUpdate.Put(scan.next(), null);
        }
        state = null;
        stateTo = reader.newest();
      }
      checkNotBehind();
      return read();
    } finally {
      reader.tell();
    }
  }

  private @Nullable KvUpdate read() {
    while (live || reader.counter() < stateTo || reader.more()) {
      if (!reader.next()) {
        if (live) {
          return null;
        }
        break;
      }
      if (reader.inScope()) {
        waiting--;
        return reader.update(live ? cursorBehind() : null);
      }
    }
    live = true;
    return new KvUpdate.CaughtUp(reader.cursor());
  }

  /** For a watch that fails rather than blocks: counts what it would still have to deliver. */
  private void checkNotBehind() {
    ChangeReader counting = ahead;
    if (counting == null) {
      return;
    }
    while (waiting <= failPast && counting.next()) {
      if (counting.inScope()) {
        waiting++;
      }
    }
    if (waiting > failPast) {
      throw new KvException.WatchFailed(
          "the consumer of a watch of bucket "
              + bucketName
              + " fell more than "
              + failPast
              + " updates behind; resume from the cursor, or give it a larger buffer",
          cursor,
          null);
    }
  }

  /** Of a batch only the last update in scope carries a cursor: the one behind the whole batch. */
  private @Nullable WatchCursor cursorBehind() {
    if (!reader.more()) {
      return reader.cursor();
    }
    ChangeReader rest = reader.rest();
    while (rest.next()) {
      if (rest.inScope()) {
        return null;
      }
      if (!rest.more()) {
        return rest.cursor();
      }
    }
    return null;
  }

  @Override
  public @Nullable WatchCursor cursor() {
    return cursor;
  }

  @Override
  public void close() {
    closed = true;
    free();
    signal.wakeAll();
  }

  private void free() {
    reader.close();
    if (ahead != null) {
      ahead.close();
    }
  }

  @Override
  public String toString() {
    return "watch of " + scope + " in bucket " + bucketName;
  }
}

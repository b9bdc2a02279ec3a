package dev.kvist.rocksdb;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Version;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.spi.StateScan;
import java.time.Duration;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A watch: the state by scans, then the write-ahead log, read on the consumer's own thread, so that
 * a slow one costs nobody anything.
 *
 * <p>State-sync: note where the log ends; scan, passing over what was written after that; read the
 * log up to where it ends now, still without cursors; say caught-up. So every key comes in its
 * current value, and never older again.
 */
final class WalWatch implements KvWatch {
  private final Store store;
  private final String bucketName;
  private final WatchScope scope;
  private final byte[][] prefixes;
  private final int failPast;
  private final WalReader stream;

  /** Counts what waits, ahead of {@link #stream}; null for a watch that blocks. */
  private final @Nullable WalReader ahead;

  private int waiting;
  private @Nullable Iterator<KvEntry> state;
  private boolean live;

  /** Whether more of a batch follows. */
  private boolean inBatch;

  /**
   * The counter of the newest record that belongs to the state; while the state is not complete.
   */
  private long stateTo;

  private volatile @Nullable WatchCursor cursor;

  /** The counter up to which the log was read, for those who ask how far behind this is. */
  private volatile long readTo;

  private @Nullable KvException failure;
  private volatile boolean closed;

  WalWatch(Store store, String bucketName, WatchScope scope, WatchOptions options) {
    this.store = store;
    this.bucketName = bucketName;
    this.scope = scope;
    this.prefixes = scope.prefixes().toArray(byte[][]::new);
    this.failPast = options.failPast();
    WatchCursor from = options.cursor();
    if (from != null && !store.epochs.has(from, store.writes.counter())) {
      throw new KvException.CursorExpired(
          from,
          "it is of a history that this store does not have: it was restored, or its end was lost in a crash");
    }
    this.stream = new WalReader(store, from == null ? store.writes.counter() : from.low());
    if (from != null) {
      // Whether the log reaches back so far is to be known now.
      stream.check();
    }
    this.ahead = failPast == 0 ? null : stream.copy();
    this.live = options.start() != WatchOptions.Start.STATE;
    if (!live) {
      stateTo = stream.at();
      state =
          new StateScan(
              scope.prefixes(),
              stateTo,
              prefix ->
                  ScanPages.entries(store, null, bucketName, KeyRange.prefix(prefix)).iterator());
    }
    if (options.start() == WatchOptions.Start.CURSOR) {
      cursor = from;
    }
    readTo = stream.at();
    store.watches.add(this);
  }

  /** The counter up to which it has read the log; from any thread. */
  long readTo() {
    return readTo;
  }

  @Override
  public @Nullable KvUpdate next(Duration timeout) {
    checkUsable();
    try {
      @Nullable KvUpdate update = poll();
      readTo = stream.at();
      if (update == null) {
        update = store.signal.await(timeout, bucketName, stream::hasNext, this::pollAgain);
      }
      if (update != null) {
        store.traffic.updatesDelivered.increment();
        if (update.cursor() != null) {
          cursor = update.cursor();
        }
      }
      return update;
    } catch (KvException.Timeout e) {
      throw e;
    } catch (KvException e) {
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
    store.checkOpen();
    @Nullable KvException earlier = failure;
    if (earlier != null) {
      throw earlier;
    }
  }

  private @Nullable KvUpdate pollAgain() {
    checkUsable();
    @Nullable KvUpdate update = stream.hasNext() ? poll() : null;
    readTo = stream.at();
    return update;
  }

  // --- what comes next --------------------------------------------------------------------------

  private @Nullable KvUpdate poll() {
    Iterator<KvEntry> scan = state;
    if (scan != null) {
      if (scan.hasNext()) {
        return new KvUpdate.Put(scan.next(), null);
      }
      state = null;
      stateTo = store.writes.counter();
    }
    checkNotBehind();
    while (live || stream.at() < stateTo || inBatch) {
      if (!stream.next()) {
        if (live) {
          return null;
        }
        break;
      }
      inBatch = stream.has(RecordLayout.MORE);
      if (inScope(stream)) {
        waiting--;
        return update();
      }
    }
    live = true;
    return new KvUpdate.CaughtUp(stream.cursor());
  }

  /** For a watch that fails rather than blocks: counts what it would still have to deliver. */
  private void checkNotBehind() {
    WalReader counting = ahead;
    if (counting == null) {
      return;
    }
    while (waiting <= failPast && counting.next()) {
      if (inScope(counting)) {
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

  private boolean inScope(WalReader reader) {
    if (!reader.isOf(bucketName)) {
      return false;
    }
    for (byte[] prefix : prefixes) {
      if (reader.keyStartsWith(prefix)) {
        return true;
      }
    }
    return prefixes.length == 0;
  }

  private KvUpdate update() {
    @Nullable WatchCursor behind = live ? cursorOf() : null;
    byte[] key = stream.key();
    Version version = store.epochs.version(stream.counter());
    return switch (stream.kind()) {
      case RecordLayout.VALUE ->
          new KvUpdate.Put(
              KvEntry.value(
                  bucketName,
                  key,
                  stream.value(),
                  version,
                  stream.writtenAt(),
                  stream.deadline(),
                  stream.has(RecordLayout.PAIR)),
              behind);
      case RecordLayout.PURGED -> new KvUpdate.Purge(key, version, stream.writtenAt(), behind);
      default ->
          new KvUpdate.Delete(
              key, version, stream.writtenAt(), stream.kind() == RecordLayout.EXPIRED, behind);
    };
  }

  /** Of a batch only the last update in scope carries a cursor: the one behind the whole batch. */
  private @Nullable WatchCursor cursorOf() {
    if (!stream.has(RecordLayout.MORE)) {
      return stream.cursor();
    }
    WalReader rest = stream.rest();
    while (rest.next()) {
      if (inScope(rest)) {
        return null;
      }
      if (!rest.has(RecordLayout.MORE)) {
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
    store.signal.wakeAll();
  }

  private void free() {
    store.watches.remove(this);
    stream.close();
    if (ahead != null) {
      ahead.close();
    }
  }

  @Override
  public String toString() {
    return "watch of " + scope + " in bucket " + bucketName;
  }
}

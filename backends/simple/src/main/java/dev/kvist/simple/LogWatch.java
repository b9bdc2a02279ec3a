package dev.kvist.simple;

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
 * A watch: the state by scans, then the change stream, read on the consumer's own thread, so that a
 * slow one costs nobody anything.
 *
 * <p>State-sync: note where the log ends; scan, passing over what was written after that; read the
 * log up to where it ends now, still without cursors; say caught-up. So every key comes in its
 * current value, and never older again.
 */
final class LogWatch implements KvWatch {
  private final Engine engine;
  private final String bucketName;
  private final WatchScope scope;
  private final byte[][] prefixes;
  private final int failPast;
  private final ChangeStream stream;

  /** Counts what waits, ahead of {@link #stream}; null for a watch that blocks. */
  private final @Nullable ChangeStream ahead;

  private final ChangeStream.Reading making = this::make;
  private final ChangeStream.Reading looking = this::look;

  /** What {@link #make} made of a record; null when it is out of scope. */
  private @Nullable KvUpdate made;

  /** What {@link #look} saw of a record: whether it is in scope, and whether its batch goes on. */
  private boolean seen;

  private boolean seenMore;

  private int waiting;
  private @Nullable Bucket bucket;
  private @Nullable Iterator<KvEntry> state;
  private boolean live;

  /**
   * The counter of the newest record that belongs to the state; while the state is not complete.
   */
  private long stateTo;

  private volatile @Nullable WatchCursor cursor;

  private volatile ChangeStream.Place place;
  private @Nullable KvException failure;
  private volatile boolean closed;

  LogWatch(Engine engine, String bucketName, WatchScope scope, WatchOptions options) {
    this.engine = engine;
    this.bucketName = bucketName;
    this.scope = scope;
    this.prefixes = scope.prefixes().toArray(byte[][]::new);
    this.failPast = options.failPast();
    WatchCursor from = options.cursor();
    this.stream = from == null ? ChangeStream.fromNow(engine) : ChangeStream.from(engine, from);
    this.place = stream.place();
    this.ahead = failPast == 0 ? null : stream.copy();
    this.live = options.start() != WatchOptions.Start.STATE;
    if (!live) {
      stateTo = stream.at().low();
      state =
          new StateScan(
              scope.prefixes(),
              stateTo,
              prefix ->
                  ScanPages.entries(engine, null, bucketName, KeyRange.prefix(prefix)).iterator());
    }
    if (options.start() == WatchOptions.Start.CURSOR) {
      cursor = from;
    }
    engine.watches.add(this);
  }

  @Override
  public @Nullable KvUpdate next(Duration timeout) {
    checkUsable();
    try {
      @Nullable KvUpdate update = poll();
      if (update == null) {
        update = engine.signal.await(timeout, bucketName, stream::hasNext, this::pollAgain);
      }
      if (update != null) {
        engine.traffic.updatesDelivered.increment();
        if (update.cursor() != null) {
          cursor = update.cursor();
        }
      }
      return update;
    } catch (KvException.Timeout e) {
      throw e;
    } catch (KvException e) {
      throw endedBy(e);
    } catch (InternalError e) {
      throw endedBy(engine.unreadable(e));
    } catch (IllegalStateException e) {
      checkUsable();
      throw e;
    } finally {
      place = stream.place();
    }
  }

  /** From now on every call gets this error, unless it came of a close. */
  private KvException endedBy(KvException cause) {
    checkUsable();
    failure = cause;
    engine.watches.remove(this);
    return cause;
  }

  private void checkUsable() {
    if (closed) {
      throw new KvException.Closed("the watch of bucket " + bucketName);
    }
    engine.checkOpen();
    @Nullable KvException earlier = failure;
    if (earlier != null) {
      throw earlier;
    }
  }

  private @Nullable KvUpdate pollAgain() {
    checkUsable();
    @Nullable KvUpdate update = stream.hasNext() ? poll() : null;
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
      stateTo = engine.counter();
    }
    checkNotBehind();
    while (live || stream.at().low() < stateTo) {
      if (!stream.next(making)) {
        if (live) {
          place = stream.place();
          return null;
        }
        break;
      }
      @Nullable KvUpdate update = made;
      if (update != null) {
        waiting--;
        return update;
      }
    }
    live = true;
    return new KvUpdate.CaughtUp(stream.at());
  }

  /** For a watch that fails rather than blocks: counts what it would still have to deliver. */
  private void checkNotBehind() {
    ChangeStream counting = ahead;
    if (counting == null) {
      return;
    }
    while (waiting <= failPast && counting.next(looking)) {
      if (seen) {
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

  private void make(RecordCursor record) {
    made = matches(record) ? update(record) : null;
  }

  private void look(RecordCursor record) {
    seen = matches(record);
    seenMore = record.has(RecordLayout.MORE);
  }

  private boolean matches(RecordCursor record) {
    if (record.type() > RecordLayout.PURGE) {
      return false;
    }
    Bucket known = bucket;
    if (known == null) {
      // Its definition stands in the log before its first record.
      known = engine.bucket(bucketName);
      if (known == null) {
        return false;
      }
      bucket = known;
    }
    if (record.bucket() != known.id) {
      return false;
    }
    for (byte[] prefix : prefixes) {
      if (record.keyStartsWith(prefix)) {
        return true;
      }
    }
    return prefixes.length == 0;
  }

  private KvUpdate update(RecordCursor record) {
    @Nullable WatchCursor behind = live ? cursorOf(record) : null;
    byte[] key = record.key();
    Version version = Version.of(record.epoch() & 0xFFFFFFFFL, record.counter());
    return switch (record.type()) {
      case RecordLayout.PUT -> new KvUpdate.Put(entry(record, key, version), behind);
      case RecordLayout.PURGE -> new KvUpdate.Purge(key, version, record.writtenAt(), behind);
      default ->
          new KvUpdate.Delete(
              key, version, record.writtenAt(), record.type() == RecordLayout.EXPIRE, behind);
    };
  }

  private KvEntry entry(RecordCursor record, byte[] key, Version version) {
    byte[] stored = record.checkedValue();
    return KvEntry.value(
        bucketName,
        key,
        RecordReader.plain(stored, record.flags(), record.segment, record.offset()),
        version,
        record.writtenAt(),
        record.deadline(),
        record.has(RecordLayout.PAIR));
  }

  /** Of a batch only the last update in scope carries a cursor: the one behind the whole batch. */
  private @Nullable WatchCursor cursorOf(RecordCursor record) {
    if (!record.has(RecordLayout.MORE)) {
      return stream.at();
    }
    ChangeStream rest = stream.copy();
    while (rest.next(looking)) {
      if (seen) {
        return null;
      }
      if (!seenMore) {
        return rest.at();
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
    engine.watches.remove(this);
    engine.signal.wakeAll();
  }

  /** How far it has read. By any thread. */
  ChangeStream.Place place() {
    return place;
  }

  @Override
  public String toString() {
    return "watch of " + scope + " in bucket " + bucketName;
  }
}

package dev.kvist.tck;

import dev.kvist.Capability;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A watch of a reference store: reads the change stream as its consumer asks. */
final class ReferenceWatch implements KvWatch {
  private final ReferenceConnection connection;
  private final ReferenceData data;
  private final String bucket;
  private final WatchScope scope;
  private final int failPast;
  private final Deque<KvUpdate> ready = new ArrayDeque<>();
  private long position;
  private @Nullable WatchCursor cursor;
  private @Nullable KvException failure;
  private boolean closed;

  private ReferenceWatch(
      ReferenceConnection connection, String bucket, WatchScope scope, WatchOptions options) {
    this.connection = connection;
    this.data = connection.data;
    this.bucket = bucket;
    this.scope = scope;
    this.failPast = options.failPast();
  }

  static KvWatch open(
      ReferenceConnection connection, String bucket, WatchScope scope, WatchOptions options) {
    if (scope.prefixes().size() > 1) {
      connection.need(Capability.WATCH_PREFIXES);
    }
    return connection.locked(() -> {
      var watch = new ReferenceWatch(connection, bucket, scope, options);
      watch.start(options);
      return watch;
    });
  }

  private void start(WatchOptions options) {
    position = data.end();
    switch (options.start()) {
      case STATE -> {
        for (KvEntry entry : data.buckets.getOrDefault(bucket, new TreeMap<>()).values()) {
          if (connection.live(entry) && scope.matches(entry.key())) {
            int times =
                connection.defect == Defect.PREFIX_OVERLAP_TWICE
                    ? Math.max(1, scope.prefixes().size())
                    : 1;
            for (int i = 0; i < times; i++) {
              ready.add(copy(new KvUpdate.Put(entry, null), null));
            }
          }
        }
        if (connection.defect == Defect.GAP_AFTER_STATE) {
          data.letOthersIn();
          position = data.end();
        }
        ready.add(new KvUpdate.CaughtUp(cursor(position)));
      }
      case CURSOR -> {
        connection.need(Capability.WATCH_CURSOR);
        WatchCursor from = Changes.present(options.cursor(), "the cursor");
        boolean known =
            from.high() == data.epoch && Long.compareUnsigned(from.low(), data.end()) <= 0;
        if (!known && connection.defect != Defect.FUTURE_CURSOR_WAITS) {
          throw new KvException.CursorExpired(from, "it is not of this store");
        }
        position = known ? from.low() : data.end();
        checkPosition(from);
        cursor = from;
        if (connection.defect == Defect.RESUME_DROPS
            && position < data.end()
            && position % 7 == 3) {
          position++;
        }
      }
      case NOW -> {}
    }
  }

  private WatchCursor cursor(long at) {
    return WatchCursor.of(data.epoch, at);
  }

  private void checkPosition(WatchCursor from) {
    if (position >= data.forgotten) {
      return;
    }
    if (connection.defect == Defect.OVERTAKEN_CURSOR_SKIPS) {
      position = data.forgotten;
      return;
    }
    throw new KvException.CursorExpired(from, "retention overtook it");
  }

  @Override
  public KvUpdate next() {
    return Changes.present(next(Duration.ofDays(1)), "an update");
  }

  @Override
  public @Nullable KvUpdate next(Duration timeout) {
    data.lock.lock();
    try {
      long nanos = timeout.toNanos();
      while (true) {
        checkUsable();
        read();
        KvUpdate update = ready.poll();
        if (update != null) {
          cursor = update.cursor() == null ? cursor : update.cursor();
          return update;
        }
        if (nanos <= 0) {
          return null;
        }
        nanos = data.changed.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(KvException.Effect.NONE, "waiting for an update", null);
    } catch (KvException.CursorExpired | KvException.WatchFailed e) {
      failure = e;
      throw e;
    } finally {
      data.lock.unlock();
    }
  }

  private void checkUsable() {
    boolean asleep = connection.defect == Defect.CLOSE_WAKES_NOBODY;
    if ((closed && !asleep) || connection.isClosed()) {
      throw new KvException.Closed("the watch of " + bucket);
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Takes the next groups of the change stream in hand, when there is nothing else. */
  private void read() {
    if (failPast > 0 && pending() > failPast) {
      if (connection.defect != Defect.SLOW_CONSUMER_SKIPS) {
        throw new KvException.WatchFailed("the consumer is too slow", cursor, null);
      }
      ready.clear();
      position = data.end();
    }
    while (ready.isEmpty() && position < data.end()) {
      WatchCursor last = cursor;
      checkPosition(last == null ? cursor(position) : last);
      List<KvUpdate> matching = matching(position - data.forgotten);
      position++;
      for (int i = 0; i < matching.size(); i++) {
        boolean end = i == matching.size() - 1 || connection.defect == Defect.CURSOR_ON_EACH;
        ready.add(copy(matching.get(i), end ? cursor(position) : null));
      }
    }
  }

  private int pending() {
    int count = ready.size();
    for (long at = Math.max(position, data.forgotten); at < data.end(); at++) {
      count += matching(at - data.forgotten).size();
    }
    return count;
  }

  private List<KvUpdate> matching(long index) {
    var matching = new ArrayList<KvUpdate>();
    for (var told : data.log.get((int) index)) {
      if (told.bucket().equals(bucket)
          && scope.matches(Changes.key(told.update()).array())
          && !(connection.newestOnly && overwritten(told, index))) {
        matching.add(told.update());
      }
    }
    return matching;
  }

  /**
   * Whether a newer record of the same key is in the stream, as where a backend keeps one record of
   * a key.
   */
  private boolean overwritten(ReferenceData.Told told, long index) {
    return data.log.subList((int) index + 1, data.log.size()).stream()
        .flatMap(List::stream)
        .anyMatch(newer ->
            newer.bucket().equals(bucket)
                && Changes.key(newer.update()).equals(Changes.key(told.update())));
  }

  private static KvUpdate copy(KvUpdate update, @Nullable WatchCursor cursor) {
    return switch (update) {
      case KvUpdate.Put put -> {
        KvEntry e = put.entry();
        yield new KvUpdate.Put(
            KvEntry.value(
                e.bucket(),
                e.key().clone(),
                e.value().clone(),
                e.version(),
                e.createdMillis(),
                e.expiresMillis(),
                e.compressed()),
            cursor);
      }
      case KvUpdate.Delete delete ->
          new KvUpdate.Delete(
              delete.key().clone(),
              delete.version(),
              delete.at().toEpochMilli(),
              delete.expired(),
              cursor);
      case KvUpdate.Purge purge ->
          new KvUpdate.Purge(
              purge.key().clone(), purge.version(), purge.at().toEpochMilli(), cursor);
      case KvUpdate.CaughtUp _ -> update;
    };
  }

  @Override
  public @Nullable WatchCursor cursor() {
    return cursor;
  }

  @Override
  public void close() {
    data.lock.lock();
    try {
      closed = true;
      data.changed.signalAll();
    } finally {
      data.lock.unlock();
    }
  }
}

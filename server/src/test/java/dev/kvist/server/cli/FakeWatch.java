package dev.kvist.server.cli;

import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.Waiting;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The updates there are when it starts. Past the last one it is closed; that of a store whose name
 * begins with {@code live} waits for a change instead, of any bucket.
 */
final class FakeWatch implements KvWatch {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Deque<KvUpdate> updates = new ArrayDeque<>();
  private final List<KvUpdate> changes;
  private final boolean live;
  private int seen;

  FakeWatch(FakeStore store, WatchScope scope, WatchOptions options) {
    FakeConnection connection = store.connection;
    changes = connection.data.changes;
    live = connection.name.startsWith("live");
    seen = changes.size();
    WatchCursor after = options.cursor();
    if (after == null) {
      store
          .scan(KeyRange.all())
          .forEach(entry -> {
            if (scope.matches(entry.key())) {
              updates.add(new KvUpdate.Put(entry, null));
            }
          });
      updates.add(new KvUpdate.CaughtUp(connection.cursor()));
      return;
    }
    if (after.low() > connection.data.revision) {
      throw new KvException.CursorExpired(after, "it is past the end");
    }
    for (int i = 0; i < connection.data.changes.size(); i++) {
      KvUpdate change = connection.data.changes.get(i);
      WatchCursor cursor = change.cursor();
      if (connection.data.changedBuckets.get(i).equals(store.bucket())
          && cursor != null
          && cursor.compareTo(after) > 0) {
        updates.add(change);
      }
    }
  }

  @Override
  public KvUpdate next() {
    if (updates.isEmpty() && live) {
      Waiting.until(PATIENCE, "a change", () -> changes.size() > seen);
      return changes.get(seen++);
    }
    if (updates.isEmpty()) {
      throw new KvException.Closed("the watch");
    }
    return updates.remove();
  }

  @Override
  public @Nullable KvUpdate next(Duration timeout) {
    return updates.poll();
  }

  @Override
  public @Nullable WatchCursor cursor() {
    return null;
  }

  @Override
  public void close() {}
}

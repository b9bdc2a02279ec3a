package dev.kvist.tck;

import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.WatchCursor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A watch whose consumer waits no longer than a test may. */
public final class Watched implements AutoCloseable {
  private final KvWatch watch;
  private final Duration patience;

  Watched(KvWatch watch, Duration patience) {
    this.watch = watch;
    this.patience = patience;
  }

  /** The watch itself. */
  public KvWatch watch() {
    return watch;
  }

  /** The next update; fails the test when none comes. */
  public KvUpdate next() {
    KvUpdate update = watch.next(patience);
    if (update == null) {
      throw new AssertionError("no update came in " + patience);
    }
    return update;
  }

  /** The next so many. */
  public List<KvUpdate> take(int count) {
    var updates = new ArrayList<KvUpdate>();
    while (updates.size() < count) {
      updates.add(next());
    }
    return updates;
  }

  /** Everything before {@link KvUpdate.CaughtUp}, which is consumed. */
  public List<KvUpdate> untilCaughtUp() {
    var updates = new ArrayList<KvUpdate>();
    for (KvUpdate update = next(); !(update instanceof KvUpdate.CaughtUp); update = next()) {
      updates.add(update);
    }
    return updates;
  }

  /**
   * Everything before the put of a key, which is consumed: what came before a write that the test
   * makes last.
   */
  public List<KvUpdate> untilPut(byte[] key) {
    var updates = new ArrayList<KvUpdate>();
    for (KvUpdate update = next(); !isPut(update, key); update = next()) {
      updates.add(update);
    }
    return updates;
  }

  private static boolean isPut(KvUpdate update, byte[] key) {
    return update instanceof KvUpdate.Put put && Arrays.equals(put.key(), key);
  }

  /** The last cursor handed out; fails the test when there is none. */
  public WatchCursor cursor() {
    return Changes.present(watch.cursor(), "a cursor");
  }

  /** The last cursor handed out, or null. */
  public @Nullable WatchCursor cursorOrNull() {
    return watch.cursor();
  }

  @Override
  public void close() {
    watch.close();
  }
}

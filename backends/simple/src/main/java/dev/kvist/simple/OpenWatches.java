package dev.kvist.simple;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * The watches that are open, and how far they are behind. One that is forgotten without a close
 * counts until it is garbage.
 */
final class OpenWatches {
  /**
   * How far a watch is behind the log: by changes that it has not read, in its scope or not, and by
   * the age of the oldest of them.
   */
  record Lag(long versions, long millis) {
    static final Lag NONE = new Lag(0, 0);
  }

  private final Map<LogChanges, Boolean> open = Collections.synchronizedMap(new WeakHashMap<>());

  void add(LogChanges watch) {
    open.put(watch, true);
  }

  void remove(LogChanges watch) {
    open.remove(watch);
  }

  /**
   * How far a watch is behind.
   *
   * @param at up to where it has read
   * @param newest the counter of the newest record
   */
  static Lag lag(Engine engine, ChangeStream.Place at, long newest) {
    long versions = newest - at.counter();
    return versions <= 0
        ? Lag.NONE
        : new Lag(versions, Math.max(0, engine.clock.now() - unreadSince(engine, at)));
  }

  /** When the oldest record behind a place was written. */
  private static long unreadSince(Engine engine, ChangeStream.Place at) {
    try {
      if (at.offset() < at.segment().end()) {
        return RecordLayout.writtenAt(at.segment().memory(), at.offset());
      }
    } catch (IllegalStateException e) {
      // Retention overtook it: a segment that is still there tells how long ago at least.
    }
    for (Segment later : engine.log.wal()) {
      if (later.id > at.segment().id) {
        return later.madeAtMillis;
      }
    }
    return engine.clock.now();
  }

  List<LogChanges> now() {
    synchronized (open) {
      return List.copyOf(open.keySet());
    }
  }
}

package dev.kvist;

import org.jspecify.annotations.Nullable;

/**
 * Where a watch starts, and what becomes of a slow consumer.
 *
 * @param start where it starts
 * @param cursor for {@link Start#CURSOR} the position after which it starts; null otherwise
 * @param failPast 0 to block a slow consumer (the change stream is read no further; when retention
 *     overtakes it the watch ends with {@code CursorExpired}); else the number of undelivered
 *     updates past which the watch fails with {@code WatchFailed} and the cursor to resume from
 */
public record WatchOptions(Start start, @Nullable WatchCursor cursor, int failPast) {
  /** Where a watch starts. */
  public enum Start {
    /** With the current value of every matching key, then {@code CaughtUp}, then live updates. */
    STATE,
    /** Behind a cursor. */
    CURSOR,
    /** With the updates after the call. */
    NOW
  }

  /** Checks that start and cursor fit. */
  public WatchOptions {
    if ((start == Start.CURSOR) != (cursor != null)) {
      throw new IllegalArgumentException("a cursor goes with Start.CURSOR, and only with it");
    }
    if (failPast < 0) {
      throw new IllegalArgumentException(
          "failPast is 0 (block) or a number of updates, and is " + failPast);
    }
  }

  /**
   * State-sync: the current state, then {@code CaughtUp}, then live updates with no gap between.
   */
  public static WatchOptions fromState() {
    return new WatchOptions(Start.STATE, null, 0);
  }

  /** Just what came after a cursor. */
  public static WatchOptions from(WatchCursor cursor) {
    return new WatchOptions(Start.CURSOR, cursor, 0);
  }

  /** Just what comes from now on. */
  public static WatchOptions fromNow() {
    return new WatchOptions(Start.NOW, null, 0);
  }

  /**
   * The same, failing when more than this many updates wait for the consumer, instead of blocking.
   */
  public WatchOptions failingPast(int updates) {
    if (updates < 1) {
      throw new IllegalArgumentException(
          "a buffer holds at least one update, and " + updates + " was asked for");
    }
    return new WatchOptions(start, cursor, updates);
  }
}

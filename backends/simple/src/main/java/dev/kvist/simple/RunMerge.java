package dev.kvist.simple;

import java.util.Arrays;
import java.util.List;

/**
 * The keys of several runs in one order, rising or falling. A key that several runs have comes once
 * for each.
 *
 * <p>The cursors are kept sorted by the key each stands at, so that the first one has the key to
 * give next. For one thread.
 */
final class RunMerge {
  private final RunCursor[] cursors;
  private final boolean reversed;
  private int alive;

  /** Before the first key: {@link #seek} or {@link #seekAll} comes next. */
  RunMerge(List<KeyRun> runs, boolean reversed) {
    cursors = new RunCursor[runs.size()];
    for (int i = 0; i < cursors.length; i++) {
      cursors[i] = new RunCursor(runs.get(i));
    }
    this.reversed = reversed;
  }

  /** Adds all keys of {@code runs} to {@code builder}. */
  static void copy(List<KeyRun> runs, RunBuilder builder) {
    RunMerge merge = new RunMerge(runs, false);
    for (merge.seekAll(); merge.isAtKey(); merge.advance()) {
      RunCursor key = merge.current();
      builder.add(key.buffer(), key.start(), key.end() - key.start());
    }
  }

  /** Goes to the first key in order. */
  void seekAll() {
    seek(new byte[0], reversed);
  }

  /**
   * Rising: to the first key that is {@code target} or after it. Falling: to the last key before
   * {@code target}. With {@code beyond}, {@code target} itself counts as before.
   */
  void seek(byte[] target, boolean beyond) {
    alive = 0;
    for (int i = 0; i < cursors.length; i++) {
      RunCursor cursor = cursors[i];
      if (reversed && target.length == 0) {
        cursor.seekEnd();
      } else {
        cursor.seek(target, beyond);
      }
      if (reversed) {
        cursor.previous();
      }
      if (cursor.isAtKey()) {
        cursors[i] = cursors[alive];
        cursors[alive++] = cursor;
        sinkLast();
      }
    }
  }

  /** Whether it stands at a key. */
  boolean isAtKey() {
    return alive > 0;
  }

  /** The cursor that stands at the current key. */
  RunCursor current() {
    return cursors[0];
  }

  /** Goes to the next key in order. */
  void advance() {
    RunCursor moved = cursors[0];
    if (reversed) {
      moved.previous();
    } else {
      moved.next();
    }
    if (moved.isAtKey()) {
      int slot = 0;
      while (slot + 1 < alive && isBefore(cursors[slot + 1], moved)) {
        cursors[slot] = cursors[slot + 1];
        slot++;
      }
      cursors[slot] = moved;
    } else {
      alive--;
      System.arraycopy(cursors, 1, cursors, 0, alive);
      cursors[alive] = moved;
    }
  }

  private void sinkLast() {
    int slot = alive - 1;
    RunCursor moved = cursors[slot];
    while (slot > 0 && isBefore(moved, cursors[slot - 1])) {
      cursors[slot] = cursors[slot - 1];
      slot--;
    }
    cursors[slot] = moved;
  }

  private boolean isBefore(RunCursor a, RunCursor b) {
    int order =
        Arrays.compareUnsigned(a.buffer(), a.start(), a.end(), b.buffer(), b.start(), b.end());
    return reversed ? order > 0 : order < 0;
  }
}

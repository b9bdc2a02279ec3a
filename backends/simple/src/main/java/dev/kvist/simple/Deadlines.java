package dev.kvist.simple;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The positions of records that expire, by deadline: a binary heap off the Java heap, in chunks, so
 * that it never has to be copied to grow. Positions that are no longer current stay until their
 * time comes; who takes them out checks.
 */
final class Deadlines implements AutoCloseable {
  static final long NONE = Long.MAX_VALUE;

  private static final int ENTRY_BYTES = 16;
  private static final int CHUNK_BITS = 16;
  private static final int CHUNK_ENTRIES = 1 << CHUNK_BITS;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> chunks = new ArrayList<>();
  private long size;

  synchronized long size() {
    return size;
  }

  synchronized long bytes() {
    return (long) chunks.size() * CHUNK_ENTRIES * ENTRY_BYTES;
  }

  /** The earliest deadline; {@link #NONE} when there is none. */
  synchronized long first() {
    return size == 0 ? NONE : deadline(0);
  }

  synchronized void add(long deadline, long position) {
    if (size == (long) chunks.size() * CHUNK_ENTRIES) {
      chunks.add(arena.allocate((long) CHUNK_ENTRIES * ENTRY_BYTES, Long.BYTES));
    }
    long i = size++;
    while (i > 0) {
      long parent = (i - 1) >>> 1;
      if (deadline(parent) <= deadline) {
        break;
      }
      set(i, deadline(parent), position(parent));
      i = parent;
    }
    set(i, deadline, position);
  }

  /**
   * Takes out the position with the earliest deadline when that has passed.
   *
   * @return -1 when none has
   */
  synchronized long takeDue(long nowMillis) {
    if (size == 0 || deadline(0) > nowMillis) {
      return -1;
    }
    final long taken = position(0);
    size--;
    if (size > 0) {
      sink(deadline(size), position(size));
    }
    return taken;
  }

  private void sink(long deadline, long position) {
    long i = 0;
    while (2 * i + 1 < size) {
      long child = 2 * i + 1;
      if (child + 1 < size && deadline(child + 1) < deadline(child)) {
        child++;
      }
      if (deadline(child) >= deadline) {
        break;
      }
      set(i, deadline(child), position(child));
      i = child;
    }
    set(i, deadline, position);
  }

  private long deadline(long i) {
    return chunk(i).get(LONG, offset(i));
  }

  private long position(long i) {
    return chunk(i).get(LONG, offset(i) + Long.BYTES);
  }

  private void set(long i, long deadline, long position) {
    chunk(i).set(LONG, offset(i), deadline);
    chunk(i).set(LONG, offset(i) + Long.BYTES, position);
  }

  private MemorySegment chunk(long i) {
    return chunks.get((int) (i >>> CHUNK_BITS));
  }

  private static long offset(long i) {
    return (i & (CHUNK_ENTRIES - 1)) * ENTRY_BYTES;
  }

  /** Forgets everything, to be filled anew. */
  synchronized void clear() {
    size = 0;
  }

  @Override
  public synchronized void close() {
    size = 0;
    arena.close();
  }
}

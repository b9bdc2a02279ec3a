package dev.kvist.simple;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The log positions of keys that were added and are in no run yet: a queue of longs off the heap.
 *
 * <p>One thread at a time adds, one thread at a time takes; they may be two. The writer publishes
 * by a release store of {@link #added}, so whoever reads the count may read the positions below it.
 */
final class AddedPositions {
  /** Positions in a chunk. */
  static final int CHUNK = 1 << 15;

  private static final VarHandle ADDED = field("added");

  private final AtomicReference<@Nullable Chunk> spare = new AtomicReference<>();
  private final AtomicInteger chunks = new AtomicInteger();

  /** The writer's: the chunk that is being filled, and how far it is. */
  private Chunk tail = newChunk();

  private int fill;

  @SuppressWarnings("unused") // through ADDED
  private long added;

  /** The taker's: the oldest chunk that is kept, and the number of its first position. */
  private Chunk head = tail;

  private long headStart;
  private volatile long taken;

  /** One block of native memory and its successor. */
  private static final class Chunk {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment positions = arena.allocate(ValueLayout.JAVA_LONG, CHUNK);
    private @Nullable Chunk next;
  }

  private static VarHandle field(String name) {
    try {
      return MethodHandles.lookup().findVarHandle(AddedPositions.class, name, long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Adds one. By the writer. */
  void add(long position) {
    int slot = fill;
    if (slot == CHUNK) {
      Chunk chunk = spare.getAndSet(null);
      Chunk next = chunk == null ? newChunk() : chunk;
      tail.next = next;
      tail = next;
      slot = 0;
    }
    tail.positions.setAtIndex(ValueLayout.JAVA_LONG, slot, position);
    fill = slot + 1;
    ADDED.setRelease(this, (long) ADDED.get(this) + 1);
  }

  /** How many were ever added. */
  long added() {
    return (long) ADDED.getAcquire(this);
  }

  /** How many were ever taken. */
  long taken() {
    return taken;
  }

  /** The position that was added as number {@code index}, at least {@link #taken}. By the taker. */
  long get(long index) {
    Chunk chunk = head;
    long offset = index - headStart;
    while (offset >= CHUNK) {
      chunk = successor(chunk);
      offset -= CHUNK;
    }
    return chunk.positions.getAtIndex(ValueLayout.JAVA_LONG, offset);
  }

  /**
   * Forgets those below {@code index}. By the taker, when a run that holds their keys is published.
   */
  void take(long index) {
    taken = index;
    // A full chunk that the writer has not left yet is kept: it still writes the link to the next
    // one.
    while (index - headStart > CHUNK) {
      Chunk done = head;
      head = successor(done);
      headStart += CHUNK;
      done.next = null;
      if (!spare.compareAndSet(null, done)) {
        free(done);
      }
    }
  }

  /** The native memory it holds. By any thread. */
  long bytes() {
    return (long) chunks.get() * CHUNK * Long.BYTES;
  }

  /** Frees all. When nobody adds or takes any more. */
  void close() {
    for (Chunk chunk = head; chunk != null; chunk = chunk.next) {
      free(chunk);
    }
    Chunk chunk = spare.getAndSet(null);
    if (chunk != null) {
      free(chunk);
    }
  }

  private Chunk newChunk() {
    Chunk chunk = new Chunk();
    chunks.incrementAndGet();
    return chunk;
  }

  private void free(Chunk chunk) {
    chunk.arena.close();
    chunks.decrementAndGet();
  }

  private static Chunk successor(Chunk chunk) {
    Chunk next = chunk.next;
    if (next == null) {
      throw new IllegalStateException("a position beyond the last one added");
    }
    return next;
  }
}

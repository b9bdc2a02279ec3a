package dev.kvist.simple;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Memory for the changes that recovery gathers: outside of the heap, which may be small, in blocks
 * that are used again. Safe for many threads.
 *
 * <p>There are as many blocks as were in use at once: those of one batch of {@link IndexFiller},
 * which is 16 MiB, and those of the segments that were read and not taken yet, at most twice as
 * many as {@link SegmentPasses} has helpers and one more. Of a segment of 16 MiB with records of
 * 152 bytes that is 2 MiB, with the shortest records that there can be 7 MiB; of one of 64 MiB at
 * most 26 MiB.
 */
final class ChangeMemory implements AutoCloseable {
  static final int DEFAULT_BLOCK_CHANGES = 1 << 15;
  static final int CHANGE_BYTES = 2 * Long.BYTES;

  private final int blockChanges;
  private final Arena arena = Arena.ofShared();
  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
  private int blocks;

  /**
   * @param blockChanges how many changes a block has room for
   */
  ChangeMemory(int blockChanges) {
    this.blockChanges = blockChanges;
  }

  int blockChanges() {
    return blockChanges;
  }

  synchronized MemorySegment take() {
    MemorySegment block = free.poll();
    if (block == null) {
      block = arena.allocate((long) blockChanges * CHANGE_BYTES, Long.BYTES);
      blocks++;
    }
    return block;
  }

  synchronized void give(MemorySegment block) {
    free.push(block);
  }

  /** How many blocks there are. */
  synchronized int blocks() {
    return blocks;
  }

  /** Frees all of it; nobody may use it any more. */
  @Override
  public void close() {
    arena.close();
  }
}

package dev.kvist.simple;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes runs in memory, and counts what they take. Tiny ones are on the heap, since a shared arena
 * costs microseconds; all others are in native memory, each in an arena of its own. Safe for many
 * threads.
 */
final class RunMemory {
  private static final long HEAP_BYTES = 32 << 10;

  private final AtomicLong bytes = new AtomicLong();

  /** The memory of all runs that are not freed, in bytes. */
  long bytes() {
    return bytes.get();
  }

  /** Makes a run of at most {@code bound} bytes. */
  KeyRun make(long bound, RunFiller filler) {
    Allocation scratch = new Allocation(bound);
    KeyRunLayout.Header header;
    try {
      RunBuilder builder = new RunBuilder(scratch.memory, null);
      filler.fill(builder);
      header = builder.finish(KeyRunLayout.Claim.NONE);
    } catch (Throwable e) {
      scratch.free();
      throw e;
    }
    Allocation fitted = fit(scratch, header.size());
    return new KeyRun(fitted.memory, header, "a run of keys in memory", null, fitted::free);
  }

  private Allocation fit(Allocation scratch, long size) {
    if (size > bound(scratch.memory.byteSize())) {
      return scratch;
    }
    try {
      Allocation fitted = new Allocation(size);
      MemorySegment.copy(scratch.memory, 0, fitted.memory, 0, size);
      return fitted;
    } finally {
      scratch.free();
    }
  }

  /** What a run must fill at least for its memory to be left as it is. */
  private static long bound(long size) {
    return size - size / 16;
  }

  /** Memory of one run. */
  private final class Allocation {
    private final MemorySegment memory;
    private final Runnable close;

    private Allocation(long size) {
      if (size <= HEAP_BYTES) {
        memory = MemorySegment.ofArray(new byte[(int) size]);
        close = () -> {};
      } else {
        Arena arena = Arena.ofShared();
        memory = arena.allocate(size, KeyRunLayout.BLOCK_UNIT);
        close = arena::close;
      }
      bytes.addAndGet(size);
    }

    private void free() {
      bytes.addAndGet(-memory.byteSize());
      close.run();
    }
  }
}

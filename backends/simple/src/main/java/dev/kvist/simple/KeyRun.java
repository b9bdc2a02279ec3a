package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An immutable, sorted set of keys in one piece of memory, laid out as {@link KeyRunLayout} says:
 * on the heap when it is tiny, in native memory, or in a mapped file.
 *
 * <p>Safe for many threads. It is freed when the last {@link RunSet} that holds it is let go, so
 * never under a reader.
 */
final class KeyRun {
  private final MemorySegment memory;
  private final KeyRunLayout.Header header;
  private final String name;
  private final @Nullable LogFile file;
  private final Runnable free;
  private final AtomicInteger holders = new AtomicInteger();
  private volatile boolean damaged;

  /**
   * A run.
   *
   * @param name what errors call it
   * @param file null for a run in memory
   * @param free runs once, when nobody holds the run any more
   */
  KeyRun(
      MemorySegment memory,
      KeyRunLayout.Header header,
      String name,
      @Nullable LogFile file,
      Runnable free) {
    this.memory = memory;
    this.header = header;
    this.name = name;
    this.file = file;
    this.free = free;
  }

  KeyRunLayout.Header header() {
    return header;
  }

  /** The file it is in; null for a run in memory. */
  @Nullable LogFile file() {
    return file;
  }

  long size() {
    return header.size();
  }

  /** Whether a reader found that its bytes are not what was written. */
  boolean isDamaged() {
    return damaged;
  }

  void hold() {
    holders.incrementAndGet();
  }

  void letGo() {
    if (holders.decrementAndGet() == 0) {
      free.run();
    }
  }

  /**
   * Where a block starts, in bytes after the header; the end of the last one when {@code block} is
   * their number.
   */
  long blockStart(int block) {
    if (block == header.blocks()) {
      return header.blockBytes();
    }
    long at = header.tableStart() + (long) block * KeyRunLayout.TABLE_ENTRY_BYTES;
    return Integer.toUnsignedLong(memory.get(KeyRunLayout.INT, at)) * KeyRunLayout.BLOCK_UNIT;
  }

  /** The size of a block that starts at {@code start}, checked to lie within the run. */
  int blockLength(int block, long start) {
    long end = blockStart(block + 1);
    long length = end - start;
    if (length < KeyRunLayout.BLOCK_UNIT
        || length > KeyRunLayout.MAX_BLOCK_BYTES
        || end > header.blockBytes()) {
      throw damage(start, "the table of blocks contradicts itself");
    }
    return (int) length;
  }

  /** Copies {@code length} bytes that lie {@code start} bytes after the header. */
  void copy(long start, byte[] into, int length) {
    MemorySegment.copy(
        memory, ValueLayout.JAVA_BYTE, KeyRunLayout.HEADER_BYTES + start, into, 0, length);
  }

  /** Marks the run as damaged and gives the error that says so. */
  KvException.Corrupted damage(long start, String what) {
    damaged = true;
    return new KvException.Corrupted(name, KeyRunLayout.HEADER_BYTES + start, what);
  }
}

package dev.kvist.spi;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One mapped file of a {@link LogDirectory}.
 *
 * <p>Reads and writes go through {@link #memory}. A reader that meets a concurrent {@link #close}
 * gets {@link IllegalStateException} from the access; a page that the operating system cannot
 * provide raises {@link InternalError}. Bytes leave and enter the mapping by copies and single
 * values only; nothing else (checksums, codecs) may work on it.
 */
public interface LogFile extends Closeable {
  /** The name it was made or opened by. */
  String name();

  /** The whole file. The same object until {@link #close}. */
  MemorySegment memory();

  /**
   * Says that {@code length} bytes from {@code offset} were just stored in {@link #memory}: a crash
   * point of the simulated disk, nothing in production.
   */
  void written(long offset, long length);

  /**
   * Stores bytes, as a copy to {@link #memory} would, in the way that suits a file of which almost
   * every store is forced: then a system call is cheaper than the page fault that each force
   * prepares. One thread at a time.
   *
   * @throws InternalError when the operating system cannot take them
   */
  default void store(long offset, byte[] bytes, int length) {
    MemorySegment.copy(bytes, 0, memory(), ValueLayout.JAVA_BYTE, offset, length);
    written(offset, length);
  }

  /** Frees what {@link #store} holds, since no more is to come soon. */
  default void endStores() {}

  /**
   * Returns when those bytes are on the device. Not interruptible, so that a caller's own thread
   * may run it.
   *
   * @throws IOException when the device refuses; what is on it is unknown then, and a later success
   *     proves nothing
   */
  void force(long offset, long length) throws IOException;

  /** Unmaps it. Idempotent. Does not force. */
  @Override
  void close() throws IOException;
}

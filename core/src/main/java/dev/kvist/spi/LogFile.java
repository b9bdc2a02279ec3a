package dev.kvist.spi;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

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

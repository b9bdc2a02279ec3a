package dev.kvist.simple;

import dev.kvist.spi.LogFile;
import java.io.IOException;

/** Where the index gets its memory. */
@FunctionalInterface
interface ChunkSource {
  /**
   * A file of {@link IndexLayout#CHUNK_BYTES} zero bytes, mapped for writing. The index closes it.
   *
   * <p>It is called by writers, in order; an implementation that has the next one ready keeps them
   * from waiting.
   *
   * @param chunk the number of the chunk, from 0
   * @throws IOException when there is no room; the index is unchanged then
   */
  LogFile next(int chunk) throws IOException;
}

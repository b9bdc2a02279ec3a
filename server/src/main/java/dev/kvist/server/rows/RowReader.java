package dev.kvist.server.rows;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads rows one after the other, holding no more than one. For one thread. */
public interface RowReader {
  /**
   * The next row; null at the end.
   *
   * @throws BadRowException when it is not understood; the next call goes on behind it
   * @throws IOException when the input cannot be read
   */
  @Nullable Row next() throws IOException, BadRowException;

  /** How many bytes of the input were taken so far. */
  long bytesRead();
}

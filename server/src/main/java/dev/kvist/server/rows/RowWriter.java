package dev.kvist.server.rows;

import dev.kvist.KvEntry;
import java.io.IOException;

/** Writes entries as rows. For one thread. */
public interface RowWriter {
  /** Writes one live entry. */
  void write(KvEntry entry) throws IOException;

  /** Hands everything written so far to the output, and flushes that. */
  void flush() throws IOException;
}

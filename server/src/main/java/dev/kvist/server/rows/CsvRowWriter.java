package dev.kvist.server.rows;

import dev.kvist.KvEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Rows as of RFC 4180, in quotes only where they have to be. Bytes are written as they are. */
final class CsvRowWriter implements RowWriter {
  private static final byte[] ROW_END = {'\r', '\n'};

  private final OutputStream out;

  CsvRowWriter(OutputStream out, boolean header) throws IOException {
    this.out = out;
    if (header) {
      out.write("key,value\r\n".getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void write(KvEntry entry) throws IOException {
    column(entry.key());
    out.write(',');
    column(entry.value());
    out.write(ROW_END);
  }

  private void column(byte[] bytes) throws IOException {
    if (!needsQuotes(bytes)) {
      out.write(bytes);
      return;
    }
    out.write('"');
    int from = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '"') {
        out.write(bytes, from, i - from);
        out.write('"');
        from = i;
      }
    }
    out.write(bytes, from, bytes.length - from);
    out.write('"');
  }

  private static boolean needsQuotes(byte[] bytes) {
    for (byte b : bytes) {
      // A first byte of 0xEF could be taken for a byte order mark.
      if (b == ',' || b == '"' || b == '\r' || b == '\n' || b == (byte) 0xEF) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }
}

package dev.kvist.server.rows;

import dev.kvist.KeyText;
import dev.kvist.KvEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Rows of key, tab, value, as {@link TsvRowReader} reads them. */
final class TsvRowWriter implements RowWriter {
  private final OutputStream out;

  TsvRowWriter(OutputStream out, boolean header) throws IOException {
    this.out = out;
    if (header) {
      out.write("key\tvalue\n".getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void write(KvEntry entry) throws IOException {
    out.write(escape(entry.key()).getBytes(StandardCharsets.UTF_8));
    out.write('\t');
    out.write(escape(entry.value()).getBytes(StandardCharsets.UTF_8));
    out.write('\n');
  }

  /** The printed form, with the usual short escapes for tab and line feed. */
  private static String escape(byte[] bytes) {
    String text = KeyText.print(bytes);
    if (text.indexOf('\\') < 0) {
      return text;
    }
    var escaped = new StringBuilder(text.length());
    int i = 0;
    while (i < text.length()) {
      if (text.startsWith("\\x09", i)) {
        escaped.append("\\t");
        i += 4;
      } else if (text.startsWith("\\x0A", i)) {
        escaped.append("\\n");
        i += 4;
      } else {
        // An escaped backslash is taken as a pair, so that what follows it is not read as an
        // escape.
        int length = text.startsWith("\\\\", i) ? 2 : 1;
        escaped.append(text, i, i + length);
        i += length;
      }
    }
    return escaped.toString();
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }
}

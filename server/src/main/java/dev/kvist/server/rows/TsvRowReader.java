package dev.kvist.server.rows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Rows of key, tab, value. Escapes: {@code \\}, {@code \t}, {@code \n}, {@code \r}, {@code \xHH}.
 */
final class TsvRowReader implements RowReader {
  private final ByteInput in;
  private boolean header;

  TsvRowReader(ByteInput in, boolean header) {
    this.in = in;
    this.header = header;
  }

  @Override
  public @Nullable Row next() throws IOException, BadRowException {
    while (true) {
      long line = in.line();
      if (!in.readLine()) {
        return null;
      }
      if (header) {
        header = false;
      } else if (in.rowLength() > 0) {
        return parse(line);
      }
    }
  }

  private Row parse(long line) throws BadRowException {
    byte[] row = in.row();
    int tab = indexOf(row, 0, in.rowLength(), '\t');
    if (tab < 0) {
      throw new BadRowException(line, "has no tab between a key and a value");
    }
    if (indexOf(row, tab + 1, in.rowLength(), '\t') >= 0) {
      throw new BadRowException(
          line, "has more than two columns; a tab inside a value is written \\t");
    }
    if (tab == 0) {
      throw new BadRowException(line, "has an empty key");
    }
    return Row.put(line, unescape(row, 0, tab, line), unescape(row, tab + 1, in.rowLength(), line));
  }

  private static int indexOf(byte[] bytes, int from, int to, char wanted) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static byte[] unescape(byte[] bytes, int from, int to, long line) throws BadRowException {
    var out = new ByteArrayOutputStream(to - from);
    int i = from;
    while (i < to) {
      int escape = indexOf(bytes, i, to, '\\');
      int end = escape < 0 ? to : escape;
      out.write(bytes, i, end - i);
      i = end;
      if (escape >= 0) {
        i += escaped(bytes, escape, to, out, line);
      }
    }
    return out.toByteArray();
  }

  /** Writes the byte that an escape stands for, and returns the escape's length. */
  private static int escaped(byte[] bytes, int at, int to, ByteArrayOutputStream out, long line)
      throws BadRowException {
    int kind = at + 1 < to ? bytes[at + 1] : 0;
    if (kind == 'x'
        && at + 3 < to
        && HexFormat.isHexDigit(bytes[at + 2])
        && HexFormat.isHexDigit(bytes[at + 3])) {
      out.write(HexFormat.fromHexDigit(bytes[at + 2]) << 4 | HexFormat.fromHexDigit(bytes[at + 3]));
      return 4;
    }
    int plain =
        switch (kind) {
          case '\\' -> '\\';
          case 't' -> '\t';
          case 'n' -> '\n';
          case 'r' -> '\r';
          default ->
              throw new BadRowException(
                  line,
                  "has a backslash that starts no escape; write \\\\ for a backslash, \\xHH for a byte");
        };
    out.write(plain);
    return 2;
  }

  @Override
  public long bytesRead() {
    return in.bytesRead();
  }
}

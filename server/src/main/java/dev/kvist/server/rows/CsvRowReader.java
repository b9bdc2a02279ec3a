package dev.kvist.server.rows;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rows as of RFC 4180, by bytes: two columns, in quotes where they hold a comma, a quote (doubled)
 * or a line end. Line ends between rows are {@code \r\n} or {@code \n}.
 */
final class CsvRowReader implements RowReader {
  private static final int COLUMNS = 2;

  private final ByteInput in;
  private boolean header;

  CsvRowReader(ByteInput in, boolean header) {
    this.in = in;
    this.header = header;
  }

  @Override
  public @Nullable Row next() throws IOException, BadRowException {
    while (true) {
      skipEmptyLines();
      if (in.peek() == ByteInput.END) {
        return null;
      }
      if (header) {
        header = false;
        columns(in.line(), new int[COLUMNS]);
      } else {
        return row();
      }
    }
  }

  private void skipEmptyLines() throws IOException {
    while (in.peek() == '\n' || in.peek() == '\r') {
      in.read();
    }
  }

  private Row row() throws IOException, BadRowException {
    long line = in.line();
    int[] ends = new int[COLUMNS];
    int columns = columns(line, ends);
    if (columns != COLUMNS) {
      throw new BadRowException(
          line,
          "has "
              + columns
              + (columns == 1 ? " column" : " columns")
              + ", where a key and a value are expected");
    }
    if (ends[0] == 0) {
      throw new BadRowException(line, "has an empty key");
    }
    return Row.put(
        line, Arrays.copyOf(in.row(), ends[0]), Arrays.copyOfRange(in.row(), ends[0], ends[1]));
  }

  /**
   * Collects the columns of one row behind each other, notes where the first ones end, and counts
   * all.
   */
  private int columns(long line, int[] ends) throws IOException, BadRowException {
    in.clearRow();
    int column = 0;
    boolean more = true;
    while (more) {
      more = in.peek() == '"' ? quoted(line) : plain(line);
      if (column < COLUMNS) {
        ends[column] = in.rowLength();
      }
      column++;
    }
    return column;
  }

  /**
   * Collects a column without quotes, and takes what ends it; says whether another column follows.
   */
  private boolean plain(long line) throws IOException, BadRowException {
    while (true) {
      int b = in.read();
      if (b == '"') {
        in.skipLine();
        throw new BadRowException(line, "has a quote inside a column that does not start with one");
      }
      if (b == ',' || b == '\n' || b == ByteInput.END) {
        return b == ',';
      }
      if (b == '\r' && (in.peek() == '\n' || in.peek() == ByteInput.END)) {
        in.read();
        return false;
      }
      in.append(b, line);
    }
  }

  /** The same for a column in quotes. */
  private boolean quoted(long line) throws IOException, BadRowException {
    in.read();
    while (true) {
      int b = in.read();
      if (b == ByteInput.END) {
        throw new BadRowException(line, "has a quote that is never closed");
      }
      if (b != '"') {
        in.append(b, line);
      } else if (in.peek() == '"') {
        in.append(in.read(), line);
      } else {
        return afterQuote(line);
      }
    }
  }

  private boolean afterQuote(long line) throws IOException, BadRowException {
    int b = in.read();
    if (b == '\r' && in.peek() == '\n') {
      b = in.read();
    }
    if (b != ',' && b != '\n' && b != ByteInput.END) {
      in.skipLine();
      throw new BadRowException(
          line, "has text behind a closing quote; a quote inside quotes is written twice");
    }
    return b == ',';
  }

  @Override
  public long bytesRead() {
    return in.bytesRead();
  }
}

package dev.kvist.server.rows;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * An input by byte and by line, which counts both, and collects one row in a bounded buffer. For
 * one thread.
 */
final class ByteInput {
  static final int END = -1;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final InputStream in;
  private final int maxRowBytes;
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int end;
  private long taken;
  private long line = 1;
  private byte[] row = new byte[1 << 10];
  private int rowLength;

  ByteInput(InputStream in, int maxRowBytes) {
    this.in = in;
    this.maxRowBytes = maxRowBytes;
  }

  /** The next byte, 0 to 255, or {@link #END}. Counts lines. */
  int read() throws IOException {
    if (at == end && !fill()) {
      return END;
    }
    int b = buffer[at++] & 0xff;
    if (b == '\n') {
      line++;
    }
    return b;
  }

  /** What {@link #read} gives next. */
  int peek() throws IOException {
    return at == end && !fill() ? END : buffer[at] & 0xff;
  }

  private boolean fill() throws IOException {
    boolean first = taken == 0;
    int count = in.readNBytes(buffer, 0, first ? BYTE_ORDER_MARK.length : 0);
    if (count < BYTE_ORDER_MARK.length) {
      int more = in.read(buffer, count, buffer.length - count);
      count += Math.max(more, 0);
    }
    taken += count;
    at = 0;
    end = count;
    if (first && count == 3 && Arrays.equals(buffer, 0, 3, BYTE_ORDER_MARK, 0, 3)) {
      return fill();
    }
    return count > 0;
  }

  /** The number of the line that {@link #read} is in, from 1. */
  long line() {
    return line;
  }

  /** How many bytes were handed out. */
  long bytesRead() {
    return taken - (end - at);
  }

  /**
   * Collects the next line without its end ({@code \n} or {@code \r\n}) in {@link #row}.
   *
   * @return false at the end of the input
   * @throws BadRowException when it is too long; it is passed over
   */
  boolean readLine() throws IOException, BadRowException {
    long start = line;
    clearRow();
    if (peek() == END) {
      return false;
    }
    int b = read();
    while (b != END && b != '\n') {
      append(b, start);
      b = read();
    }
    if (rowLength > 0 && row[rowLength - 1] == '\r') {
      rowLength--;
    }
    return true;
  }

  /** Empties the row. */
  void clearRow() {
    rowLength = 0;
  }

  /**
   * Adds a byte to the row that began on line {@code start}; past the limit passes over the rest of
   * the line.
   */
  void append(int b, long start) throws IOException, BadRowException {
    if (rowLength == maxRowBytes) {
      skipLine();
      throw new BadRowException(
          start, "is longer than " + maxRowBytes + " bytes, which no entry of this store needs");
    }
    if (rowLength == row.length) {
      row = Arrays.copyOf(row, (int) Math.min(maxRowBytes, row.length * 2L));
    }
    row[rowLength++] = (byte) b;
  }

  /** Goes behind the next line end. */
  void skipLine() throws IOException {
    int b = read();
    while (b != END && b != '\n') {
      b = read();
    }
  }

  /** The collected bytes; valid up to {@link #rowLength}, until the next row. */
  byte[] row() {
    return row;
  }

  /** How many bytes were collected. */
  int rowLength() {
    return rowLength;
  }
}

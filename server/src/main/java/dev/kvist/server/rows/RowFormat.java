package dev.kvist.server.rows;

import dev.kvist.spi.Names;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The text forms of entries. */
public enum RowFormat {
  /** A JSON object a line; keeps deadlines and the compressed flag. */
  JSONL,
  /** Comma-separated values as of RFC 4180: key, value. */
  CSV,
  /** A key, a tab, a value; tabs, line ends, backslashes and bytes that are no text are escaped. */
  TSV;

  /**
   * Reads a format's name.
   *
   * @throws IllegalArgumentException when there is no such format
   */
  public static RowFormat named(String name) {
    for (RowFormat format : values()) {
      if (format.toString().equals(name)) {
        return format;
      }
    }
    List<String> names = Arrays.stream(values()).map(RowFormat::toString).toList();
    String nearest = Names.nearest(name, names);
    throw new IllegalArgumentException(
        "'"
            + name
            + "' is no format; "
            + (nearest == null
                ? "use " + String.join(", ", names)
                : "did you mean " + nearest + "?"));
  }

  /** The format that a file's name tells; null when it tells none. */
  public static @Nullable RowFormat ofFile(String file) {
    String name = file.toLowerCase(Locale.ROOT);
    if (name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".json")) {
      return JSONL;
    }
    if (name.endsWith(".csv")) {
      return CSV;
    }
    return name.endsWith(".tsv") || name.endsWith(".tab") ? TSV : null;
  }

  /** Whether deadlines and the compressed flag are kept. */
  public boolean keepsFlags() {
    return this == JSONL;
  }

  /**
   * Starts reading.
   *
   * @param maxRowBytes the longest row; a longer one is a {@link BadRowException}
   * @param header whether the first row names the columns, and is passed over
   */
  public RowReader reader(InputStream in, int maxRowBytes, boolean header) {
    var bytes = new ByteInput(in, maxRowBytes);
    return switch (this) {
      case JSONL -> new JsonRowReader(bytes);
      case CSV -> new CsvRowReader(bytes, header);
      case TSV -> new TsvRowReader(bytes, header);
    };
  }

  /**
   * Starts writing.
   *
   * @param header whether a first row names the columns
   */
  public RowWriter writer(OutputStream out, boolean header) throws IOException {
    return switch (this) {
      case JSONL -> new JsonRowWriter(out);
      case CSV -> new CsvRowWriter(out, header);
      case TSV -> new TsvRowWriter(out, header);
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

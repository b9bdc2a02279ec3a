package dev.kvist.server.cli;

import dev.kvist.BulkWriter;
import dev.kvist.Capabilities;
import dev.kvist.KvEntry;
import dev.kvist.KvStore;
import dev.kvist.PutOptions;
import dev.kvist.server.rows.Row;
import java.time.Instant;
import java.util.function.BiConsumer;

/** Stores rows, those of one key in their order, so that the last one wins. For one thread. */
final class RowStorer implements AutoCloseable {
  private final BulkWriter<Row> writer;

  /**
   * Stores in this bucket; {@code refused} gets every row that the store does not take, and why.
   */
  RowStorer(KvStore store, Capabilities capabilities, BiConsumer<Row, String> refused) {
    writer =
        new BulkWriter<>(store, capabilities, (row, why) -> refused.accept(row, Cli.reason(why)));
  }

  /** Takes a row; says whether everything taken so far is stored now. */
  boolean add(Row row) {
    return switch (row.op()) {
      case PUT -> writer.put(row, row.key(), row.value(), options(row));
      case DELETE -> writer.delete(row, row.key());
      case PURGE -> writer.purge(row, row.key());
    };
  }

  /** How many rows are stored. */
  long stored() {
    return writer.stored();
  }

  /** Stores what was taken. */
  void flush() {
    writer.flush();
  }

  private static PutOptions options(Row row) {
    PutOptions options =
        row.compressed() ? PutOptions.DEFAULT.withCompressed() : PutOptions.DEFAULT;
    return row.expiresMillis() == KvEntry.NEVER
        ? options
        : options.withExpires(Instant.ofEpochMilli(row.expiresMillis()));
  }

  /** Waits for what is under way; without a flush before, rows may be left out. */
  @Override
  public void close() {
    writer.close();
  }
}

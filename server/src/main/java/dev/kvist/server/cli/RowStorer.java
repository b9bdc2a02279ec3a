package dev.kvist.server.cli;

import dev.kvist.Capabilities;
import dev.kvist.Capability;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.PutOptions;
import dev.kvist.WriteBatch;
import dev.kvist.server.rows.Row;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Stores rows in their order, several at a time where the backend has batches. A key that comes
 * again starts a new batch, so that the last row of a key wins. For one thread.
 */
final class RowStorer {
  private static final int MOST_ROWS = 500;
  private static final long MOST_BYTES = 1 << 20;

  private final KvStore store;
  private final int mostRows;
  private final BiConsumer<Row, String> refused;
  private final List<Row> rows = new ArrayList<>();
  private final Set<ByteBuffer> keys = new HashSet<>();
  private long bytes;
  private long stored;

  /**
   * Stores in this bucket; {@code refused} gets every row that the store does not take, and why.
   */
  RowStorer(KvStore store, Capabilities capabilities, BiConsumer<Row, String> refused) {
    this.store = store;
    this.mostRows =
        capabilities.has(Capability.BATCH)
            ? Math.clamp(capabilities.maxBatchOps(), 1, MOST_ROWS)
            : 1;
    this.refused = refused;
  }

  /** Takes a row; says whether everything taken so far is stored now. */
  boolean add(Row row) {
    ByteBuffer key = ByteBuffer.wrap(row.key());
    if (keys.contains(key)) {
      flush();
    }
    keys.add(key);
    rows.add(row);
    bytes += row.key().length + row.value().length;
    if (rows.size() < mostRows && bytes < MOST_BYTES) {
      return false;
    }
    flush();
    return true;
  }

  /** How many rows are stored. */
  long stored() {
    return stored;
  }

  /** Stores what was taken. */
  void flush() {
    if (rows.size() == 1) {
      single(rows.getFirst());
    } else if (!rows.isEmpty()) {
      batch();
    }
    rows.clear();
    keys.clear();
    bytes = 0;
  }

  private void batch() {
    var batch = new WriteBatch();
    for (Row row : rows) {
      switch (row.op()) {
        case PUT -> batch.put(row.key(), row.value(), options(row));
        case DELETE -> batch.delete(row.key());
        case PURGE -> batch.purge(row.key());
      }
    }
    try {
      store.batch().apply(batch);
      stored += rows.size();
    } catch (KvException.TooLarge | IllegalArgumentException e) {
      // One of them, or all together, are too much: one by one shows which.
      rows.forEach(this::single);
    }
  }

  private void single(Row row) {
    try {
      switch (row.op()) {
        case PUT -> store.writer().put(row.key(), row.value(), options(row));
        case DELETE -> store.writer().delete(row.key());
        case PURGE -> store.purger().purge(row.key());
      }
      stored++;
    } catch (KvException.TooLarge | IllegalArgumentException e) {
      refused.accept(row, Cli.reason(e));
    }
  }

  private static PutOptions options(Row row) {
    PutOptions options =
        row.compressed() ? PutOptions.DEFAULT.withCompressed() : PutOptions.DEFAULT;
    return row.expiresMillis() == KvEntry.NEVER
        ? options
        : options.withExpires(Instant.ofEpochMilli(row.expiresMillis()));
  }
}

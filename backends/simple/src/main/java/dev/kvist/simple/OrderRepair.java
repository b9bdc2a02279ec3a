package dev.kvist.simple;

import dev.kvist.KvException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes good for damage in the files of {@link KeyRuns}, while reads and writes go on: every live
 * key is in the log too.
 */
final class OrderRepair {
  private static final Logger LOG = LoggerFactory.getLogger(OrderRepair.class);

  private final Engine engine;
  private long added;

  private OrderRepair(Engine engine) {
    this.engine = engine;
  }

  /** Adds every live key again, and drops what is damaged. */
  static void run(Engine engine) throws IOException {
    LOG.error(
        "{}: the ordered index is damaged; it is built anew, and scans wait until then",
        engine.directory.location());
    var repair = new OrderRepair(engine);
    int cursor = 0;
    while (cursor != HashIndex.END && !engine.isClosed()) {
      engine.lock();
      try {
        cursor = engine.index.forEachFrom(cursor, repair::add);
      } finally {
        engine.unlock();
      }
    }
    if (!engine.isClosed()) {
      engine.runs.forgetDamaged();
      LOG.info(
          "{}: the ordered index is whole again, with {} keys",
          engine.directory.location(),
          repair.added);
    }
  }

  private void add(long position) {
    Segment segment = engine.log.at(position);
    long offset = Segment.offset(position);
    long lengths = RecordLayout.lengths(segment.memory(), offset);
    if (!RecordReader.headerIsIntact(segment, segment.memory(), offset, lengths, Scratch.get())) {
      KvException.Corrupted damage = engine.damaged(segment, offset);
      engine.order.damaged(damage);
      throw damage;
    }
    if (RecordLayout.type(lengths) == RecordLayout.PUT) {
      engine.runs.add(position);
      added++;
    }
  }
}

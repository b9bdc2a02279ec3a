package dev.kvist.simple;

import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is rebuilt behind an open, while reads and writes go on: the keys that were added since the
 * ordered index was last on disk, and the deadlines.
 */
final class Warming {
  private static final Logger LOG = LoggerFactory.getLogger(Warming.class);
  private static final int AT_ONCE = 128;

  private final Engine engine;
  private final Expiry expiry;
  private final long upTo;
  private final Segment[] wal;
  private final Segment[] state;

  /** Notes where the log ends now: what comes later adds itself. */
  Warming(Engine engine, Expiry expiry) {
    this.engine = engine;
    this.expiry = expiry;
    this.upTo = engine.log.counter();
    this.wal = engine.log.wal();
    this.state = engine.log.state();
  }

  void run() {
    long start = System.nanoTime();
    try {
      long covered = engine.runs.coversTo();
      if (covered <= upTo) {
        addKeysOrTell(covered);
        LOG.debug(
            "{}: keys behind {} ordered in {} ms",
            engine.directory.location(),
            covered,
            (System.nanoTime() - start) / 1_000_000);
      }
      if (!engine.isClosed()) {
        engine.order.complete();
      }
      if (engine.tally.hasDeadlines()) {
        addDeadlines();
      }
    } catch (IllegalStateException e) {
      // Closed meanwhile: what was closed cannot be read, and need not be.
      if (!engine.isClosed()) {
        throw e;
      }
    } finally {
      engine.order.settle();
    }
  }

  /** What lies on a page that the device does not give has unknown keys. */
  private void addKeysOrTell(long covered) {
    try {
      addKeys(covered);
    } catch (InternalError e) {
      engine.order.damaged(engine.unreadable(e));
    }
  }

  private void addKeys(long covered) {
    if (covered <= engine.tally.compactedTo()) {
      Map<Integer, Long> ends = new HashMap<>();
      for (Segment segment : state) {
        ends.put(Segment.slotOf(segment.id), addKeys(segment, covered));
      }
      checkEnds(ends);
    }
    for (int i = 0; i < wal.length; i++) {
      if (i + 1 == wal.length || wal[i + 1].firstCounter > covered) {
        addKeys(wal[i], covered);
      }
    }
  }

  /** Returns where the intact records end. */
  private long addKeys(Segment segment, long covered) {
    RecordCursor record =
        new RecordCursor(segment, SegmentLayout.HEADER_BYTES, false, Scratch.get());
    long[] positions = new long[AT_ONCE];
    int count = 0;
    long end = segment.end();
    boolean isWal = segment.kind == SegmentLayout.WAL;
    while (!engine.isClosed() && record.next(end) && !(isWal && record.counter() > upTo)) {
      // Those of state segments come in any order, and a mark there may be newer than the log.
      if (record.type() == RecordLayout.PUT
          && record.counter() >= covered
          && record.counter() <= upTo
          && engine.isCurrent(record)) {
        positions[count++] = record.position();
      }
      if (count == AT_ONCE) {
        addAll(positions, count);
        count = 0;
      }
    }
    addAll(positions, count);
    // Zeros look like an end, which is where recovery found it and nowhere else.
    boolean early = record.stop() != RecordCursor.Stop.NONE && record.offset() < end;
    if (early && isWal && !engine.isClosed()) {
      engine.order.damaged(engine.damaged(segment, record.offset()));
    }
    return record.offset();
  }

  /**
   * A state segment may have an unfinished end, of a copy that a kill interrupted. But what the
   * index points at was finished: if it lies behind the end, it is damaged, and its key unknown.
   */
  private void checkEnds(Map<Integer, Long> ends) {
    long[] lost = {HashIndex.NONE};
    engine.index.forEach(position -> {
      Long end = ends.get(Segment.slot(position));
      if (end != null && Segment.offset(position) >= end) {
        lost[0] = position;
      }
    });
    if (lost[0] != HashIndex.NONE && !engine.isClosed()) {
      engine.order.damaged(engine.damaged(engine.log.at(lost[0]), Segment.offset(lost[0])));
    }
  }

  private void addAll(long[] positions, int count) {
    engine.lock();
    try {
      for (int i = 0; i < count; i++) {
        engine.runs.add(positions[i]);
      }
    } finally {
      engine.unlock();
    }
  }

  private void addDeadlines() {
    int cursor = 0;
    while (cursor != HashIndex.END && !engine.isClosed()) {
      engine.lock();
      try {
        cursor = engine.index.forEachFrom(cursor, this::addDeadline);
      } finally {
        engine.unlock();
      }
    }
  }

  private void addDeadline(long position) {
    Segment segment = engine.log.at(position);
    long offset = Segment.offset(position);
    long lengths = RecordLayout.lengths(segment.memory(), offset);
    if (RecordReader.headerIsIntact(segment, segment.memory(), offset, lengths, Scratch.get())
        && RecordLayout.type(lengths) == RecordLayout.PUT
        && (RecordLayout.flags(lengths) & RecordLayout.DEADLINE) != 0) {
      expiry.add(RecordLayout.deadline(segment.memory(), offset, lengths), position);
    }
  }
}

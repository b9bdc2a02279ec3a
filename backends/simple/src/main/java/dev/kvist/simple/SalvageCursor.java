package dev.kvist.simple;

/**
 * Goes through a segment that may be damaged: its records, and the stretches between them in which
 * none can be read. For one thread.
 */
final class SalvageCursor {
  /** What {@link #next} came to. */
  enum Found {
    /** A record that is intact. */
    RECORD,
    /** A record of which all but the value is intact. */
    BAD_VALUE,
    /** Bytes that are no record. */
    BAD_BYTES,
    /** The rest of the segment is zeros, or the segment is full. */
    END
  }

  /** No record is shorter. */
  static final int SHORTEST_BYTES = 40;

  private final RecordCursor record;
  private final Segment segment;
  private long from = SegmentLayout.HEADER_BYTES;
  private long to = SegmentLayout.HEADER_BYTES;

  /** That of the last record of a write-ahead log; {@link Segment#UNKNOWN} when there is none. */
  private long lastCounter;

  /** How often what is no record is read again, since its writer may be at it. */
  private final int tries;

  private final long limit;

  SalvageCursor(Segment segment) {
    this(segment, segment.capacity(), 0);
  }

  /**
   * @param limit up to where records may reach
   */
  SalvageCursor(Segment segment, long limit, int tries) {
    this.segment = segment;
    this.limit = limit;
    this.tries = tries;
    this.record = new RecordCursor(segment, SegmentLayout.HEADER_BYTES, false, Scratch.own());
    this.lastCounter =
        segment.kind == SegmentLayout.WAL && segment.firstCounter > 0
            ? segment.firstCounter - 1
            : Segment.UNKNOWN;
  }

  Found next() {
    if (moves()) {
      from = record.offset();
      to = record.following();
      noteCounter();
      return valueIsIntact() ? Found.RECORD : Found.BAD_VALUE;
    }
    from = record.offset();
    if (record.stop() == RecordCursor.Stop.END) {
      to = from;
      return Found.END;
    }
    to = findNext();
    record.skipTo(to);
    return Found.BAD_BYTES;
  }

  private boolean moves() {
    boolean moved = record.next(limit);
    for (int i = 0; i < tries && record.stop() == RecordCursor.Stop.BAD; i++) {
      Thread.onSpinWait();
      record.skipTo(record.offset());
      moved = record.next(limit);
    }
    return moved;
  }

  private boolean valueIsIntact() {
    boolean intact = record.valueIsIntact();
    for (int i = 0; i < tries && !intact; i++) {
      Thread.onSpinWait();
      intact = record.valueIsIntact();
    }
    return intact;
  }

  private void noteCounter() {
    if (segment.kind == SegmentLayout.WAL) {
      lastCounter = record.counter();
    }
  }

  /** Where the next record starts; without one, behind the last byte that is not zero. */
  private long findNext() {
    long end = from;
    RecordCursor probe =
        new RecordCursor(segment, SegmentLayout.HEADER_BYTES, false, Scratch.own());
    for (long at = from; at + Long.BYTES <= limit; at += RecordLayout.ALIGNMENT) {
      if (segment.memory().get(RecordLayout.LONG, at) != 0) {
        end = at + Long.BYTES;
      }
      if (at == from
          || at + RecordLayout.HEADER_BYTES > limit
          || RecordLayout.lengths(segment.memory(), at) == 0) {
        continue;
      }
      probe.skipTo(at);
      if (probe.next(limit) && canFollow(probe)) {
        return at;
      }
    }
    return Math.max(end, Math.min(limit, from + Long.BYTES));
  }

  /** Bytes of a value may look like a record; but its counter has to fit too. */
  private boolean canFollow(RecordCursor probe) {
    if (segment.kind != SegmentLayout.WAL || lastCounter == Segment.UNKNOWN) {
      return true;
    }
    long most = lastCounter + 1 + (probe.offset() - from) / SHORTEST_BYTES;
    return probe.counter() > lastCounter && probe.counter() <= most;
  }

  /** The record, after {@link Found#RECORD} and {@link Found#BAD_VALUE}. */
  RecordCursor record() {
    return record;
  }

  /** Where what was found starts. */
  long from() {
    return from;
  }

  /** Behind what was found. */
  long to() {
    return to;
  }
}

package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.WatchCursor;
import org.jspecify.annotations.Nullable;

/**
 * Reads the write-ahead log as a stream of changes, from a cursor on, across segments and while
 * records are appended. For one thread.
 */
final class ChangeStream {
  private final Engine engine;
  private final Log log;
  private Segment segment;
  private RecordCursor record;

  /** What was read last, to say where a reader was when retention overtook it. */
  private WatchCursor at;

  private ChangeStream(Engine engine, Segment segment, long offset, WatchCursor at) {
    this.engine = engine;
    this.log = engine.log;
    this.segment = segment;
    this.record = new RecordCursor(segment, offset, false, Scratch.own());
    this.at = at;
  }

  /** The stream behind the newest record. */
  static ChangeStream fromNow(Engine engine) {
    engine.lock();
    try {
      engine.checkOpen();
      Segment active = engine.log.active();
      return new ChangeStream(engine, active, active.end(), now(engine));
    } finally {
      engine.unlock();
    }
  }

  private static WatchCursor now(Engine engine) {
    return WatchCursor.of(engine.log.active().epoch & 0xFFFFFFFFL, engine.log.counter());
  }

  /** Another reader at the same place. */
  ChangeStream copy() {
    return new ChangeStream(engine, segment, record.following(), at);
  }

  /**
   * The stream behind a cursor.
   *
   * @throws KvException.CursorExpired when what came after it is not known any more, or it is of a
   *     log that is gone
   */
  static ChangeStream from(Engine engine, WatchCursor cursor) {
    engine.lock();
    try {
      engine.checkOpen();
      Segment first = find(engine, cursor);
      ChangeStream stream = new ChangeStream(engine, first, SegmentLayout.HEADER_BYTES, cursor);
      stream.skipTo(cursor.low());
      return stream;
    } catch (InternalError e) {
      throw engine.unreadable(e);
    } finally {
      engine.unlock();
    }
  }

  private static Segment find(Engine engine, WatchCursor cursor) {
    Segment[] wal = engine.log.wal();
    long counter = cursor.low();
    if (counter < wal[0].firstCounter - 1) {
      throw new KvException.CursorExpired(
          cursor, "the change stream is kept only from a later position on");
    }
    @Nullable Segment found = null;
    long firstOfEpoch = Long.MAX_VALUE;
    long endOfEpoch = -1;
    for (int i = 0; i < wal.length; i++) {
      long end = i + 1 < wal.length ? wal[i + 1].firstCounter - 1 : engine.log.counter();
      if ((wal[i].epoch & 0xFFFFFFFFL) == cursor.high()) {
        firstOfEpoch = Math.min(firstOfEpoch, wal[i].firstCounter);
        endOfEpoch = end;
      }
      if (wal[i].firstCounter <= counter + 1) {
        found = wal[i];
      }
    }
    if (found == null || counter < firstOfEpoch - 1 || counter > endOfEpoch) {
      throw new KvException.CursorExpired(
          cursor,
          "it is of a history that this store does not have: it was restored, or its end was lost in a crash");
    }
    return found;
  }

  private void skipTo(long counter) {
    while (true) {
      long from = record.following();
      try {
        if (!record.next(segment.end())) {
          return;
        }
        if (record.counter() > counter) {
          // It is read again.
          record.skipTo(record.offset());
          return;
        }
      } catch (IllegalStateException e) {
        mapAgain(from);
      }
    }
  }

  /** The segment was unmapped: because it went, or because purged values were erased from it. */
  private void mapAgain(long from) {
    engine.checkOpen();
    if (!isIn(log.wal(), segment)) {
      throw new KvException.CursorExpired(
          at, "retention overtook the watch while its consumer was busy");
    }
    record = new RecordCursor(segment, from, false, Scratch.own());
  }

  /**
   * What is done with a record while it can be read. It may be done again, and then the last time
   * counts.
   */
  interface Reading {
    void read(RecordCursor record);
  }

  /**
   * Moves to the next record and reads it; false when there is none yet.
   *
   * @throws KvException.CursorExpired when compaction took it away
   * @throws KvException.Corrupted when it is damaged
   */
  boolean next(Reading reading) {
    while (true) {
      long from = record.following();
      try {
        if (record.next(segment.end())) {
          at = WatchCursor.of(record.epoch() & 0xFFFFFFFFL, record.counter());
          reading.read(record);
          return true;
        }
        if (record.stop() == RecordCursor.Stop.BAD) {
          throw engine.damaged(segment, record.offset());
        }
        @Nullable Segment following = following();
        if (following == null) {
          record.skipTo(from);
          return false;
        }
        if (!isEnd(from)) {
          record.skipTo(from);
          continue;
        }
        segment = following;
        record = new RecordCursor(segment, SegmentLayout.HEADER_BYTES, false, Scratch.own());
      } catch (IllegalStateException e) {
        mapAgain(from);
      }
    }
  }

  /**
   * Whether nothing is left in the segment, which has a successor and so does not grow any more.
   *
   * @throws KvException.Corrupted when it should have more
   */
  private boolean isEnd(long from) {
    RecordCursor rest = new RecordCursor(segment, from, false, Scratch.own());
    if (rest.next(segment.end())) {
      return false;
    }
    if (rest.offset() != segment.end()) {
      throw engine.damaged(segment, rest.offset());
    }
    return true;
  }

  private @Nullable Segment following() {
    Segment[] wal = log.wal();
    for (int i = 0; i < wal.length; i++) {
      if (wal[i] == segment) {
        return i + 1 < wal.length ? wal[i + 1] : null;
      }
    }
    if (wal.length > 0 && wal[0].id > segment.id) {
      throw new KvException.CursorExpired(
          at, "retention overtook the watch while its consumer was busy");
    }
    return null;
  }

  private static boolean isIn(Segment[] segments, Segment wanted) {
    for (Segment segment : segments) {
      if (segment == wanted) {
        return true;
      }
    }
    return false;
  }

  /** Whether something can be read now. */
  boolean hasNext() {
    Segment active = log.active();
    return active != segment || record.following() < active.end();
  }

  /** Where a stream was, for others to look at. */
  record Place(Segment segment, long offset, long counter) {}

  Place place() {
    return new Place(segment, record.following(), at.low());
  }

  /** The position of the record that was read last. */
  WatchCursor at() {
    return at;
  }
}

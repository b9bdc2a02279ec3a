package dev.kvist.simple;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a write-ahead log past its damage. Counters follow each other, so that what is missing can
 * be counted. A stretch without records is damage when a record or the index says that it was on
 * the device; else it is what a crash may leave.
 */
final class WalSalvage {
  private final Log log;
  private final OldIndex old;
  private final NewestRecords newest;
  private final Losses losses;
  private final InventoryCheck inventory;

  /** Records of a batch that has not come to its end yet. */
  private final List<Long> batch = new ArrayList<>();

  private long provenAddress = -1;

  /** The counter that the next record should have; {@link Segment#UNKNOWN} when none is known. */
  private long expected = Segment.UNKNOWN;

  private long firstCounter = Loss.ANY_COUNTER;

  /**
   * @param inventory gets what is said of the segments there must be
   */
  WalSalvage(Log log, OldIndex old, NewestRecords newest, Losses losses, InventoryCheck inventory) {
    this.log = log;
    this.old = old;
    this.newest = newest;
    this.losses = losses;
    this.inventory = inventory;
  }

  void run() throws IOException {
    Segment[] wal = log.wal();
    for (Segment segment : wal) {
      prove(segment);
    }
    for (int i = 0; i < wal.length; i++) {
      Segment segment = wal[i];
      inventory.addHeader(segment);
      if (segment.firstCounter != Segment.UNKNOWN) {
        if (expected != Segment.UNKNOWN && segment.firstCounter > expected) {
          lose("before " + segment.name(), segment, 0, 0, segment.firstCounter - 1);
        }
        expect(segment.firstCounter);
      }
      if (i + 1 < wal.length) {
        long end = read(segment, length(segment, wal[i + 1]));
        endSealed(segment, end, wal[i + 1]);
      } else {
        endLast(segment, read(segment, segment.capacity()));
      }
    }
  }

  /** The counter with which the log begins, as far as it is there. */
  long firstCounter() {
    return firstCounter;
  }

  private void expect(long counter) {
    expected = counter;
    firstCounter = Math.min(firstCounter, counter);
  }

  /** Finds up to where the log was on the device. */
  private void prove(Segment segment) {
    if (segment.address == Segment.UNKNOWN) {
      return;
    }
    if (old.isBelieved() && segment.id == old.lastSegment()) {
      provenAddress = Math.max(provenAddress, segment.addressOf(old.lastOffset()));
    }
    var cursor = new SalvageCursor(segment);
    for (var found = cursor.next(); found != SalvageCursor.Found.END; found = cursor.next()) {
      if (found != SalvageCursor.Found.BAD_BYTES) {
        long address = segment.addressOf(cursor.from());
        provenAddress =
            Math.max(provenAddress, RecordLayout.claimed(address, cursor.record().claim()));
      }
    }
  }

  /** How long a segment was when the next one was begun, as far as their headers tell. */
  private static long length(Segment segment, Segment following) {
    long length = following.address - segment.address;
    boolean told = segment.address != Segment.UNKNOWN && following.address != Segment.UNKNOWN;
    boolean possible =
        length >= SegmentLayout.HEADER_BYTES
            && (following.id == segment.id + 1 || length <= segment.capacity());
    return told && possible ? length : segment.capacity();
  }

  /** Reads the records of a segment; returns behind which offset none is. */
  private long read(Segment segment, long length) throws IOException {
    var cursor = new SalvageCursor(segment, Math.min(length, segment.capacity()), 0);
    long badFrom = Segment.UNKNOWN;
    for (var found = cursor.next(); found != SalvageCursor.Found.END; found = cursor.next()) {
      if (found == SalvageCursor.Found.BAD_BYTES) {
        badFrom = cursor.from();
        continue;
      }
      RecordCursor record = cursor.record();
      boolean gap = expected != Segment.UNKNOWN && record.counter() > expected;
      if (badFrom != Segment.UNKNOWN || gap) {
        long from = badFrom != Segment.UNKNOWN ? badFrom : cursor.from();
        String place = Loss.place(segment, from, cursor.from());
        lose(place, segment, from, cursor.from(), record.counter() - 1);
        badFrom = Segment.UNKNOWN;
      }
      expect(record.counter());
      expected++;
      if (found == SalvageCursor.Found.RECORD) {
        inventory.add(record);
        batch.add(record.position());
      } else {
        newest.note(record);
        losses.badValue(record, isProven(segment, cursor.from()));
      }
      if (!record.has(RecordLayout.MORE)) {
        applyBatch();
      }
    }
    return badFrom != Segment.UNKNOWN ? badFrom : cursor.from();
  }

  private void lose(String place, Segment segment, long from, long to, long counter) {
    long records = expected == Segment.UNKNOWN ? -1 : Math.max(0, counter - expected + 1);
    int current = to == 0 ? -1 : current(segment, from, to);
    losses.stretch(
        new Loss(
            place,
            to - from,
            counter,
            records,
            current,
            old.reaches(segment, to),
            isProven(segment, from)));
  }

  private boolean isProven(Segment segment, long offset) {
    return segment.address == Segment.UNKNOWN || segment.addressOf(offset) < provenAddress;
  }

  /** How many records there were current; -1 when the index cannot tell. */
  private int current(Segment segment, long from, long to) {
    return old.reaches(segment, to) ? old.currentIn(Segment.slotOf(segment.id), from, to) : -1;
  }

  // --- ends of segments -------------------------------------------------------------------------

  private void endSealed(Segment segment, long from, Segment next) throws IOException {
    applyBatch();
    long to = length(segment, next);
    long following = next.firstCounter;
    boolean counted = expected != Segment.UNKNOWN && following != Segment.UNKNOWN;
    // A segment that another one follows was not empty, though nothing in it may tell.
    boolean isGone = segment.firstCounter == Segment.UNKNOWN && from <= SegmentLayout.HEADER_BYTES;
    // What is missing may be a segment without a record.
    boolean isGap = segment.address != Segment.UNKNOWN && next.address == segment.addressOf(to);
    isGap &= from < to;
    if (!isGap
        && (counted ? following <= expected : lastNonZero(segment, from) <= from && !isGone)) {
      return;
    }
    long records = counted ? Math.max(0, following - expected) : -1;
    long bytes = records == 0 ? to - from : Math.max(0, Math.min(to, segment.capacity()) - from);
    long counter = following == Segment.UNKNOWN ? Loss.ANY_COUNTER : following - 1;
    losses.stretch(
        new Loss(
            Loss.place(segment, from, to),
            bytes,
            counter,
            records,
            current(segment, from, Math.max(from, old.endOfCurrent(Segment.slotOf(segment.id)))),
            old.reaches(segment, to),
            isProven(segment, from)));
    expected = following;
  }

  private void endLast(Segment segment, long from) throws IOException {
    boolean marked = old.isBelieved() && segment.id <= old.lastSegment();
    long mark = segment.id == old.lastSegment() ? old.lastOffset() : segment.capacity() + 1;
    if (marked && mark > from) {
      applyBatch();
      long bytes = Math.max(0, Math.min(mark, segment.capacity()) - from);
      int current = segment.id == old.lastSegment() ? current(segment, from, mark) : -1;
      String place =
          segment.id == old.lastSegment()
              ? Loss.place(segment, from, mark)
              : "behind " + segment.name();
      losses.stretch(new Loss(place, bytes, Loss.ANY_COUNTER, -1, current, true, true));
      return;
    }
    // Nothing says that it was ever finished.
    batch.clear();
    long to = lastNonZero(segment, from);
    if (to > from) {
      losses.stretch(
          new Loss(
              Loss.place(segment, from, to),
              to - from,
              Loss.ANY_COUNTER,
              -1,
              -1,
              false,
              isProven(segment, from)));
    }
  }

  private static long lastNonZero(Segment segment, long from) {
    long end = from;
    for (long at = from; at + Long.BYTES <= segment.capacity(); at += Long.BYTES) {
      if (segment.memory().get(RecordLayout.LONG, at) != 0) {
        end = at + Long.BYTES;
      }
    }
    return end;
  }

  // --- batches ----------------------------------------------------------------------------------

  private void applyBatch() throws IOException {
    for (long position : batch) {
      Segment segment = log.at(position);
      RecordCursor record =
          new RecordCursor(segment, Segment.offset(position), false, Scratch.get());
      if (record.next(segment.capacity())) {
        newest.add(record);
      }
    }
    batch.clear();
  }
}

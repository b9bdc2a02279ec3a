package dev.kvist.simple;

import dev.kvist.spi.LogDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads all of a log that may be damaged: finds the newest readable record of each key, and what is
 * lost. Changes nothing.
 */
final class Salvage implements Closeable {
  private final SegmentSource segments;
  private final OldIndex old;
  private final NewestRecords newest;
  private final Losses losses;

  private Salvage(SegmentSource segments, OldIndex old, NewestRecords newest) {
    this.segments = segments;
    this.old = old;
    this.newest = newest;
    this.losses = new Losses(old);
  }

  static Salvage read(LogDirectory directory) throws IOException {
    SegmentSource segments = SegmentSource.open(directory);
    boolean read = false;
    try {
      OldIndex old = OldIndex.read(directory);
      Log log = new Log(directory, 0, Segment.MAX_BYTES);
      segments.wal().forEach(log::add);
      segments.state().forEach(log::add);
      var salvage = new Salvage(segments, old, new NewestRecords(log, old));
      salvage.readAll(log);
      read = true;
      return salvage;
    } finally {
      if (!read) {
        segments.close();
      }
    }
  }

  private void readAll(Log log) throws IOException {
    segments.headless().forEach(losses::header);
    segments.wal().forEach(newest::note);
    var wal = new WalSalvage(log, old, newest, losses);
    wal.run();
    long endOfWal = newest.counter();
    for (Segment segment : segments.state()) {
      readState(segment, wal.firstCounter());
    }
    if (newest.counter() > endOfWal && (!old.isBelieved() || segments.wal().isEmpty())) {
      // What was moved there had been in the write-ahead log before. The index says where that
      // ends, unless nothing is left of it.
      String place = "behind the end of " + Log.WAL_FOLDER;
      losses.stretch(new Loss(place, 0, Loss.ANY_COUNTER, newest.counter() - endOfWal, -1, true));
    }
    findMissing(wal.firstCounter());
    for (Segment stray : segments.strays()) {
      long records = segments.isCopy(stray) ? 0 : -1;
      String place = Loss.place(stray, 0, stray.capacity());
      losses.stretch(new Loss(place, stray.capacity(), Loss.ANY_COUNTER, records, -1, true));
    }
  }

  /**
   * @param firstCounter of the write-ahead log: a record that stands in a state segment alone is
   *     older
   */
  private void readState(Segment segment, long firstCounter) throws IOException {
    newest.note(segment);
    var cursor = new SalvageCursor(segment);
    List<Long> bad = new ArrayList<>();
    long claimed = 0;
    for (var found = cursor.next(); found != SalvageCursor.Found.END; found = cursor.next()) {
      if (found == SalvageCursor.Found.BAD_BYTES) {
        bad.add(cursor.from());
        bad.add(cursor.to());
        continue;
      }
      RecordCursor record = cursor.record();
      claimed = Math.max(claimed, RecordLayout.claimed(cursor.from(), record.claim()));
      if (found == SalvageCursor.Found.RECORD) {
        newest.add(record);
      } else {
        newest.note(record);
        losses.badValue(record, true);
      }
    }
    long end = old.endOfCurrent(Segment.slotOf(segment.id));
    if (end > cursor.from()) {
      bad.add(cursor.from());
      bad.add(end);
    }
    for (int i = 0; i < bad.size(); i += 2) {
      loseState(segment, bad.get(i), bad.get(i + 1), claimed, firstCounter - 1);
    }
  }

  private void loseState(Segment segment, long from, long to, long claimed, long counter) {
    int current = old.isBelieved() ? old.currentIn(Segment.slotOf(segment.id), from, to) : -1;
    losses.stretch(
        new Loss(
            Loss.place(segment, from, to),
            Math.max(0, Math.min(to, segment.capacity()) - from),
            counter,
            -1,
            current,
            claimed > from || current > 0));
  }

  /** Segments of which the index alone knows. */
  private void findMissing(long firstCounter) {
    var there = new ArrayList<Segment>(segments.wal());
    there.addAll(segments.state());
    int oldestWal = segments.wal().isEmpty() ? 0 : Segment.slotOf(segments.wal().getFirst().id);
    old.currentOutside(there)
        .forEach((slot, current) -> {
          long counter = slot > oldestWal ? Loss.ANY_COUNTER : firstCounter - 1;
          String place = "the missing segment number " + slot;
          losses.stretch(new Loss(place, 0, counter, -1, current, true));
        });
  }

  NewestRecords newest() {
    return newest;
  }

  Losses losses() {
    return losses;
  }

  /** The greatest id of a file that its header or a record in it confirms. */
  long newestId() {
    return segments.newestId();
  }

  /** That of the first segment that says; 0 when none does. */
  long storeId() {
    for (List<Segment> each : List.of(segments.wal(), segments.state())) {
      for (Segment segment : each) {
        if (!segments.headless().contains(segment)) {
          return segment.storeId;
        }
      }
    }
    return 0;
  }

  @Override
  public void close() throws IOException {
    newest.close();
    segments.close();
  }
}

package dev.kvist.simple;

import dev.kvist.spi.LogDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads all of a log that may be damaged: finds the newest readable record of each key, and what is
 * lost. Changes nothing.
 */
final class Salvage implements Closeable {
  private final LogDirectory directory;
  private final Log log;
  private final SegmentSource segments;
  private final OldIndex old;
  private final NewestRecords newest;
  private final Losses losses;
  private final InventoryCheck inventory = new InventoryCheck(Long.MAX_VALUE);

  private Salvage(
      LogDirectory directory, Log log, SegmentSource segments, OldIndex old, NewestRecords newest) {
    this.directory = directory;
    this.log = log;
    this.segments = segments;
    this.old = old;
    this.newest = newest;
    this.losses = new Losses(old);
  }

  static Salvage read(LogDirectory directory) throws IOException {
    SegmentSource segments = SegmentSource.open(directory);
    @Nullable OldIndex old = null;
    boolean read = false;
    try {
      old = OldIndex.read(directory, segments.storeId(), segments.wal());
      Log log = new Log(directory, 0, Segment.MAX_BYTES);
      segments.wal().forEach(log::add);
      segments.state().forEach(log::add);
      var salvage = new Salvage(directory, log, segments, old, new NewestRecords(log, old));
      salvage.readAll();
      read = true;
      return salvage;
    } finally {
      if (!read) {
        segments.close();
        if (old != null) {
          old.close();
        }
      }
    }
  }

  private void readAll() throws IOException {
    segments.headless().forEach(losses::header);
    segments.wal().forEach(newest::note);
    var wal = new WalSalvage(log, old, newest, losses, inventory);
    wal.run();
    long endOfWal = newest.counter();
    segments.state().forEach(this::findInventory);
    for (Segment segment : segments.state()) {
      readState(segment, wal.firstCounter());
    }
    if (newest.counter() > endOfWal && (!old.isBelieved() || segments.wal().isEmpty())) {
      // What was moved there had been in the write-ahead log before. The index says where that
      // ends, unless nothing is left of it.
      String place = "behind the end of " + Log.WAL_FOLDER;
      losses.stretch(
          new Loss(
              place, 0, Loss.ANY_COUNTER, newest.counter() - endOfWal, -1, old.isBelieved(), true));
    }
    findMissing(wal.firstCounter());
    for (Segment stray : segments.strays()) {
      boolean copied = segments.isCopy(stray);
      String place = Loss.place(stray, 0, stray.capacity());
      losses.stretch(
          new Loss(place, stray.capacity(), Loss.ANY_COUNTER, copied ? 0 : -1, -1, copied, true));
    }
  }

  private void findInventory(Segment segment) {
    var cursor = new SalvageCursor(segment);
    for (var found = cursor.next(); found != SalvageCursor.Found.END; found = cursor.next()) {
      if (found == SalvageCursor.Found.RECORD) {
        inventory.add(cursor.record());
      }
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
    long kept = inventory.endOf(segment);
    long end = Math.max(kept, old.endOfCurrent(Segment.slotOf(segment.id)));
    if (end > cursor.from()) {
      bad.add(cursor.from());
      bad.add(end);
    }
    for (int i = 0; i < bad.size(); i += 2) {
      loseState(segment, bad.get(i), bad.get(i + 1), Math.max(claimed, kept), firstCounter - 1);
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
            old.isBelieved(),
            claimed > from || current > 0));
  }

  /** Segments of which the log or the index knows. */
  private void findMissing(long firstCounter) {
    var there = new ArrayList<Segment>(segments.wal());
    there.addAll(segments.state());
    Map<Integer, Integer> outside = old.currentOutside(there);
    for (String name : inventory.missing(segments.wal(), segments.state())) {
      Integer inIndex = outside.remove(Segment.slotOf(Spares.id(name)));
      int current = !old.isBelieved() ? -1 : inIndex == null ? 0 : inIndex;
      String place = name + ", which is missing";
      losses.stretch(new Loss(place, 0, firstCounter - 1, -1, current, old.isBelieved(), true));
    }
    int oldestWal = segments.wal().isEmpty() ? 0 : Segment.slotOf(segments.wal().getFirst().id);
    outside.forEach((slot, current) -> {
      long counter = slot > oldestWal ? Loss.ANY_COUNTER : firstCounter - 1;
      String place = "the missing segment number " + slot;
      losses.stretch(new Loss(place, 0, counter, -1, current, true, true));
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

  /** That of the first segment that says, or else that of the index; null when none does. */
  @Nullable Long storeId() {
    Long told = segments.storeId();
    return told == null ? old.storeId() : told;
  }

  /** The keys whose newest record is lost, and those of which that may be so. */
  Suspects suspects() throws IOException {
    try (OldKeys keys = OldKeys.read(directory, storeId())) {
      var suspects = new Suspects(log, old, newest, losses);
      suspects.find(keys);
      return suspects;
    }
  }

  @Override
  public void close() throws IOException {
    newest.close();
    old.close();
    segments.close();
  }
}

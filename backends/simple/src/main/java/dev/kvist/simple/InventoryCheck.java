package dev.kvist.simple;

import dev.kvist.KvException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what is said of the segments there must be, and looks whether they are there. All that is
 * said was true when it was, and what goes later is told of before: so the newest {@link Inventory}
 * counts, and the newest oldest segment of the log.
 */
final class InventoryCheck {
  private static final long[] NONE = {};

  private final long upToMillis;
  private @Nullable Inventory newest;
  private long counter = -1;
  private long oldestWal;

  /**
   * @param upToMillis when the files were looked for: beside a reader their owner makes others, and
   *     says so
   */
  InventoryCheck(long upToMillis) {
    this.upToMillis = upToMillis;
  }

  /**
   * Takes what a segment says; each kind in the order of their ids.
   *
   * @param marks the offsets of its marks that hold an inventory
   */
  void add(Segment segment, List<Long> marks) {
    addHeader(segment);
    for (long offset : marks) {
      RecordCursor mark = new RecordCursor(segment, offset, false, Scratch.get());
      if (mark.next(segment.capacity())) {
        add(mark);
      }
    }
  }

  /** Takes what the header of a segment says. */
  void addHeader(Segment segment) {
    oldestWal = Math.max(oldestWal, segment.oldestWal);
  }

  /**
   * Takes what a record says, if it is an inventory. Those of the log have counters of their own;
   * one in a state segment has that of some record before it.
   */
  void add(RecordCursor record) {
    boolean isNewer =
        record.segment.kind == SegmentLayout.STATE
            ? record.counter() >= counter
            : record.counter() > counter;
    boolean says = isNewer && isInventory(record) && record.writtenAt() <= upToMillis;
    @Nullable Inventory said = says ? Inventory.read(record.storedValue()) : null;
    if (said != null) {
      newest = said;
      counter = record.counter();
      oldestWal = Math.max(oldestWal, said.oldestWal());
    }
  }

  /** Whether a record is a mark that holds an inventory. */
  static boolean isInventory(RecordCursor record) {
    return record.type() == RecordLayout.MARK && record.valueLength() > 0;
  }

  /** At least up to where the records of a state segment reached; 0 when nobody says it. */
  long endOf(Segment segment) {
    @Nullable Inventory said = newest;
    return said == null ? 0 : said.endOf(segment.id);
  }

  /** The names of the segments that are missing. */
  List<String> missing(List<Segment> wal, List<Segment> state) {
    var missing = new ArrayList<String>();
    @Nullable Inventory said = newest;
    for (long id : said == null ? NONE : said.state()) {
      if (state.stream().noneMatch(segment -> segment.id == id)) {
        missing.add(Segment.name(SegmentLayout.STATE, id));
      }
    }
    if (oldestWal > 0 && wal.stream().noneMatch(segment -> segment.id == oldestWal)) {
      missing.add(Segment.name(SegmentLayout.WAL, oldestWal));
    }
    return missing;
  }

  /**
   * Looks for them in a log of which all was read.
   *
   * @throws KvException.Corrupted naming the first that is missing, or shorter than it was
   */
  void check(Log log) {
    List<String> missing = missing(List.of(log.wal()), List.of(log.state()));
    if (!missing.isEmpty()) {
      throw new KvException.Corrupted(
          log.directory.location() + "/" + missing.getFirst(),
          0,
          "the segment is missing, and what it held is nowhere else");
    }
    for (Segment segment : log.state()) {
      if (segment.end() < endOf(segment)) {
        throw new KvException.Corrupted(
            log.directory.location() + "/" + segment.name(),
            segment.end(),
            "no intact record is here, and compaction kept some up to offset " + endOf(segment));
      }
    }
  }
}

package dev.kvist.simple;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the index of a damaged store, where it is to be believed, says of the log: which records are
 * the newest of their keys, and up to where it reached.
 */
final class OldIndex {
  /** The places of current records in a segment, in units of 8 bytes, by its slot. */
  private final Map<Integer, BitSet> current = new HashMap<>();

  private final long mark;

  private OldIndex(long mark) {
    this.mark = mark;
  }

  /** Reads it; one that must not be believed says nothing. */
  static OldIndex read(LogDirectory directory) throws IOException {
    List<LogFile> files = new ArrayList<>();
    try {
      for (String path : directory.list(Log.STATE_FOLDER)) {
        if (path.equals(IndexChunks.name(files.size()))) {
          files.add(directory.open(path, false));
        }
      }
      if (files.isEmpty()) {
        return new OldIndex(0);
      }
      HashIndex index =
          HashIndex.open(
              files,
              new IndexChunks(directory, Runnable::run),
              directory.bootId(),
              directory.identity(IndexChunks.name(0)),
              new Reach());
      var old = new OldIndex(index.verifySlots() == 0 ? Tally.applied(index) : 0);
      if (old.isBelieved()) {
        index.forEach(old::add);
      }
      return old;
    } catch (IndexUnusable e) {
      return new OldIndex(0);
    } finally {
      for (LogFile file : files) {
        file.close();
      }
    }
  }

  private void add(long position) {
    current
        .computeIfAbsent(Segment.slot(position), _ -> new BitSet())
        .set((int) (Segment.offset(position) / RecordLayout.ALIGNMENT));
  }

  boolean isBelieved() {
    return mark > 0;
  }

  /** The id of the segment in which the log ended when it was last in step. */
  long lastSegment() {
    return Log.markedSegment(mark);
  }

  /** The offset at which the log ended in it. */
  long lastOffset() {
    return Log.markedOffset(mark);
  }

  /** Whether a record was the newest of its key. */
  boolean isCurrent(long position) {
    return currentIn(Segment.slot(position), Segment.offset(position), Segment.offset(position) + 1)
        > 0;
  }

  /** How many current records start in a range of bytes of a segment. */
  int currentIn(int slot, long from, long to) {
    BitSet places = current.get(slot);
    return places == null
        ? 0
        : places
            .get(
                (int) (from / RecordLayout.ALIGNMENT),
                (int) ((to + RecordLayout.ALIGNMENT - 1) / RecordLayout.ALIGNMENT))
            .cardinality();
  }

  /** Behind the start of the last current record in a segment; 0 when there is none. */
  long endOfCurrent(int slot) {
    BitSet places = current.get(slot);
    return places == null ? 0 : (long) places.length() * RecordLayout.ALIGNMENT;
  }

  /** How many current records are in segments of other slots than these, by slot. */
  Map<Integer, Integer> currentOutside(List<Segment> segments) {
    Map<Integer, Integer> outside = new HashMap<>();
    current.forEach((slot, places) -> outside.put(slot, places.cardinality()));
    segments.forEach(segment -> outside.remove(Segment.slotOf(segment.id)));
    return outside;
  }
}

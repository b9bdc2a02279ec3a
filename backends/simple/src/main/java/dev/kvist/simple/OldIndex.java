package dev.kvist.simple;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the index of a damaged store, where it is to be believed, says of the log: which records are
 * the newest of their keys, and up to where it reached; and, once the log was read, which of them
 * cannot be read.
 */
final class OldIndex implements Closeable {
  /** Null when it must not be believed: then nothing is known of any record. */
  private final @Nullable HashIndex index;

  /** The places of current records in a segment, in units of 8 bytes, by its slot. */
  private final Map<Integer, BitSet> current = new HashMap<>();

  /** Those of them that nobody could read so far. */
  private final Map<Integer, BitSet> lost = new HashMap<>();

  /** The positions of lost records that {@link #hasLost} found for some key. */
  private final Set<Long> named = new HashSet<>();

  private final long mark;

  private OldIndex(@Nullable HashIndex index) {
    this.index = index;
    mark = index == null ? 0 : Tally.applied(index);
    if (index != null) {
      index.forEach(position -> {
        set(current, position);
        set(lost, position);
      });
    }
  }

  private static void set(Map<Integer, BitSet> places, long position) {
    places.computeIfAbsent(Segment.slot(position), _ -> new BitSet()).set(place(position));
  }

  private static int place(long position) {
    return (int) (Segment.offset(position) / RecordLayout.ALIGNMENT);
  }

  /**
   * Reads it; one that must not be believed says nothing.
   *
   * @param storeId that of the log; null when no segment tells it
   * @param wal the segments of the log, in order
   */
  static OldIndex read(LogDirectory directory, @Nullable Long storeId, List<Segment> wal)
      throws IOException {
    List<LogFile> files = new ArrayList<>();
    boolean believed = false;
    try {
      for (String path : directory.list(Log.STATE_FOLDER)) {
        if (path.equals(IndexChunks.name(files.size()))) {
          files.add(directory.open(path, false));
        }
      }
      if (files.isEmpty()) {
        return new OldIndex(null);
      }
      HashIndex index =
          HashIndex.open(
              files,
              new IndexChunks(directory, Runnable::run),
              directory.bootId(),
              directory.identity(IndexChunks.name(0)),
              storeId,
              new Reach());
      believed = Tally.applied(index) > 0 && index.verifySlots() == 0 && !isOutdated(index, wal);
      return new OldIndex(believed ? index : null);
    } catch (IndexUnusable e) {
      return new OldIndex(null);
    } finally {
      if (!believed) {
        for (LogFile file : files) {
          file.close();
        }
      }
    }
  }

  /** Whether it was closed, and the log went on without it: then it is a copy from long ago. */
  private static boolean isOutdated(HashIndex index, List<Segment> wal) {
    if (!index.wasClean()) {
      return false;
    }
    long mark = Tally.applied(index);
    for (Segment segment : wal) {
      long from =
          segment.id == Log.markedSegment(mark)
              ? Log.markedOffset(mark)
              : SegmentLayout.HEADER_BYTES;
      if (segment.id >= Log.markedSegment(mark)
          && new RecordCursor(segment, from, false, Scratch.get()).next(segment.capacity())) {
        return true;
      }
    }
    return false;
  }

  boolean isBelieved() {
    return index != null;
  }

  /** That of the store it was made for; null when it must not be believed. */
  @Nullable Long storeId() {
    return index == null ? null : index.storeId();
  }

  /** The id of the segment in which the log ended when it was last in step. */
  long lastSegment() {
    return Log.markedSegment(mark);
  }

  /** The offset at which the log ended in it. */
  long lastOffset() {
    return Log.markedOffset(mark);
  }

  /** Whether it has everything that the log had before an offset of a segment. */
  boolean reaches(Segment segment, long offset) {
    return isBelieved()
        && (segment.id < lastSegment() || (segment.id == lastSegment() && offset <= lastOffset()));
  }

  /** Whether a record was the newest of its key. */
  boolean isCurrent(long position) {
    return holds(current, position);
  }

  private static boolean holds(Map<Integer, BitSet> places, long position) {
    BitSet inSegment = places.get(Segment.slot(position));
    return inSegment != null && inSegment.get(place(position));
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

  // --- what is lost -----------------------------------------------------------------------------

  /** The key of the record at a position could be read. */
  void found(long position) {
    BitSet inSegment = lost.get(Segment.slot(position));
    if (inSegment != null) {
      inSegment.clear(place(position));
    }
  }

  /** How many current records could not be read, of keys that {@link #hasLost} was not asked of. */
  long unnamed() {
    return lost.values().stream().mapToLong(BitSet::cardinality).sum() - named.size();
  }

  /** Gives the position of each current record that could not be read. */
  void forEachLost(LongConsumer positions) {
    lost.forEach((slot, places) ->
        places.stream()
            .mapToLong(place -> Segment.position(slot, (long) place * RecordLayout.ALIGNMENT))
            .forEach(positions));
  }

  /**
   * Whether the newest record of a key could not be read. Keys are told apart by some 20 bits of
   * their hashes, so that one of a million others is taken for a lost one.
   */
  boolean hasLost(int bucket, byte[] key) {
    if (index == null) {
      return false;
    }
    long at =
        index.find(hash(index, bucket, key), bucket, key, (found, _, _) -> holds(lost, found));
    if (at != HashIndex.NONE) {
      named.add(at);
    }
    return at != HashIndex.NONE;
  }

  /** The same of a key that may have been that of the lost record at a position. */
  boolean hasLost(int bucket, byte[] key, long position) {
    if (index == null || !index.holds(hash(index, bucket, key), position)) {
      return false;
    }
    named.add(position);
    return true;
  }

  private static long hash(HashIndex index, int bucket, byte[] key) {
    return KeyHash.hash(bucket, key, index.seed());
  }

  @Override
  public void close() throws IOException {
    if (index != null) {
      index.close(false);
    }
  }
}

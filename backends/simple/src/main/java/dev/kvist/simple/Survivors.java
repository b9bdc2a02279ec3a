package dev.kvist.simple;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The records that compaction keeps: copied to a state segment without the lock, then the index is
 * pointed at the copies, a few under each lock. A record that was overwritten meanwhile leaves a
 * dead copy behind.
 */
final class Survivors {
  private static final int AT_ONCE = 64;

  /** Makes a state segment with room for at least so many bytes of records. */
  interface Source {
    Segment make(long bytes) throws IOException;
  }

  private record Move(long hash, long from, long to, long deadline) {}

  private final Engine engine;
  private final Expiry expiry;
  private final Source source;
  private final List<Move> moves = new ArrayList<>(AT_ONCE);
  private final List<Segment> unforced = new ArrayList<>();

  /** Segments of an earlier process. */
  private final Set<Segment> earlier;

  /** Up to where records reach in those of them that were looked at. */
  private final Map<Segment, Long> ends = new HashMap<>();

  /** Those which that process may not have forced, though the index points at them. */
  private final List<Segment> found;

  private @Nullable Segment output;
  private long at;

  /**
   * @param earlier the state segments that the store was opened with
   * @param clean whether it had been closed cleanly
   */
  Survivors(Engine engine, Expiry expiry, Source source, List<Segment> earlier, boolean clean) {
    this.earlier = new HashSet<>(earlier);
    this.found = clean ? new ArrayList<>() : new ArrayList<>(earlier);
    this.engine = engine;
    this.expiry = expiry;
    this.source = source;
  }

  /** The segment that is being filled; null when none is. */
  @Nullable Segment output() {
    return output;
  }

  /** A segment that goes need not be forced any more. */
  void forget(Segment segment) {
    found.remove(segment);
    earlier.remove(segment);
    ends.remove(segment);
  }

  /** Up to where the records of a state segment are on the device, when all was forced. */
  long endOf(Segment segment) {
    return earlier.contains(segment)
        ? ends.computeIfAbsent(segment, each -> StateEnd.of(each).end())
        : segment.end();
  }

  /**
   * Says something in a mark, where the log has no room for it; {@link #force} comes after.
   *
   * @param counter one that the log has on the device, so that what it says later has a higher one
   */
  void say(byte[] value, long counter) throws IOException {
    mark(room(RecordLayout.size(0, value.length, false)), value, counter);
  }

  void add(RecordCursor record, long hash) throws IOException {
    Segment segment = room(record.size());
    byte[] bytes = record.bytes();
    MemorySegment copy = MemorySegment.ofArray(bytes);
    int keyEnd = record.keyStart() + record.keyLength();
    bytes[14] = (byte) (bytes[14] & ~RecordLayout.MORE);
    bytes[15] = (byte) RecordLayout.claimFor(at - segment.forcedTo());
    copy.set(
        RecordLayout.INT,
        0,
        Scratch.get().checksum(bytes, 4, keyEnd - 4) ^ RecordLayout.mask(segment.id, at));
    MemorySegment.copy(bytes, 0, segment.memory(), ValueLayout.JAVA_BYTE, at, bytes.length);
    segment.written(at, bytes.length);
    moves.add(new Move(hash, record.position(), segment.position(at), record.deadline()));
    at += bytes.length;
    segment.end(at);
    if (moves.size() == AT_ONCE) {
      settle();
    }
  }

  private Segment room(long size) throws IOException {
    Segment segment = output;
    // The end mark has to fit too.
    long needed = size + RecordLayout.size(0, 0, false);
    if (segment == null || at + needed > segment.capacity()) {
      settle();
      segment = source.make(needed);
      output = segment;
      at = SegmentLayout.HEADER_BYTES;
      unforced.add(segment);
    } else if (!unforced.contains(segment)) {
      unforced.add(segment);
    }
    return segment;
  }

  /** Points the index at the copies made so far. */
  void settle() {
    if (moves.isEmpty()) {
      return;
    }
    engine.lock();
    try {
      for (Move move : moves) {
        if (engine.index.replace(move.hash, move.from, move.to)
            && move.deadline != Deadlines.NONE) {
          expiry.add(move.deadline, move.to);
        }
      }
    } finally {
      engine.unlock();
    }
    moves.clear();
  }

  /** Brings all copies onto the device, and says so in their segments. */
  void force() throws IOException {
    if (unforced.isEmpty() && found.isEmpty()) {
      return;
    }
    // A new segment came from the other folder: a rename is durable when both are.
    engine.directory.sync(Log.STATE_FOLDER);
    engine.directory.sync(Log.WAL_FOLDER);
    for (Segment segment : found) {
      forceFound(segment);
    }
    found.clear();
    if (unforced.isEmpty()) {
      return;
    }
    for (Segment segment : unforced) {
      segment.force(segment.end());
      mark(segment, Op.NOTHING, engine.log.counter());
      segment.force(segment.end());
    }
    at = unforced.getLast().end();
    unforced.clear();
  }

  private void forceFound(Segment segment) throws IOException {
    StateEnd end = StateEnd.of(segment);
    segment.storeAgain(end.proven(), end.end());
    segment.force(segment.capacity());
    ends.put(segment, end.end());
  }

  private void mark(Segment segment, byte[] value, long counter) {
    long offset = segment.end();
    Scratch scratch = Scratch.get();
    int length =
        RecordWriter.assemble(
            scratch,
            RecordLayout.MARK,
            0,
            Op.NOTHING,
            value,
            scratch.checksum(value, 0, value.length),
            Deadlines.NONE,
            RecordLayout.claimFor(offset - segment.forcedTo()),
            counter,
            engine.log.epoch(),
            engine.clock.now(),
            RecordLayout.mask(segment.id, offset));
    MemorySegment.copy(scratch.memory(), 0, segment.memory(), offset, length);
    if (!RecordWriter.fits(value)) {
      MemorySegment.copy(
          value, 0, segment.memory(), ValueLayout.JAVA_BYTE, offset + length, value.length);
    }
    long size = RecordLayout.size(0, value.length, false);
    segment.written(offset, size);
    segment.end(offset + size);
  }
}

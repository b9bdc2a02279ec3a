package dev.kvist.simple;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
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

  /** Segments of an earlier process, which may not have forced what the index points at. */
  private final List<Segment> found;

  private @Nullable Segment output;
  private long at;

  /**
   * @param found the state segments of a store that was not closed cleanly
   */
  Survivors(Engine engine, Expiry expiry, Source source, List<Segment> found) {
    this.found = new ArrayList<>(found);
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
      mark(segment);
      segment.force(segment.end());
    }
    at = unforced.getLast().end();
    unforced.clear();
  }

  private static void forceFound(Segment segment) throws IOException {
    RecordCursor record =
        new RecordCursor(segment, SegmentLayout.HEADER_BYTES, false, Scratch.get());
    long proven = 0;
    while (record.next(segment.capacity())) {
      proven = record.type() == RecordLayout.MARK ? record.following() : proven;
    }
    segment.storeAgain(proven, record.offset());
    segment.force(segment.capacity());
  }

  private void mark(Segment segment) {
    long offset = segment.end();
    Scratch scratch = Scratch.get();
    int length =
        RecordWriter.assemble(
            scratch,
            RecordLayout.MARK,
            0,
            Op.NOTHING,
            Op.NOTHING,
            0,
            Deadlines.NONE,
            RecordLayout.claimFor(0),
            engine.log.counter(),
            engine.log.epoch(),
            engine.clock.now(),
            RecordLayout.mask(segment.id, offset));
    MemorySegment.copy(scratch.memory(), 0, segment.memory(), offset, length);
    long size = RecordLayout.size(0, 0, false);
    segment.written(offset, size);
    segment.end(offset + size);
  }
}

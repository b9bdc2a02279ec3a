package dev.kvist.simple;

import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the bytes of purged values from segments that are still kept for watches: such a segment
 * is written anew with the purged records blanked at their places, so that neither positions nor
 * the order of the change stream change, and renamed over the old one.
 */
final class Erasure {
  private static final Logger LOG = LoggerFactory.getLogger(Erasure.class);

  /**
   * Purges looked for in one pass, so that the heap stays small; the rest is left to the next pass.
   */
  private static final int AT_ONCE = 100_000;

  private final Engine engine;
  private final Runnable syncAndSay;
  private final Source source;

  /** Where the new files come from. */
  interface Source {
    /** A file of zeros of that name and length. */
    LogFile make(String name, long bytes) throws IOException;
  }

  /**
   * @param syncAndSay brings the log onto the device, and says so in it
   */
  Erasure(Engine engine, Runnable syncAndSay, Source source) {
    this.engine = engine;
    this.syncAndSay = syncAndSay;
    this.source = source;
  }

  void run(BooleanSupplier stop) throws IOException {
    long purgedTo = engine.tally.purgedTo();
    long from = engine.tally.erasedTo();
    while (from < purgedTo && !stop.getAsBoolean()) {
      Map<Long, Long> purges = new HashMap<>();
      long to = collect(purges, from, purgedTo);
      if (!purges.isEmpty()) {
        // The purge must be on the device before what it removes is gone.
        syncAndSay.run();
        erase(purges, stop);
      }
      if (stop.getAsBoolean()) {
        return;
      }
      engine.lock();
      try {
        engine.tally.erasedTo(to);
      } finally {
        engine.unlock();
      }
      from = to;
    }
  }

  /**
   * Collects purges by the hash of their key, each with its counter; returns the counter of the
   * last one seen.
   */
  private long collect(Map<Long, Long> purges, long from, long purgedTo) {
    long last = purgedTo;
    for (Segment segment : engine.log.wal()) {
      RecordCursor record =
          new RecordCursor(segment, SegmentLayout.HEADER_BYTES, false, Scratch.get());
      while (record.next(segment.end())) {
        if (record.type() == RecordLayout.PURGE && record.counter() > from) {
          purges.put(engine.hash(record.bucket(), record.key()), record.counter());
          last = record.counter();
          if (purges.size() == AT_ONCE) {
            return last;
          }
        }
      }
    }
    return Math.max(last, purgedTo);
  }

  private void erase(Map<Long, Long> purges, BooleanSupplier stop) throws IOException {
    Segment[] wal = engine.log.wal();
    for (int i = 0; i < wal.length - 1 && !stop.getAsBoolean(); i++) {
      if (holdsPurged(wal[i], purges)) {
        rewrite(wal[i], purges);
      }
    }
    for (Segment segment : engine.log.state()) {
      if (!stop.getAsBoolean() && holdsPurged(segment, purges)) {
        rewrite(segment, purges);
      }
    }
  }

  /**
   * Two keys of one hash are told apart by the index: a record that it points at is not purged. A
   * dead record of the other key that is lost with it was dead already.
   */
  private boolean isPurged(RecordCursor record, Map<Long, Long> purges) {
    if (record.type() != RecordLayout.PUT) {
      return false;
    }
    Long purgedAt = purges.get(engine.hash(record.bucket(), record.key()));
    return purgedAt != null && purgedAt > record.counter() && !engine.isCurrent(record);
  }

  private boolean holdsPurged(Segment segment, Map<Long, Long> purges) {
    RecordCursor record =
        new RecordCursor(segment, SegmentLayout.HEADER_BYTES, false, Scratch.get());
    while (record.next(segment.end())) {
      if (isPurged(record, purges)) {
        return true;
      }
    }
    return false;
  }

  private void rewrite(Segment segment, Map<Long, Long> purges) throws IOException {
    String name = segment.name() + ".new";
    engine.directory.delete(name);
    long capacity = segment.capacity();
    try (LogFile file = source.make(name, capacity)) {
      MemorySegment copy = file.memory();
      MemorySegment.copy(segment.memory(), 0, copy, 0, capacity);
      RecordCursor record =
          new RecordCursor(segment, SegmentLayout.HEADER_BYTES, false, Scratch.get());
      int erased = 0;
      while (record.next(segment.end())) {
        if (isPurged(record, purges)) {
          blank(segment, record, copy);
          erased++;
        }
      }
      file.written(0, capacity);
      file.force(0, capacity);
      LOG.info(
          "{}: erased {} purged values from {}",
          engine.directory.location(),
          erased,
          segment.name());
    }
    engine.directory.rename(name, segment.name());
    engine.directory.sync(name.substring(0, name.indexOf('/')));
    segment.swap(engine.directory.open(segment.name(), true)).close();
  }

  /** Same place, same length, same counter: neither key nor value. */
  private static void blank(Segment segment, RecordCursor record, MemorySegment copy) {
    long offset = record.offset();
    int valueLength = (int) record.size() - RecordLayout.HEADER_BYTES;
    copy.asSlice(offset + RecordLayout.HEADER_BYTES, valueLength).fill((byte) 0);
    byte[] zeros = new byte[valueLength];
    Scratch scratch = Scratch.get();
    int zerosChecksum = scratch.checksum(zeros, 0, valueLength);
    int type = RecordLayout.ERASED | (record.flags() & RecordLayout.MORE);
    int length =
        RecordWriter.assemble(
            scratch,
            type,
            record.bucket(),
            Op.NOTHING,
            zeros,
            zerosChecksum,
            Deadlines.NONE,
            record.claim(),
            record.counter(),
            record.epoch(),
            record.writtenAt(),
            RecordLayout.mask(segment.id, offset));
    MemorySegment.copy(
        scratch.memory(), ValueLayout.JAVA_BYTE, 0, copy, ValueLayout.JAVA_BYTE, offset, length);
  }
}

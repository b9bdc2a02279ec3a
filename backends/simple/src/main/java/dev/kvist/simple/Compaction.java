package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.CompactionEvent;
import dev.kvist.spi.FlightEvents;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives space back: moves what is still current out of the oldest segment, then deletes that. One
 * segment at a time, the oldest first, so that a delete marker outlives every older record of its
 * key and can then be dropped itself.
 *
 * <p>A marker may go when every other segment was made after it was written: an older record of its
 * key would have been dead by then, and dead records are not moved.
 */
final class Compaction {
  private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);

  private static final int RECORDS_AT_ONCE = 64;

  /** How many segments more garbage than it may keep a store has before writers wait. */
  static final int SEGMENTS_BEHIND = 64;

  private final Engine engine;
  private final Log log;
  private final Writes writes;
  private final Committer committer;
  private final @Nullable Spares spares;
  private final Pace pace;
  private final Survivors survivors;

  /** Fair: a backup would else wait while one round follows another. */
  private final ReentrantLock running = new ReentrantLock(true);

  private final Set<Long> damaged = new HashSet<>();

  /** Log bytes below which another try is pointless, since the last one freed nothing. */
  private volatile long notBelow;

  Compaction(
      Engine engine,
      Writes writes,
      Committer committer,
      Expiry expiry,
      @Nullable Spares spares,
      Pace pace,
      boolean clean) {
    this.engine = engine;
    this.log = engine.log;
    this.writes = writes;
    this.committer = committer;
    this.spares = spares;
    this.pace = pace;
    pace.follow(this::isBehind);
    this.survivors = new Survivors(engine, expiry, this::newSegment, List.of(log.state()), clean);
  }

  /** Whether there is more garbage than the store may keep. */
  boolean isWanted() {
    long bytes = log.bytes();
    return bytes >= notBelow && garbage(bytes) > allowedGarbage() && victim() != null;
  }

  /** Whether writes make garbage faster than it is given back. */
  boolean isLate() {
    return garbage(log.bytes()) > allowedGarbage() + 2L * log.segmentBytes();
  }

  /** Whether it is so late that writers have to wait, and can do something about it. */
  private boolean isBehind() {
    long most = allowedGarbage() + (long) SEGMENTS_BEHIND * log.segmentBytes();
    return garbage(log.bytes()) > most && isWanted();
  }

  private long garbage(long logBytes) {
    return logBytes - engine.tally.recordBytes();
  }

  /**
   * So that all files stay within 1.5 times the live keys and values, the change stream and two
   * segments, which is how far writers may be ahead before compaction is late.
   */
  private long allowedGarbage() {
    long records = engine.tally.recordBytes();
    long room =
        engine.tally.liveBytes() * 3 / 2 - records - engine.index.bytes() - engine.runs.fileBytes();
    long segment = log.segmentBytes();
    // Less would have compaction copy the same records again and again.
    long least = records / 8;
    if (Limits.files(engine, 2 * segment) != null) {
      return segment + Math.max(room, least);
    }
    long retention = engine.settings.retentionBytes();
    return Math.max(retention + room, Math.max(retention, 2 * segment) + least);
  }

  /** Compacts until there is no more garbage than allowed. */
  void round(BooleanSupplier stop) throws IOException {
    running.lock();
    try {
      while (!stop.getAsBoolean() && isWanted()) {
        long before = garbage(log.bytes());
        @Nullable Segment victim = victim();
        if (victim == null || !compact(victim, stop)) {
          return;
        }
        if (garbage(log.bytes()) >= before && victim.kind == SegmentLayout.STATE) {
          notBelow = log.bytes() + log.segmentBytes();
        }
      }
      new Erasure(engine, this::syncAndSay, this::rewritten).run(stop);
    } catch (InternalError e) {
      throw engine.unreadable(e);
    } finally {
      running.unlock();
    }
  }

  /** Compacts everything that is not kept for watches, and erases what was purged. */
  void all() {
    // What is being put in order must not be taken away meanwhile.
    engine.order.await();
    running.lock();
    try {
      try {
        writes.rotate();
      } catch (KvException.StoreFull e) {
        LOG.info("{}: no room to compact the newest segment", log.directory.location());
      }
      long upTo = log.active().id;
      @Nullable Segment victim = victim();
      while (victim != null && victim.id < upTo) {
        if (!compact(victim, engine::isClosed)) {
          break;
        }
        victim = victim();
      }
      new Erasure(engine, this::syncAndSay, this::rewritten).run(engine::isClosed);
      engine.order.maintain();
    } catch (IOException e) {
      LOG.error("{}: compaction failed", log.directory.location(), e);
      throw StoreFiles.failed(log.directory.location(), "could not be compacted", e);
    } catch (InternalError e) {
      throw engine.unreadable(e);
    } finally {
      running.unlock();
    }
  }

  /**
   * Brings onto the device what a compaction that was stopped has moved: the index of a clean close
   * points at it.
   */
  void finish() throws IOException {
    running.lock();
    try {
      forceSurvivors();
    } finally {
      running.unlock();
    }
  }

  /** A force that failed must not be tried again: it would succeed, and prove nothing (K8). */
  private void forceSurvivors() throws IOException {
    try {
      survivors.force();
    } catch (IOException e) {
      engine.fail(e);
      throw e;
    }
  }

  /** What must not see segments go away or be rewritten. */
  interface Step {
    void run() throws IOException;
  }

  /** Runs a step while no compaction does. */
  void whileSegmentsStay(Step step) throws IOException {
    running.lock();
    pace.paused(true);
    try {
      step.run();
    } finally {
      pace.paused(false);
      running.unlock();
    }
  }

  // --- which segment ----------------------------------------------------------------------------

  /** The oldest segment that may be compacted; null when there is none. */
  private @Nullable Segment victim() {
    var candidates = new ArrayList<Segment>(List.of(log.state()));
    @Nullable Segment output = survivors.output();
    candidates.remove(output);
    candidates.removeIf(segment -> damaged.contains(segment.id));
    for (Segment segment : beyondRetention()) {
      if (damaged.contains(segment.id)) {
        // The log must not get a gap.
        break;
      }
      candidates.add(segment);
    }
    return candidates.stream()
        .min(Comparator.comparingLong((Segment s) -> s.firstCounter).thenComparingLong(s -> s.id))
        .orElse(null);
  }

  private List<Segment> beyondRetention() {
    Segment[] wal = log.wal();
    long kept = 0;
    long now = engine.clock.now();
    long age = engine.settings.retentionAgeMillis();
    for (int i = wal.length - 2; i >= 0; i--) {
      kept += wal[i].end();
      boolean tooOld = age > 0 && wal[i + 1].madeAtMillis < now - age;
      if (kept > engine.settings.retentionBytes() || tooOld) {
        return List.of(wal).subList(0, i + 1);
      }
    }
    return List.of();
  }

  // --- one segment ------------------------------------------------------------------------------

  private boolean compact(Segment victim, BooleanSupplier stop) throws IOException {
    @Nullable CompactionEvent event = FlightEvents.compaction();
    long start = System.nanoTime();
    // So that no copy outlives a power loss that takes newer writes with it.
    committer.sync(true);
    engine.checkWritable();
    engine.runs.freeze();
    noteMoves(victim);
    RecordCursor record = new RecordCursor(victim, SegmentLayout.HEADER_BYTES, true, Scratch.get());
    long kept = 0;
    int records = 0;
    while (record.next(victim.end())) {
      if (++records % RECORDS_AT_ONCE == 0) {
        BackgroundThread.giveWay();
      }
      if (stop.getAsBoolean()) {
        survivors.settle();
        return false;
      }
      kept += keep(victim, record);
    }
    survivors.settle();
    if (record.stop() == RecordCursor.Stop.BAD) {
      LOG.error(
          "{}: {} is damaged at offset {} and is kept as it is; run ./kvist verify",
          log.directory.location(),
          victim.name(),
          record.offset());
      damaged.add(victim.id);
      return false;
    }
    survivors.forget(victim);
    forceSurvivors();
    // What made records here dead must be on the device before they go.
    sayWhatStays(victim);
    drop(victim);
    report(victim, kept, System.nanoTime() - start);
    if (event != null) {
      event.done(log.directory.location(), victim.capacity(), kept);
    }
    return true;
  }

  /**
   * Brings the log onto the device, and says so in it. Else damage there could pass for a tail that
   * never was, and what it had made dead would be missed.
   */
  private void syncAndSay() {
    // Where there is no room it is left out: it is for bad days only.
    sayInLog(Op.NOTHING);
  }

  /**
   * The same.
   *
   * @param value what else is to be said
   * @return whether it is said: false when the log has no room for it
   */
  private boolean sayInLog(byte[] value) {
    committer.sync(true);
    engine.lock();
    try {
      engine.checkWritable();
      writes.mark(value);
    } catch (KvException.StoreFull e) {
      return false;
    } finally {
      engine.unlock();
    }
    committer.sync(true);
    return true;
  }

  /**
   * Brings onto the device which segments there must be when a victim is gone. It must not go
   * without: what was said before asks for it.
   */
  private void sayWhatStays(Segment victim) throws IOException {
    byte[] stays = Inventory.without(victim, log, survivors::endOf).bytes();
    long counter = engine.counter();
    if (!sayInLog(stays)) {
      // Room for it is part of what is left for compaction.
      survivors.say(stays, counter);
      forceSurvivors();
    }
  }

  /** Before the first record moves: a kill may come between two. */
  private void noteMoves(Segment victim) {
    if (victim.kind == SegmentLayout.WAL) {
      engine.lock();
      try {
        Segment[] wal = log.wal();
        engine.tally.compactedTo(wal[List.of(wal).indexOf(victim) + 1].firstCounter - 1);
      } finally {
        engine.unlock();
      }
    }
  }

  /** Deals with one record; returns how many bytes of it live on. */
  private long keep(Segment victim, RecordCursor record) throws IOException {
    if (record.type() > RecordLayout.PURGE) {
      return 0;
    }
    long hash = engine.hash(record.bucket(), record.key());
    long position = record.position();
    if (!engine.index.holds(hash, position)) {
      return 0;
    }
    if (record.type() == RecordLayout.PUT) {
      if (record.deadline() <= engine.clock.now()) {
        expire(position);
        return 0;
      }
    } else if (mayGo(victim, record)) {
      forget(hash, position);
      return 0;
    }
    survivors.add(record, hash);
    return record.size();
  }

  private void expire(long position) {
    engine.lock();
    try {
      engine.checkWritable();
      // The sweeper may have been faster.
      if (engine.log.has(position) && engine.isCurrent(position)) {
        writes.expire(position, engine.clock.now(), Scratch.get());
        writes.show();
      }
    } catch (InternalError e) {
      throw writes.deviceFailed(e);
    } finally {
      engine.unlock();
    }
    engine.signal.publish();
  }

  private boolean mayGo(Segment victim, RecordCursor marker) {
    long retention = engine.settings.markerRetentionMillis();
    if (retention > 0 && marker.writtenAt() + retention > engine.clock.now()) {
      return false;
    }
    return allMadeAfter(marker.counter(), victim, log.wal())
        && allMadeAfter(marker.counter(), victim, log.state());
  }

  private static boolean allMadeAfter(long counter, Segment but, Segment[] segments) {
    for (Segment segment : segments) {
      if (segment != but && segment.firstCounter <= counter) {
        return false;
      }
    }
    return true;
  }

  private void forget(long hash, long position) {
    engine.lock();
    try {
      long lengths = RecordLayout.lengths(log.at(position).memory(), Segment.offset(position));
      if (engine.index.remove(hash, position)) {
        engine.tally.count(lengths, -1);
        engine.tally.store(log.mark());
      }
    } finally {
      engine.unlock();
    }
  }

  private void drop(Segment victim) throws IOException {
    engine.lock();
    try {
      // The place up to which the log is applied may lie at the end of the victim.
      engine.tally.store(log.mark());
      log.remove(victim);
    } finally {
      engine.unlock();
    }
    String name = victim.name();
    log.directory.delete(name);
    log.directory.sync(name.substring(0, name.indexOf('/')));
    victim.close();
    engine.traffic.segmentsRemoved.increment();
    pace.look();
  }

  private void report(Segment victim, long kept, long nanos) {
    engine.traffic.compactions.increment();
    engine.traffic.compactedBytes.add(victim.capacity());
    engine.traffic.keptBytes.add(kept);
    engine.traffic.compactedForMillis = nanos / 1_000_000;
    engine.traffic.compactedAtMillis = engine.clock.now();
    engine.observer.compacted(victim.capacity(), kept, nanos);
    LOG.info(
        "{}: compacted {}: kept {} of {} bytes in {} ms",
        log.directory.location(),
        victim.name(),
        kept,
        victim.capacity(),
        nanos / 1_000_000);
  }

  /** A file in the place of another; of the spare for compaction where there is no room. */
  private LogFile rewritten(String name, long bytes) throws IOException {
    try {
      return log.directory.create(name, bytes);
    } catch (IOException e) {
      if (spares == null || bytes > log.segmentBytes()) {
        throw e;
      }
      String spare;
      try (LogFile file = spares.take(SpareUse.COMPACTION, bytes)) {
        spare = file.name();
      } catch (KvException.StoreFull full) {
        e.addSuppressed(full);
        throw e;
      }
      log.directory.rename(spare, name);
      log.directory.truncate(name, bytes);
      return log.directory.open(name, true);
    }
  }

  /** A file for what compaction keeps; puts leave one spare for it. */
  private Segment newSegment(long atLeastBytes) throws IOException {
    Spares source = java.util.Objects.requireNonNull(spares);
    boolean large = atLeastBytes + SegmentLayout.HEADER_BYTES > log.segmentBytes();
    LogFile file =
        large
            ? source.takeLarge(atLeastBytes + SegmentLayout.HEADER_BYTES, SpareUse.COMPACTION)
            : source.take(SpareUse.COMPACTION, atLeastBytes + SegmentLayout.HEADER_BYTES);
    long id = Spares.id(file.name());
    log.directory.rename(file.name(), Spares.name(Log.STATE_FOLDER, id));
    engine.lock();
    try {
      SegmentLayout.write(
          file.memory(),
          SegmentLayout.STATE,
          log.epoch(),
          log.storeId(),
          id,
          log.counter() + 1,
          0,
          engine.clock.now(),
          0);
      file.written(0, SegmentLayout.HEADER_BYTES);
      Segment segment = new Segment(file);
      log.add(segment);
      log.segmentsMade.increment();
      LOG.info("{}: segment {} made", log.directory.location(), segment.name());
      return segment;
    } finally {
      engine.unlock();
    }
  }
}

package dev.kvist.simple;

import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.Kvist;
import dev.kvist.Version;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Every change of the store. Under the engine's lock: look the key up, judge the conditions, append
 * the record, point the index at it, show it to the watches. The order makes a kill at any point
 * harmless: what the log holds behind the applied mark is applied again at open, and a batch
 * without its last record is cut.
 */
final class Writes {
  private static final int LOOK_AT_ORDER_EVERY = 64; // A power of two.

  private static final long PAUSE_NANOS = 150_000;

  private final Engine engine;
  private final Log log;
  private final HashIndex index;
  private final Tally tally;
  private final Committer committer;
  private final boolean sync;
  private final Expiry expiry;
  private final Pace pace;
  private final RoomState orderRoom;
  private long addedKeys;
  private volatile int pressure;

  Writes(Engine engine, Committer committer, Expiry expiry, Pace pace) {
    this.engine = engine;
    this.log = engine.log;
    this.index = engine.index;
    this.tally = engine.tally;
    this.committer = committer;
    this.sync = engine.settings.syncWrites();
    this.expiry = expiry;
    this.pace = pace;
    this.orderRoom = new RoomState(engine.directory.location());
    expiry.attach(this);
  }

  /**
   * Writers that are much faster than the background puts their keys in order go slower, by many
   * short pauses; if that does not help, they wait: what waits to be ordered takes memory.
   */
  private void giveOrderTime() {
    int now = pressure;
    if (now < KeyRuns.BEHIND) {
      return;
    }
    pressure = 0;
    if (now < KeyRuns.FULL) {
      LockSupport.parkNanos(this, PAUSE_NANOS * (now - KeyRuns.BEHIND + 1));
      return;
    }
    try {
      engine.order.maintain();
      orderRoom.found();
    } catch (IOException | InternalError e) {
      orderRoom.lost("files of the order of keys", e);
    }
  }

  /** Does one operation; {@link Op#writes} and {@link Op#version} say what came of it. */
  void apply(Op op) {
    pace.await();
    giveOrderTime();
    long address;
    Scratch scratch = Scratch.get();
    engine.lock();
    try {
      engine.checkWritable();
      long now = engine.clock.now();
      look(op, now);
      judge(op);
      if (!op.writes) {
        return;
      }
      try {
        makeWay(op, now, scratch);
        prepareRecord(op, now);
        log.reserve(op.size(), op.isPut(), now);
        write(op, true, now, scratch);
      } finally {
        // Also when the write itself was refused: what made way for it stays.
        address = show();
      }
    } catch (InternalError e) {
      throw deviceFailed(e);
    } finally {
      engine.unlock();
    }
    acknowledge(address);
  }

  /** Does a batch, all or nothing. */
  void apply(List<Op> ops) {
    pace.await();
    giveOrderTime();
    long address;
    Scratch scratch = Scratch.get();
    engine.lock();
    try {
      engine.checkWritable();
      long now = engine.clock.now();
      long size = 0;
      int last = -1;
      boolean puts = false;
      for (int i = 0; i < ops.size(); i++) {
        Op op = ops.get(i);
        look(op, now);
        judge(op);
        if (op.writes) {
          prepareRecord(op, now);
          size += op.size();
          puts |= op.isPut();
          last = i;
        }
      }
      if (last < 0) {
        return;
      }
      try {
        for (Op op : ops) {
          makeWay(op, now, scratch);
        }
        log.reserve(size, puts, now);
        writeAll(ops, last, now, scratch);
      } finally {
        address = show();
      }
    } catch (InternalError e) {
      throw deviceFailed(e);
    } finally {
      engine.unlock();
    }
    acknowledge(address);
  }

  private void writeAll(List<Op> ops, int last, long now, Scratch scratch) {
    long mark = log.mark();
    long counter = log.counter();
    long[] positions = new long[last + 1];
    // All records before any index entry: a kill in between leaves the batch whole or not at all.
    for (int i = 0; i <= last; i++) {
      Op op = ops.get(i);
      positions[i] = op.writes ? record(op, i == last, now, scratch) : HashIndex.NONE;
    }
    for (int i = 0; i <= last; i++) {
      count(ops.get(i), positions[i], 1);
    }
    tally.prepare();
    for (int i = 0; i <= last; i++) {
      Op op = ops.get(i);
      try {
        if (op.writes) {
          point(op, positions[i]);
        }
      } catch (KvException e) {
        for (int j = i - 1; j >= 0; j--) {
          unpoint(ops.get(j), positions[j]);
        }
        for (int j = 0; j <= last; j++) {
          count(ops.get(j), positions[j], -1);
        }
        log.backTo(mark, counter);
        throw e;
      }
    }
    tally.commit(log.mark());
  }

  // --- the steps --------------------------------------------------------------------------------

  private void look(Op op, long now) {
    Bucket bucket = op.bucket;
    if (bucket == null) {
      bucket = engine.bucket(op.bucketName);
      if (bucket == null) {
        return;
      }
      op.bucket = bucket;
      op.hash = engine.hash(bucket.id, op.key);
    }
    op.found = index.find(op.hash, bucket.id, op.key, log);
    if (op.found != HashIndex.NONE) {
      MemorySegment memory = log.at(op.found).memory();
      long offset = Segment.offset(op.found);
      long lengths = RecordLayout.lengths(memory, offset);
      boolean value = RecordLayout.type(lengths) == RecordLayout.PUT;
      op.foundExpired = value && RecordLayout.deadline(memory, offset, lengths) <= now;
      op.foundLive = value && !op.foundExpired;
    }
  }

  private void judge(Op op) {
    if (op.absent && op.foundLive) {
      engine.traffic.conflicts.increment();
      throw new KvException.AlreadyExists(op.bucketName, op.key, versionAt(op.found));
    }
    @Nullable Version expected = op.expected;
    if (expected != null) {
      @Nullable Version actual = op.foundLive ? versionAt(op.found) : null;
      if (!expected.equals(actual)) {
        engine.traffic.conflicts.increment();
        throw new KvException.VersionMismatch(op.bucketName, op.key, expected, actual);
      }
    }
    op.writes =
        switch (op.type) {
          case Op.REQUIRE -> false;
          case RecordLayout.DELETE -> op.foundLive;
          case RecordLayout.PUT -> !op.touch || op.foundLive;
          default -> true;
        };
  }

  private Version versionAt(long position) {
    return Engine.version(log.at(position).memory(), Segment.offset(position));
  }

  /**
   * What has to be in the log before the record: the end of an expired value, the bucket's name.
   */
  private void makeWay(Op op, long now, Scratch scratch) {
    if (op.foundExpired) {
      op.found = expire(op.found, now, scratch);
      op.foundExpired = false;
    }
    if (op.writes && (op.bucket == null || !op.bucket.live)) {
      define(op, now, scratch);
    }
  }

  private void define(Op op, long now, Scratch scratch) {
    @Nullable Bucket known = engine.bucket(op.bucketName);
    int id = known == null ? tally.nextBucket() : known.id;
    if (known != null && known.live) {
      // An earlier operation of the same batch made it.
      op.bucket = known;
      op.hash = engine.hash(id, op.key);
      return;
    }
    setDefinition(op.bucketName, id, true, op.type != RecordLayout.PURGE, now, scratch);
    if (known == null) {
      known = new Bucket(op.bucketName, id, true);
      engine.remember(known);
    } else {
      known.live = true;
    }
    op.bucket = known;
    op.hash = engine.hash(id, op.key);
  }

  private void setDefinition(
      String name, int id, boolean live, boolean forPut, long now, Scratch scratch) {
    byte[] key = Kvist.utf8(name);
    Op definition =
        new Op(
            RecordLayout.PUT,
            name,
            new Bucket("", Bucket.DIRECTORY, true),
            key,
            engine.hash(Bucket.DIRECTORY, key));
    Values.store(definition, Bucket.definition(id, live));
    look(definition, now);
    definition.writes = true;
    log.reserve(definition.size(), forPut, now);
    int next = tally.nextBucket();
    // First, so that a kill in between wastes a number and never gives it twice.
    tally.nextBucket(Math.max(next, id + 1));
    try {
      write(definition, true, now, scratch);
    } catch (KvException e) {
      tally.nextBucket(next);
      throw e;
    }
  }

  /** Makes a bucket without a key in it. */
  void define(String name) {
    Op op = new Op(Op.REQUIRE, name, null, Op.NOTHING, 0);
    acknowledge(change(scratch -> define(op, engine.clock.now(), scratch)));
  }

  /** Takes a bucket, which is empty, off the list. */
  void undefine(Bucket bucket) {
    acknowledge(
        change(scratch -> {
          setDefinition(bucket.name, bucket.id, false, false, engine.clock.now(), scratch);
          bucket.live = false;
        }));
  }

  /**
   * Ends the newest segment, unless nothing is in it, so that compaction may work on all there is.
   *
   * @throws KvException.StoreFull when no spare would be left for what compaction keeps
   */
  void rotate() {
    change(_ -> {
      if (log.active().end() > SegmentLayout.HEADER_BYTES) {
        log.rotate(engine.clock.now());
      }
    });
  }

  /** Returns the log's end. */
  private long change(Consumer<Scratch> step) {
    engine.lock();
    try {
      engine.checkWritable();
      step.accept(Scratch.get());
      return show();
    } catch (InternalError e) {
      throw deviceFailed(e);
    } finally {
      engine.unlock();
    }
  }

  private void prepareRecord(Op op, long now) {
    if (op.touch) {
      Values.takeOver(op, log.at(op.found), op.found);
    }
    if (op.ttlMillis > 0) {
      op.deadline = now + op.ttlMillis < 0 ? Long.MAX_VALUE - 1 : now + op.ttlMillis;
    }
  }

  private long write(Op op, boolean last, long now, Scratch scratch) {
    long mark = log.mark();
    long counter = log.counter();
    long position = record(op, last, now, scratch);
    count(op, position, 1);
    tally.prepare();
    try {
      point(op, position);
    } catch (KvException e) {
      count(op, position, -1);
      log.backTo(mark, counter);
      throw e;
    }
    tally.commit(log.mark());
    return position;
  }

  private long record(Op op, boolean last, long now, Scratch scratch) {
    int bucket = java.util.Objects.requireNonNull(op.bucket).id;
    long position =
        log.append(
            op.type | op.flags | (last ? 0 : RecordLayout.MORE),
            bucket,
            op.key,
            op.stored,
            op.valueChecksum,
            op.deadline,
            now,
            scratch);
    op.version = Version.of(log.epoch() & 0xFFFFFFFFL, log.counter());
    return position;
  }

  private void point(Op op, long position) {
    int bucket = java.util.Objects.requireNonNull(op.bucket).id;
    if (op.found == HashIndex.NONE) {
      try {
        index.put(op.hash, bucket, op.key, position, log);
      } catch (IOException e) {
        throw Limits.indexFull(engine, e);
      }
    } else {
      index.replace(op.hash, op.found, position);
    }
    if (op.isPut()) {
      if (!op.foundLive) {
        engine.runs.add(position);
        if ((++addedKeys & (LOOK_AT_ORDER_EVERY - 1)) == 0) {
          pressure = engine.runs.pressure();
        }
      }
      if (op.hasDeadline()) {
        tally.sawDeadline();
        expiry.add(op.deadline, position);
      }
    } else if (op.foundLive) {
      engine.runs.died();
    }
    if (op.type == RecordLayout.PURGE) {
      tally.purgedTo(log.counter());
    }
  }

  private void unpoint(Op op, long position) {
    if (op.writes) {
      if (op.found == HashIndex.NONE) {
        index.remove(op.hash, position);
      } else {
        index.replace(op.hash, position, op.found);
      }
      if (op.foundLive) {
        // A merge may have found the key dead in between.
        engine.runs.add(op.found);
      }
    }
  }

  /** Counts what an operation changes, or takes that back. */
  private void count(Op op, long position, int sign) {
    if (op.writes) {
      if (op.found != HashIndex.NONE) {
        count(op.found, -sign);
      }
      count(position, sign);
    }
  }

  private void count(long position, int sign) {
    tally.count(RecordLayout.lengths(log.at(position).memory(), Segment.offset(position)), sign);
  }

  // --- expiry -----------------------------------------------------------------------------------

  /**
   * Says at the log's end that all before it is on the device, and what a value says. Under the
   * lock; the log has just been synced.
   *
   * @throws KvException.StoreFull when there is no room for it
   */
  void mark(byte[] value) {
    try {
      long now = engine.clock.now();
      Scratch scratch = Scratch.get();
      int checksum = scratch.checksum(value, 0, value.length);
      log.reserve(RecordLayout.size(0, value.length, false), false, now);
      log.append(RecordLayout.MARK, 0, Op.NOTHING, value, checksum, KvEntry.NEVER, now, scratch);
      // Else recovery would take it for a change of its own, before one that is half done.
      tally.store(log.mark());
      show();
    } catch (InternalError e) {
      throw deviceFailed(e);
    }
  }

  /** Turns an expired value into a marker, under the lock; returns the marker's position. */
  long expire(long found, long now, Scratch scratch) {
    Segment segment = log.at(found);
    RecordCursor record = new RecordCursor(segment, Segment.offset(found), false, scratch);
    if (!record.next(segment.capacity())) {
      throw engine.damaged(segment, Segment.offset(found));
    }
    byte[] key = record.key();
    int bucket = record.bucket();
    Op op =
        new Op(
            RecordLayout.EXPIRE, "", new Bucket("", bucket, true), key, engine.hash(bucket, key));
    op.found = found;
    op.foundLive = true;
    op.writes = true;
    log.reserve(op.size(), false, now);
    long position = write(op, true, now, scratch);
    engine.traffic.expired.increment();
    return position;
  }

  // --- the end ----------------------------------------------------------------------------------

  /** Makes everything appended so far visible; returns the log's end. */
  long show() {
    log.publish();
    pace.at(log.active());
    return log.endAddress();
  }

  void acknowledge(long address) {
    engine.signal.publish();
    if (sync) {
      committer.await(address);
    }
  }

  /** A mapped page could not be written: nothing is acknowledged, and nothing more is written. */
  KvException.IoFailed deviceFailed(InternalError e) {
    engine.fail(e);
    return new KvException.IoFailed(
        Effect.UNKNOWN,
        engine.directory.location()
            + ": the device did not take a write; the store refuses further ones",
        e);
  }
}

package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.Threads;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns values whose deadline has passed into markers, a few under each lock, so that watches hear
 * of them and their space comes back without a read. Reads judge deadlines themselves and never
 * wait for this.
 */
final class Expiry implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Expiry.class);
  private static final int AT_ONCE = 32;
  private static final long LONGEST_NAP_NANOS = 1_000_000_000;

  private final Engine engine;
  private final boolean inline;
  private final RoomState room;
  private @Nullable Writes writes;
  private @Nullable Thread thread;
  private volatile long wakesAt = Deadlines.NONE;
  private volatile boolean closed;

  Expiry(Engine engine, boolean inline) {
    this.engine = engine;
    this.inline = inline;
    this.room = new RoomState(engine.directory.location());
  }

  void attach(Writes writes) {
    this.writes = writes;
  }

  /** A record with a deadline came to be, or to another place. Under the engine's lock. */
  void add(long deadline, long position) {
    engine.deadlines.add(deadline, position);
    if (inline) {
      return;
    }
    if (thread == null) {
      thread = new BackgroundThread("kvist-expiry", this::run, () -> closed);
      wakesAt = 0;
      thread.start();
    } else if (deadline < wakesAt) {
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    while (!closed) {
      try {
        while (!closed && sweep()) {
          BackgroundThread.giveWay();
        }
        room.found();
      } catch (KvException.StoreFull e) {
        // The next try comes soon, and the next.
        room.lost("the markers of expired keys", e);
        LockSupport.parkNanos(this, LONGEST_NAP_NANOS);
      } catch (KvException e) {
        if (!closed) {
          LOG.error(
              "{}: expired keys could not be swept; trying again", engine.directory.location(), e);
        }
        LockSupport.parkNanos(this, LONGEST_NAP_NANOS);
      }
      long first = engine.deadlines.first();
      wakesAt = first;
      long millis =
          first == Deadlines.NONE || engine.hasFailed()
              ? Long.MAX_VALUE
              : Math.max(1, engine.clock.millisUntil(first));
      LockSupport.parkNanos(this, millis > 1_000 ? LONGEST_NAP_NANOS : millis * 1_000_000);
    }
  }

  /** Sweeps some; returns whether there may be more. */
  boolean sweep() {
    if (engine.deadlines.first() > engine.clock.now() || engine.hasFailed()) {
      return false;
    }
    Scratch scratch = Scratch.get();
    Writes appender = java.util.Objects.requireNonNull(writes);
    boolean any = false;
    engine.lock();
    try {
      engine.checkWritable();
      long now = engine.clock.now();
      for (int i = 0; i < AT_ONCE; i++) {
        long position = engine.deadlines.takeDue(now);
        if (position < 0) {
          break;
        }
        any |= expire(appender, position, now, scratch);
      }
      if (any) {
        appender.show();
      }
    } catch (InternalError e) {
      engine.fail(e);
      return false;
    } finally {
      engine.unlock();
    }
    if (any) {
      engine.signal.publish();
    }
    return true;
  }

  /**
   * Positions that are not current any more are passed over: a newer record has its own deadline.
   */
  private boolean expire(Writes appender, long position, long now, Scratch scratch) {
    if (!engine.log.has(position)) {
      return false;
    }
    Segment segment = engine.log.at(position);
    RecordCursor record = new RecordCursor(segment, Segment.offset(position), false, scratch);
    if (!record.next(segment.capacity())
        || record.type() != RecordLayout.PUT
        || record.deadline() > now) {
      return false;
    }
    if (!engine.isCurrent(record)) {
      return false;
    }
    try {
      appender.expire(position, now, scratch);
    } catch (KvException e) {
      engine.deadlines.add(record.deadline(), position);
      throw e;
    }
    return true;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    if (thread != null) {
      Threads.join(thread);
    }
  }
}

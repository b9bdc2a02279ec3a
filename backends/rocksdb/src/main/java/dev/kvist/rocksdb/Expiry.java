package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.spi.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns values whose deadline has passed into markers, and forgets markers that are old enough; a
 * few under each lock. Reads judge deadlines themselves and never wait for this.
 */
final class Expiry implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Expiry.class);
  private static final int AT_ONCE = 64;
  private static final long LONGEST_NAP_NANOS = 1_000_000_000;
  private static final byte[] NO_KEY = {};

  private final Store store;
  private final Database database;
  private final Thread thread =
      Thread.ofPlatform().daemon().name("kvist-expiry").unstarted(this::run);

  /** No deadline that is not swept yet lies before this; changed under the lock of writes. */
  private volatile long first;

  private volatile boolean closed;

  Expiry(Store store) {
    this.store = store;
    this.database = store.database;
    this.first = firstDeadline(0);
  }

  void start() {
    thread.start();
  }

  /** Whether there may be a value whose deadline has passed and of which nobody was told. */
  boolean mayHaveDue(long now) {
    return first <= now;
  }

  /** A record with a deadline is about to be written; under the lock of writes. */
  void added(long deadline) {
    if (deadline < first) {
      first = deadline;
      LockSupport.unpark(thread);
    }
  }

  private long firstDeadline(long from) {
    List<byte[]> one = entries(TimeIndex.DEADLINE, from, Long.MAX_VALUE, 1);
    return one.isEmpty() ? Long.MAX_VALUE : TimeIndex.order(one.getFirst());
  }

  private void run() {
    while (!closed) {
      try {
        long due = first;
        long millis =
            due == Long.MAX_VALUE || store.writes.hasFailed()
                ? Long.MAX_VALUE
                : store.clock.millisUntil(due);
        if (millis <= 0) {
          sweep(store.clock.now());
        } else {
          LockSupport.parkNanos(this, millis > 1_000 ? LONGEST_NAP_NANOS : millis * 1_000_000);
        }
      } catch (RuntimeException | Error e) {
        if (!closed && !database.gate.isClosed()) {
          LOG.error("{}: expired keys could not be swept; trying again", database.location, e);
          LockSupport.parkNanos(this, LONGEST_NAP_NANOS);
        }
      }
    }
  }

  private void sweep(long now) {
    int user = database.gate.enter();
    try {
      // Entries before the first one are deleted; to pass over them would take ever longer.
      List<byte[]> due = entries(TimeIndex.DEADLINE, first, now, AT_ONCE);
      if (due.isEmpty()) {
        long from = first;
        store.writes.change(_ -> first = firstDeadline(from));
      } else {
        settle(due);
      }
    } finally {
      database.gate.leave(user);
    }
  }

  private void settle(List<byte[]> entries) {
    store.writes.change(group -> {
      for (byte[] entry : entries) {
        group.settle(entry);
      }
    });
  }

  /**
   * Forgets the markers of before a counter.
   *
   * @param keepFrom those written since then stay, in milliseconds since 1970
   * @param untilNanos when it leaves the rest for another call, by {@link System#nanoTime}
   * @return whether all were forgotten
   */
  boolean forgetMarkers(long beforeCounter, long keepFrom, long untilNanos) {
    long from = 0;
    while (!closed && System.nanoTime() - untilNanos < 0) {
      List<byte[]> old = entries(TimeIndex.MARKER, from, beforeCounter - 1, AT_ONCE);
      old.removeIf(entry -> writtenAt(entry) >= keepFrom);
      if (old.isEmpty()) {
        return true;
      }
      from = TimeIndex.order(old.getLast());
      settle(old);
    }
    return false;
  }

  /** When a marker was written; long ago where it is no more. */
  private long writtenAt(byte[] entry) {
    @Nullable Bucket bucket = store.definitions.bucket(TimeIndex.bucket(entry));
    byte[] head = new byte[RecordLayout.HEADER_BYTES];
    byte[] key = bucket == null ? NO_KEY : bucket.stored(TimeIndex.key(entry));
    try {
      boolean there =
          bucket != null
              && !bucket.gone
              && database.rocks.get(
                      bucket.family,
                      database.tuning.reads,
                      key,
                      0,
                      key.length,
                      head,
                      0,
                      head.length)
                  >= 0;
      return there && RecordLayout.counter(head, 0) == TimeIndex.order(entry)
          ? RecordLayout.writtenAt(head, 0)
          : 0;
    } catch (RocksDBException e) {
      throw database.failed("cannot be read", KvException.Effect.NONE, e);
    }
  }

  /** The first entries of a kind, in order, both ends included. */
  private List<byte[]> entries(byte kind, long from, long to, int most) {
    var found = new ArrayList<byte[]>();
    try (RocksIterator entries = database.iterator(database.times)) {
      entries.seek(TimeIndex.entry(kind, from, 0, NO_KEY));
      while (entries.isValid() && found.size() < most) {
        byte[] entry = entries.key();
        if (TimeIndex.kind(entry) != kind || TimeIndex.order(entry) > to) {
          break;
        }
        found.add(entry);
        entries.next();
      }
      entries.status();
      return found;
    } catch (RocksDBException e) {
      throw database.failed("cannot be read", KvException.Effect.NONE, e);
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    Threads.join(thread);
  }
}

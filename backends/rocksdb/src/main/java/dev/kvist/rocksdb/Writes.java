package dev.kvist.rocksdb;

import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.Version;
import dev.kvist.spi.FlightEvents;
import dev.kvist.spi.SyncEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every change of the store. Counters are the sequence numbers that RocksDB is about to give, so
 * there is one writer at a time: whoever has the lock.
 *
 * <p>With {@code sync_writes} those who come while one write is synced wait in a queue, and the
 * next write takes all of them; without it, virtual threads alone do.
 */
final class Writes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Writes.class);
  private static final long GROUP_BYTES = 4 << 20;
  private static final int GROUP_WRITES = 4096;

  /** Some tens of microseconds: as long as a few puts of others, and as a thread takes to wake. */
  private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 1_000 : 0;

  private final Store store;
  private final Database database;
  private final boolean sync;
  private final ReentrantLock lock = new ReentrantLock();
  private final WriteQueue queue;
  private final Pace pace;
  private final WriteGroup group;
  private final List<PendingWrite> members = new ArrayList<>();

  /** The counter of the newest record. */
  private volatile long counter;

  private volatile @Nullable Exception failure;
  private volatile boolean isFull;

  Writes(Store store, long counter) {
    this.store = store;
    this.database = store.database;
    this.sync = database.settings.syncWrites();
    this.counter = counter;
    this.pace = new Pace(database);
    this.group = new WriteGroup(store);
    this.queue = new WriteQueue(database.location, sync, lock, this::leadQueue);
  }

  void start() {
    queue.start();
  }

  long counter() {
    return counter;
  }

  // --- how callers write ------------------------------------------------------------------------

  /**
   * Puts a value without conditions, as fast as it goes; null when that needs more than a write.
   */
  @Nullable Version put(Bucket bucket, byte[] key, byte[] value) {
    if (sync || Thread.currentThread().isVirtual()) {
      return null;
    }
    Scratch scratch = Scratch.get();
    byte[] stored = scratch.key(bucket, key);
    int length = RecordLayout.HEADER_BYTES + value.length;
    byte[] record = scratch.record(length);
    System.arraycopy(value, 0, record, RecordLayout.HEADER_BYTES, value.length);
    long own;
    int user = database.gate.enter();
    acquire();
    try {
      checkWritable();
      long now = store.clock.now();
      if (!bucket.live || bucket.gone || store.expiry.mayHaveDue(now)) {
        return null;
      }
      own = counter + 1;
      RecordLayout.write(record, RecordLayout.VALUE, own, now, KvEntry.NEVER);
      database.rocks.put(
          bucket.family,
          database.tuning.writes,
          stored,
          0,
          bucket.storedLength(key),
          record,
          0,
          length);
      written(own);
      pace.after(length);
    } catch (RocksDBException e) {
      throw failed(e);
    } finally {
      lock.unlock();
      database.gate.leave(user);
    }
    store.signal.publish();
    return store.epochs.version(own);
  }

  /** Takes the lock, which is mostly free again before a thread that parks would sleep. */
  private void acquire() {
    for (int i = 0; i < SPINS; i++) {
      if (lock.tryLock()) {
        return;
      }
      Thread.onSpinWait();
    }
    lock.lock();
  }

  void apply(Op op) {
    apply(List.of(op));
  }

  /** Does operations, all or nothing. */
  void apply(List<Op> ops) {
    var write = new PendingWrite(ops);
    if (!sync && write.mayLead) {
      alone(write);
    } else {
      queue.await(write);
    }
    write.check();
  }

  private void alone(PendingWrite write) {
    int user = database.gate.enter();
    acquire();
    try {
      checkWritable();
      lead(write);
    } finally {
      lock.unlock();
      database.gate.leave(user);
    }
    store.signal.publish();
  }

  // --- under the lock ---------------------------------------------------------------------------

  /** Writes what waits, as one group. */
  private void leadQueue() {
    int user;
    try {
      user = database.gate.enter();
    } catch (KvException.Closed e) {
      queue.refuse();
      return;
    }
    try {
      begin();
      long bytes = 0;
      for (int i = 0; i < GROUP_WRITES && bytes < GROUP_BYTES; i++) {
        PendingWrite write = queue.poll();
        if (write == null) {
          break;
        }
        take(write);
        bytes += write.bytes();
      }
      commit();
    } finally {
      database.gate.leave(user);
    }
    store.signal.publish();
  }

  private void lead(PendingWrite write) {
    begin();
    take(write);
    commit();
  }

  private void begin() {
    members.clear();
    group.begin(counter, store.clock.now());
  }

  private void take(PendingWrite write) {
    try {
      if (group.hides(write.ops)) {
        commit();
        begin();
      }
      checkWritable();
      group.add(write.ops, sync || !write.mayLead);
      members.add(write);
    } catch (RocksDBException e) {
      write.done(database.failed("cannot be read", Effect.NONE, e));
    } catch (RuntimeException e) {
      write.done(e);
    } catch (Error e) {
      write.done(broken(Effect.NONE, e));
    }
  }

  private void commit() {
    @Nullable RuntimeException failed = null;
    if (!group.isEmpty()) {
      try {
        checkWritable();
        @Nullable SyncEvent event = sync ? FlightEvents.sync() : null;
        long before = sync ? System.nanoTime() : 0;
        written(group.commit());
        store.traffic.groups.increment();
        pace.after(group.bytes());
        if (sync) {
          long nanos = System.nanoTime() - before;
          queue.synced(nanos);
          store.synced(counter, group.bytes(), nanos);
          if (event != null) {
            event.done(database.location, group.bytes());
          }
        }
      } catch (RocksDBException e) {
        failed = failed(e);
      } catch (RuntimeException e) {
        // Also what an observer throws: nobody may wait for ever.
        failed = e;
      } catch (Error e) {
        failed = broken(Effect.UNKNOWN, e);
      }
    }
    queue.releases(members.size());
    for (PendingWrite write : members) {
      write.done(failed);
    }
    members.clear();
  }

  /** RocksDB took all records up to this one, so that there is room. */
  private void written(long newest) {
    counter = newest;
    // A volatile store costs more than a read, and this is done for every write.
    if (isFull) {
      isFull = false;
    }
  }

  /** Something that changes more than keys. */
  @FunctionalInterface
  interface Step {
    void run(WriteGroup group) throws RocksDBException;
  }

  /** Does a step of the store's own, alone. */
  void change(Step step) {
    int user = database.gate.enter();
    lock.lock();
    try {
      checkWritable();
      begin();
      step.run(group);
      commitOrThrow();
    } catch (RocksDBException e) {
      throw database.failed("cannot be read", Effect.NONE, e);
    } finally {
      lock.unlock();
      database.gate.leave(user);
      queue.handOver();
    }
    store.signal.publish();
  }

  private void commitOrThrow() {
    if (!group.isEmpty()) {
      try {
        written(group.commit());
      } catch (RocksDBException e) {
        throw failed(e);
      }
    }
  }

  // --- failures ---------------------------------------------------------------------------------

  void checkWritable() {
    @Nullable Exception earlier = failure;
    if (earlier instanceof KvException.IoFailed disowned) {
      throw new KvException.IoFailed(
          Effect.NONE, database.location + " refuses writes: " + disowned.getMessage(), disowned);
    }
    if (earlier != null) {
      throw new KvException.IoFailed(
          Effect.NONE,
          database.location
              + " refuses writes since the device failed one; close it, look at the device, and open it again",
          earlier);
    }
  }

  /** A full volume may get room again; after anything else what is on the device is not known. */
  private KvException failed(RocksDBException e) {
    KvException failed = database.failed("did not take a write", Effect.UNKNOWN, e);
    LOG.error("{}: a write failed", database.location, e);
    counter = Math.max(counter, database.rocks.getLatestSequenceNumber());
    if (failed instanceof KvException.StoreFull) {
      isFull = true;
    } else {
      failure = e;
    }
    return failed;
  }

  /** Of what the JVM threw, such as for lack of memory: what was done is not known any more. */
  private KvException broken(Effect effect, Error e) {
    LOG.error("{}: a write failed", database.location, e);
    var cause = new IllegalStateException(e);
    failure = cause;
    return new KvException.IoFailed(
        effect, database.location + " did not take a write: " + e, cause);
  }

  /**
   * Whether the last write found no room. RocksDB's log then refuses to be synced as well, until
   * there is room and it has begun another one.
   */
  boolean isFull() {
    return isFull;
  }

  /** The same, of the write that is under way too. */
  boolean becameFull() {
    lock.lock();
    try {
      return isFull;
    } finally {
      lock.unlock();
    }
  }

  /** A sync of the background failed, or the store has another owner. */
  void fail(Exception e) {
    failure = e;
  }

  /**
   * Comes before the end of the store.
   *
   * @throws KvException.IoFailed when writes have stopped
   */
  void checkUnfailed() {
    if (failure != null) {
      throw new KvException.IoFailed(
          Effect.UNKNOWN,
          "it had stopped writing; what was not synced before may be lost",
          failure);
    }
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** Returns when nobody writes any more; those who wait are told that it is closed. */
  @Override
  public void close() {
    pace.close();
    queue.close();
  }
}

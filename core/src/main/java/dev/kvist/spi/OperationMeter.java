package dev.kvist.spi;

import dev.kvist.KvObserver;
import dev.kvist.KvObserver.Operation;
import dev.kvist.OperationCount;
import dev.kvist.WriteBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts what is done with one bucket, exactly, and tells the observer what it wants to know. A
 * backend calls {@link #begin} before an operation, and afterwards the method that says what it
 * was; one that failed it leaves out.
 *
 * <p>For many threads. Made by {@link OperationMeters}; a store keeps its own, so that no operation
 * looks it up. A get costs two plain adds, and a countdown where somebody listens. While a flight
 * recording runs that has {@code dev.kvist.SlowOperation} enabled, every call is timed.
 */
public final class OperationMeter {
  /** For {@link #read}: there was no live key. */
  public static final long ABSENT = -1;

  /** A call that is timed, until it ends. For one call. */
  public static final class Timing {
    /** Whether the observer is told of it. */
    private final boolean isTold;

    private final @Nullable SlowOperationEvent event;
    private final long startNanos;

    private Timing(boolean isTold, @Nullable SlowOperationEvent event) {
      this.isTold = isTold;
      this.event = event;
      this.startNanos = System.nanoTime();
    }
  }

  /** The figures of an operation, after one another. */
  private static final int CALLS = 0;

  private static final int MISSES = 1;
  private static final int BYTES = 2;
  private static final int FIGURES = 3;

  private static final class Kind {
    final Operation operation;
    final int first;

    /** Whether the observer knows that there are such calls. */
    boolean began;

    Kind(Operation operation, int number) {
      this.operation = operation;
      this.first = number * FIGURES;
    }
  }

  private final String backend;
  private final String bucket;
  private final KvObserver observer;

  /** Whether anybody listens to {@link #observer}. */
  private final boolean observed;

  private final Kind gets = new Kind(Operation.GET, 0);
  private final Kind puts = new Kind(Operation.PUT, 1);
  private final Kind deletes = new Kind(Operation.DELETE, 2);
  private final Kind batches = new Kind(Operation.BATCH, 3);
  private final Kind pages = new Kind(Operation.SCAN_PAGE, 4);
  private final List<Kind> kinds = List.of(gets, puts, deletes, batches, pages);
  private final StripedCounts counts = new StripedCounts(kinds.size() * FIGURES);

  OperationMeter(String backend, String bucket, KvObserver observer) {
    this.backend = backend;
    this.bucket = bucket;
    this.observer = observer;
    this.observed = !observer.equals(KvObserver.NONE);
  }

  /**
   * Begins a get, put or delete; null when it is not timed, as most are while no flight recording
   * runs.
   */
  public @Nullable Timing begin() {
    return timing(observed && MeteredThread.isSampled());
  }

  /** Begins a batch or a page of a scan, each of which is timed where somebody listens. */
  public @Nullable Timing beginMany() {
    return timing(observed);
  }

  private static @Nullable Timing timing(boolean isTold) {
    @Nullable SlowOperationEvent event = FlightEvents.operation();
    return isTold || event != null ? new Timing(isTold, event) : null;
  }

  /**
   * A point read has ended.
   *
   * @param bytes of the value that was handed out, 0 when only its presence was; {@link #ABSENT}
   *     when the key is not live
   */
  public void read(@Nullable Timing timing, byte[] key, long bytes) {
    if (bytes == ABSENT) {
      count(gets, 1, 0);
    } else {
      count(gets, 0, bytes);
    }
    if (timing != null) {
      end(Operation.GET, timing, key);
    }
  }

  /**
   * A put, create, update or touch has ended.
   *
   * @param bytes of key and value; 0 when the value stayed
   */
  public void put(@Nullable Timing timing, byte[] key, long bytes) {
    count(puts, 0, bytes);
    if (timing != null) {
      end(Operation.PUT, timing, key);
    }
    if (observed && bytes > 0) {
      observer.written(bucket, key, bytes);
    }
  }

  /**
   * A delete or purge has ended.
   *
   * @param wasLive whether there was something to delete
   */
  public void deleted(@Nullable Timing timing, byte[] key, boolean wasLive) {
    count(deletes, wasLive ? 0 : 1, 0);
    if (timing != null) {
      end(Operation.DELETE, timing, key);
    }
    if (observed && wasLive) {
      observer.written(bucket, key, 0);
    }
  }

  /** A batch has ended. */
  public void applied(@Nullable Timing timing, WriteBatch batch) {
    long bytes = 0;
    for (WriteBatch.Op op : batch.ops()) {
      long size = op.kind() == WriteBatch.Kind.PUT ? op.key().length + op.value().length : 0;
      bytes += size;
      if (observed) {
        tell(op, size);
      }
    }
    count(batches, 0, bytes);
    if (timing != null) {
      end(Operation.BATCH, timing, null);
    }
  }

  private void tell(WriteBatch.Op op, long size) {
    String named = op.bucket();
    String its = named == null ? bucket : named;
    if (MeteredThread.isSampled()) {
      observer.accessed(Operation.BATCH, its, op.key());
    }
    if (op.kind() != WriteBatch.Kind.REQUIRE) {
      observer.written(its, op.key(), size);
    }
  }

  /**
   * A page of a scan has ended.
   *
   * @param dead keys that were looked at and did not live any more
   * @param bytes of what it hands out
   */
  public void scanned(@Nullable Timing timing, int dead, long bytes) {
    count(pages, dead, bytes);
    if (timing != null) {
      end(Operation.SCAN_PAGE, timing, null);
    }
  }

  private void count(Kind kind, long misses, long bytes) {
    StripedCounts.Stripe mine = counts.mine();
    if (mine.add(kind.first + CALLS, 1) == 0 && !kind.began) {
      kind.began = true;
      observer.began(kind.operation, bucket);
    }
    if (misses != 0) {
      mine.add(kind.first + MISSES, misses);
    }
    if (bytes != 0) {
      mine.add(kind.first + BYTES, bytes);
    }
  }

  private void end(Operation operation, Timing timing, byte @Nullable [] key) {
    if (timing.isTold) {
      long nanos = System.nanoTime() - timing.startNanos;
      observer.latency(operation, bucket, nanos);
      if (key != null) {
        observer.accessed(operation, bucket, key);
      }
    }
    @Nullable SlowOperationEvent event = timing.event;
    if (event != null) {
      event.end();
      if (event.shouldCommit()) {
        event.operation = operation.toString();
        event.bucket = bucket;
        event.backend = backend;
        event.commit();
      }
    }
  }

  /** Adds a line for each operation that was done. */
  void addTo(List<OperationCount> to) {
    for (Kind kind : kinds) {
      long calls = counts.sum(kind.first + CALLS);
      if (calls > 0) {
        to.add(
            new OperationCount(
                bucket,
                kind.operation,
                calls,
                counts.sum(kind.first + MISSES),
                counts.sum(kind.first + BYTES)));
      }
    }
  }
}

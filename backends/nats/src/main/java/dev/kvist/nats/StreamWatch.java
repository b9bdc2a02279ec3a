package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A watch. Its messages are read on the consumer's own thread, so that a slow one delays nobody and
 * none costs a thread; those that wait are kept by the server, but for a few megabytes.
 */
final class StreamWatch implements KvWatch {
  private static final Duration LONGEST_WAIT = Duration.ofDays(365);

  private final Watches watches;
  private final String bucket;
  private final WatchScope scope;
  private final int failPast;
  private final BucketChanges changes;

  /** Held by who reads, and by who frees what nobody reads. */
  private final ReentrantLock reading = new ReentrantLock();

  /** What a watch that fails rather than blocks has in hand. */
  private final Deque<KvUpdate> inHand = new ArrayDeque<>();

  /** Why it cannot go on, as soon as what is in hand was given out. */
  private @Nullable KvException end;

  private @Nullable KvException failure;
  private volatile @Nullable WatchCursor cursor;
  private volatile long lastReadNanos = System.nanoTime();
  private volatile boolean closed;

  StreamWatch(Watches watches, String bucket, WatchScope scope, WatchOptions options) {
    this.watches = watches;
    this.bucket = bucket;
    this.scope = scope;
    this.failPast = options.failPast();
    this.changes = new BucketChanges(watches, bucket, scope, options);
    this.cursor = options.cursor();
  }

  /** Begins, so that what is written from now on will be seen. */
  void begin(Deadline deadline) {
    changes.begin(deadline);
  }

  @Override
  public KvUpdate next() {
    while (true) {
      @Nullable KvUpdate update = next(LONGEST_WAIT);
      if (update != null) {
        return update;
      }
    }
  }

  @Override
  public @Nullable KvUpdate next(Duration timeout) {
    reading.lock();
    try {
      checkUsable();
      if (Thread.currentThread().isInterrupted() && inHand.isEmpty()) {
        throw interrupted();
      }
      @Nullable KvUpdate update = read(nanos(timeout));
      note(update);
      return update;
    } catch (KvException.Timeout e) {
      throw e;
    } catch (KvException e) {
      checkUsable();
      failure = e;
      free();
      throw e;
    } finally {
      lastReadNanos = System.nanoTime();
      reading.unlock();
    }
  }

  private KvException interrupted() {
    return new KvException.Timeout(
        KvException.Effect.NONE, "waiting for an update of bucket " + bucket, null);
  }

  private static long nanos(Duration timeout) {
    return timeout.compareTo(LONGEST_WAIT) > 0
        ? LONGEST_WAIT.toNanos()
        : Math.max(0, timeout.toNanos());
  }

  private void note(@Nullable KvUpdate update) {
    if (update != null) {
      watches.delivered();
      if (update.cursor() != null) {
        cursor = update.cursor();
      }
    } else if (inHand.isEmpty() && cursor != null) {
      // Nothing happened in scope, but the bucket went on.
      cursor = changes.cursor();
    }
  }

  private void checkUsable() {
    if (closed) {
      throw new KvException.Closed("the watch of bucket " + bucket);
    }
    watches.link().checkOpen();
    KvException earlier = failure;
    if (earlier != null) {
      throw earlier;
    }
  }

  private @Nullable KvUpdate read(long nanos) {
    if (failPast > 0 && changes.isLive()) {
      takeInHand();
    }
    if (!inHand.isEmpty()) {
      return inHand.poll();
    }
    KvException ended = end;
    if (ended != null) {
      throw ended;
    }
    return await(nanos);
  }

  private @Nullable KvUpdate await(long nanos) {
    long end = System.nanoTime() + nanos;
    while (true) {
      long left = end - System.nanoTime();
      @Nullable KvUpdate update = changes.next(Math.min(left, Watches.LOOK_AROUND_NANOS));
      checkUsable();
      if (update != null || end - System.nanoTime() <= 0) {
        return update;
      }
    }
  }

  /** Takes everything that is there, to see whether it is more than may wait. */
  private void takeInHand() {
    try {
      for (KvUpdate next = changes.next(0); next != null; next = changes.next(0)) {
        inHand.add(next);
        if (inHand.size() > failPast) {
          inHand.clear();
          throw new KvException.WatchFailed(
              "the consumer of a watch of bucket "
                  + bucket
                  + " fell more than "
                  + failPast
                  + " updates behind; resume from the cursor, or give it a larger buffer",
              cursor,
              null);
        }
      }
    } catch (KvException.WatchFailed | KvException.CursorExpired e) {
      if (inHand.isEmpty()) {
        throw e;
      }
      end = e;
    }
  }

  @Override
  public @Nullable WatchCursor cursor() {
    return cursor;
  }

  /** Frees what the server keeps for a watch that nobody reads; it goes on where it was. */
  void rest(long idleNanos) {
    if (System.nanoTime() - lastReadNanos < idleNanos || !reading.tryLock()) {
      return;
    }
    try {
      if (changes.isLive()) {
        changes.detach();
      }
    } finally {
      reading.unlock();
    }
  }

  String bucket() {
    return bucket;
  }

  BucketChanges changes() {
    return changes;
  }

  private void free() {
    changes.end();
    watches.remove(this);
  }

  @Override
  public void close() {
    closed = true;
    free();
  }

  @Override
  public String toString() {
    return "watch of " + scope + " in bucket " + bucket;
  }
}

package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvWatch;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The watches of a connection, and what they share. For many threads. */
final class Watches implements Link.Listener, AutoCloseable {
  /** How long a consumer waits before it looks whether the watch or the connection was closed. */
  static final long LOOK_AROUND_NANOS = 200_000_000;

  /** A watch that nobody read for so long gives back what it holds. */
  private static final Duration REST_AFTER = Duration.ofSeconds(30);

  private static final Duration LET_GO = Duration.ofSeconds(2);

  private final Link link;
  private final Api api;
  private final Duration operationTimeout;
  private final Map<String, BucketFigures> figures = new ConcurrentHashMap<>();
  private final Set<StreamWatch> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong generation = new AtomicLong();
  private final LongAdder updatesDelivered = new LongAdder();
  private @Nullable Thread sweeper;
  private volatile boolean closed;

  Watches(Link link, Api api, Duration operationTimeout) {
    this.link = link;
    this.api = api;
    this.operationTimeout = operationTimeout;
    link.addListener(this);
  }

  /** Starts a watch. */
  KvWatch watch(String bucket, WatchScope scope, WatchOptions options) {
    link.checkOpen();
    var watch = new StreamWatch(this, bucket, scope, options);
    open.add(watch);
    try {
      watch.begin(Deadline.in(operationTimeout));
    } catch (KvException e) {
      watch.close();
      throw e;
    }
    sweep();
    return watch;
  }

  Link link() {
    return link;
  }

  Api api() {
    return api;
  }

  BucketFigures figures(String bucket) {
    return figures.computeIfAbsent(bucket, name -> new BucketFigures(api, link, name));
  }

  /** Changes with every connection that was lost or restored. */
  long generation() {
    return generation.get();
  }

  @Override
  public void lost() {
    generation.incrementAndGet();
  }

  @Override
  public void restored() {
    generation.incrementAndGet();
  }

  void delivered() {
    updatesDelivered.increment();
  }

  /** How many are open, what they gave out, and how far the slowest is behind. */
  void putInto(Map<String, Long> stats) {
    long versions = 0;
    long oldestMillis = Long.MAX_VALUE;
    for (StreamWatch watch : open) {
      Attachment attached = watch.changes().attachment();
      long behind = attached == null ? 0 : attached.feed().behind();
      if (attached != null && behind > 0 && attached.feed().lastMillis() > 0) {
        versions = Math.max(versions, behind);
        oldestMillis = Math.min(oldestMillis, attached.feed().lastMillis());
      }
    }
    stats.put("watches.open", (long) open.size());
    stats.put("watches.updates", updatesDelivered.sum());
    stats.put("watches.lag.versions", versions);
    stats.put("watches.lag.millis", Math.max(0, System.currentTimeMillis() - oldestMillis));
  }

  void remove(StreamWatch watch) {
    open.remove(watch);
  }

  /**
   * To be called when the purges of a drop are stored, and before the stream is deleted: the
   * watches of this connection that get all of them in time go on with the next bucket of that
   * name. The others, as those of other connections, end with {@code CursorExpired}. After the
   * deletion call {@link #dropped}.
   */
  void letGo(Stream stream) {
    Deadline deadline = Deadline.in(LET_GO);
    for (StreamWatch watch : open) {
      if (watch.bucket().equals(stream.bucket())) {
        letGo(watch, stream, deadline);
      }
    }
  }

  private void letGo(StreamWatch watch, Stream stream, Deadline deadline) {
    try {
      do {
        Attachment attached = watch.changes().attachment();
        if (attached != null
            && attached.isCurrent()
            && api.consumer(stream, attached.feed().consumer(), deadline).getNumPending() == 0) {
          watch.changes().letGo();
          return;
        }
      } while (deadline.pause());
    } catch (ApiError | KvException.NotConnected | KvException.Timeout e) {
      // It will find that the bucket is gone.
    }
  }

  /**
   * The stream of a bucket was deleted: its watches need not wait for a heartbeat that stays out.
   */
  void dropped(String bucket) {
    for (StreamWatch watch : open) {
      if (watch.bucket().equals(bucket)) {
        watch.changes().lookAgain();
      }
    }
  }

  private synchronized void sweep() {
    if (sweeper == null && !closed) {
      sweeper = Thread.ofVirtual().name("kvist-nats-watches").start(this::run);
    }
  }

  private void run() {
    while (!closed) {
      LockSupport.parkNanos(this, REST_AFTER.toNanos() / 2);
      open.forEach(watch -> watch.rest(REST_AFTER.toNanos()));
    }
  }

  /** Ends all of them. */
  @Override
  public void close() {
    closed = true;
    link.removeListener(this);
    List.copyOf(open).forEach(StreamWatch::close);
    synchronized (this) {
      if (sweeper != null) {
        LockSupport.unpark(sweeper);
      }
    }
  }
}

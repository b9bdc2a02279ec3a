package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import io.nats.client.Connection;
import io.nats.client.api.StreamInfo;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a bucket's stream, asked for by all watches of it together, so that what many of
 * them want to know at a time is one question. For many threads.
 */
final class BucketFigures {
  private static final long PAYLOAD_WHEN_UNKNOWN = 1 << 20;

  private final Api api;
  private final Link link;
  private final String bucket;
  private final ReentrantLock asking = new ReentrantLock();
  private volatile @Nullable StreamFigures newest;

  BucketFigures(Api api, Link link, String bucket) {
    this.api = api;
    this.link = link;
    this.bucket = bucket;
  }

  /** Whether nobody has asked for so long. */
  boolean isOlderThan(long nanos) {
    StreamFigures known = newest;
    return known == null || System.nanoTime() - known.askedNanos() >= nanos;
  }

  /** The last ones that somebody asked for; null when there are none. */
  @Nullable StreamFigures known() {
    return newest;
  }

  /**
   * Figures that were asked for at a time or later; null when the bucket is missing.
   *
   * @throws KvException when the server does not answer
   */
  @Nullable StreamFigures askedSince(long nanos, Deadline deadline) {
    lock(deadline);
    try {
      StreamFigures known = newest;
      if (known != null && known.askedNanos() - nanos >= 0) {
        return known;
      }
      long askedNanos = System.nanoTime();
      @Nullable StreamInfo info = api.stream(bucket, deadline);
      if (info == null) {
        newest = null;
        return null;
      }
      Stream stream = Stream.of(bucket, info);
      StreamFigures asked = StreamFigures.of(stream, info, maxPayload(), askedNanos);
      newest = asked;
      return asked;
    } finally {
      asking.unlock();
    }
  }

  /** Who asks may have more time than those who wait for it. */
  private void lock(Deadline deadline) {
    String what = "a look at bucket " + bucket;
    try {
      if (!asking.tryLock(Math.max(0, deadline.leftNanos()), TimeUnit.NANOSECONDS)) {
        throw new KvException.Timeout(Effect.NONE, what, deadline.whole());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(Effect.NONE, what, null);
    }
  }

  private long maxPayload() {
    @Nullable Connection connection = link.connected();
    return connection == null ? PAYLOAD_WHEN_UNKNOWN : connection.getMaxPayload();
  }
}

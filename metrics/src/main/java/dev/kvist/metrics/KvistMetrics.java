package dev.kvist.metrics;

import dev.kvist.Connection;
import dev.kvist.KvObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one connection in a Micrometer registry, from its open to its close.
 *
 * <pre>{@code
 * var options = ConnectionOptions.parse("simple:data").withObserver(new KvistMetrics(registry));
 * try (Connection connection = Kvist.open(options)) {
 *   ...
 * }
 * }</pre>
 *
 * <p>The names of the meters are in {@code docs/operations.md}. Counters are exact, read from the
 * connection when the registry asks, and at most a second old. Latencies of gets, puts and deletes
 * are those of a sample of one call in {@link KvObserver#SAMPLE_EVERY}: the count of that timer is
 * the number of samples; {@code kvist.operations} has the number of calls. Which percentiles and
 * histogram buckets are published is the registry's configuration, by a {@code MeterFilter}.
 *
 * <p>For many threads. One of these serves one connection at a time; after its close it may serve
 * another.
 */
public final class KvistMetrics implements KvObserver, AutoCloseable {
  /** How many buckets have meters of their own, unless another number is given. */
  public static final int DEFAULT_MAX_BUCKETS = 100;

  private final MeterRegistry registry;
  private final Tags tags;
  private final int maxBuckets;
  private volatile @Nullable BoundMeters bound;

  /** Meters without tags of their own, for up to {@link #DEFAULT_MAX_BUCKETS} buckets. */
  public KvistMetrics(MeterRegistry registry) {
    this(registry, Tags.empty(), DEFAULT_MAX_BUCKETS);
  }

  /**
   * Meters with tags.
   *
   * @param tags what tells this connection from others in the same registry, such as {@code
   *     store=sessions}
   * @param maxBuckets how many buckets, those that are used first, are told apart; all others
   *     together have the tag {@code bucket=other}
   */
  public KvistMetrics(MeterRegistry registry, Iterable<Tag> tags, int maxBuckets) {
    if (maxBuckets < 0) {
      throw new IllegalArgumentException("maxBuckets is 0 or more, and not " + maxBuckets);
    }
    this.registry = registry;
    this.tags = Tags.of(tags);
    this.maxBuckets = maxBuckets;
  }

  /**
   * Registers the meters of a connection. {@link dev.kvist.Kvist#open} calls it.
   *
   * @throws IllegalStateException when an earlier connection is still open
   */
  @Override
  public synchronized void opened(String backend, Connection connection) {
    if (bound != null) {
      throw new IllegalStateException(
          "these metrics have an open connection already; give each one of its own, with a tag that tells them apart");
    }
    bound = new BoundMeters(registry, tags.and("backend", backend), maxBuckets, connection);
  }

  /** Removes the meters of the connection. Its backend calls it. */
  @Override
  public synchronized void closed(Connection connection) {
    BoundMeters now = bound;
    if (now != null && now.isOf(connection)) {
      close();
    }
  }

  /** Removes the meters, which the close of the connection does too. Idempotent. */
  @Override
  public synchronized void close() {
    BoundMeters now = bound;
    bound = null;
    if (now != null) {
      now.remove();
    }
  }

  @Override
  public void began(Operation operation, String bucket) {
    BoundMeters now = bound;
    if (now != null) {
      now.add(operation, bucket);
    }
  }

  @Override
  public void latency(Operation operation, String bucket, long nanos) {
    BoundMeters now = bound;
    if (now != null) {
      now.latency(operation, bucket, nanos);
    }
  }

  @Override
  public void synced(long bytes, long nanos) {
    BoundMeters now = bound;
    if (now != null) {
      now.synced(nanos);
    }
  }

  @Override
  public void compacted(long bytesRead, long bytesKept, long nanos) {
    BoundMeters now = bound;
    if (now != null) {
      now.compacted(nanos);
    }
  }
}

package dev.kvist.metrics;

import dev.kvist.Connection;
import dev.kvist.KvException;
import dev.kvist.OperationCount;
import io.micrometer.core.instrument.Clock;
import java.util.HashMap;
import java.util.Map;

/**
 * What a connection counts, at most a second old: a registry asks hundreds of meters one after the
 * other, and each would have the connection add everything up.
 */
final class Figures {
  private static final long FRESH_NANOS = 1_000_000_000;

  /** Sums of the buckets that share a tag. */
  private record Sum(long calls, long misses, long bytes) {
    static final Sum NONE = new Sum(0, 0, 0);

    Sum plus(OperationCount one) {
      return new Sum(calls + one.count(), misses + one.misses(), bytes + one.bytes());
    }
  }

  private record Snapshot(long takenNanos, Map<String, Long> stats, Map<Series, Sum> sums) {}

  private final Connection connection;
  private final BucketTags bucketTags;
  private final Clock clock;
  private Snapshot last = new Snapshot(0, Map.of(), Map.of());
  private boolean taken;

  Figures(Connection connection, BucketTags bucketTags, Clock clock) {
    this.connection = connection;
    this.bucketTags = bucketTags;
    this.clock = clock;
  }

  private synchronized Snapshot now() {
    long nanos = clock.monotonicTime();
    if (!taken || nanos - last.takenNanos() >= FRESH_NANOS) {
      try {
        last = new Snapshot(nanos, connection.stats(), sums());
        taken = true;
      } catch (KvException e) {
        // It is being closed: what was counted last is what there is to say.
        return last;
      }
    }
    return last;
  }

  private Map<Series, Sum> sums() {
    var sums = new HashMap<Series, Sum>();
    for (OperationCount one : connection.operations()) {
      Series series = new Series(bucketTags.of(one.bucket()), one.operation());
      sums.put(series, sums.getOrDefault(series, Sum.NONE).plus(one));
    }
    return sums;
  }

  double figure(String name) {
    Long value = now().stats().get(name);
    return value == null ? Double.NaN : value;
  }

  double calls(Series series) {
    return sum(series).calls();
  }

  double misses(Series series) {
    return sum(series).misses();
  }

  double bytes(Series series) {
    return sum(series).bytes();
  }

  private Sum sum(Series series) {
    return now().sums().getOrDefault(series, Sum.NONE);
  }
}

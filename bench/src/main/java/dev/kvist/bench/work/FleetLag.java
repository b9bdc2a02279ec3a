package dev.kvist.bench.work;

import dev.kvist.bench.fleet.FleetClient;
import dev.kvist.bench.fleet.Publisher;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** How far a watch of everything is behind a publisher that is as fast as the server. */
final class FleetLag {
  private static final long PATIENCE_NANOS = 30_000_000_000L;

  /** A lag that grows needs time to be seen. */
  private static final int PHASES = 3;

  private static final long ONE_NANOS = 50_000_000;
  private static final long POLL_NANOS = 200_000;

  private final String url;
  private final String bucket;
  private final FleetClient client;
  private final FleetData data;
  private final long millis;
  private final Histogram lags = new Histogram();

  /** The stamp of the value that the watch gave last. */
  private volatile long lastNanos;

  FleetLag(String url, String bucket, FleetClient client, FleetData data, long millis) {
    this.url = url;
    this.bucket = bucket;
    this.client = client;
    this.data = data;
    this.millis = PHASES * millis;
  }

  /** Publishes for a while; without a report nothing is told. */
  void run(@Nullable Report report) throws Exception {
    double rate;
    try (var _ = client.watch(this::take);
        Publisher publisher = Publisher.connect(url, bucket)) {
      awaitBegin(publisher);
      rate = publish(publisher, millis * 1_000_000);
      if (!isGiven(publish(publisher), PATIENCE_NANOS)) {
        throw new IllegalStateException("a watch did not give what was published last");
      }
    }
    if (report != null) {
      report.figure(Metric.FLEET_LIVE, rate);
      report.figure(Metric.FLEET_LAG, lags.max() / 1e6);
      report.figure(Metric.FLEET_LAG_P50, lags.quantile(0.5) / 1e6);
    }
  }

  /** By one thread of the client's. What is overwritten before it was sent, the server omits. */
  private void take(byte[] value) {
    long stamp = data.mark(value);
    lags.record(System.nanoTime() - stamp);
    lastNanos = stamp;
  }

  /** Whether a watch is there when it is returned differs. */
  private void awaitBegin(Publisher publisher) throws Exception {
    long end = System.nanoTime() + PATIENCE_NANOS;
    long stamp = publish(publisher);
    while (!isGiven(stamp, ONE_NANOS)) {
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException("a watch gave nothing");
      }
      stamp = publish(publisher);
    }
  }

  /** Publishes one; returns its stamp. */
  private long publish(Publisher publisher) throws Exception {
    long stamp = System.nanoTime();
    publisher.publish(data.key(0), data.stamped(0, stamp));
    publisher.await();
    return stamp;
  }

  /** Publishes until its time is over; returns how many a second. */
  private double publish(Publisher publisher, long nanos) throws Exception {
    var random = new SplittableRandom(1);
    long begin = System.nanoTime();
    long stamp = begin;
    long published = 0;
    while (stamp - begin < nanos) {
      int number = random.nextInt(data.entries());
      publisher.publish(data.key(number), data.stamped(number, stamp));
      published++;
      stamp = System.nanoTime();
    }
    publisher.await();
    return published * 1e9 / (System.nanoTime() - begin);
  }

  private boolean isGiven(long stamp, long nanos) {
    long end = System.nanoTime() + nanos;
    while (lastNanos != stamp && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    return lastNanos == stamp;
  }
}

package dev.kvist.metrics;

import dev.kvist.Connection;
import dev.kvist.KvObserver.Operation;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The meters of an open connection. For many threads. */
final class BoundMeters {
  private static final String PREFIX = "kvist.";
  private static final String BYTES = ".bytes";
  private static final String MILLIS = ".millis";

  /** Figures that only grow, apart from those by operation. */
  private static final Set<String> COUNTERS =
      Set.of(
          "scans.keys",
          "conflicts",
          "expired",
          "watches.updates",
          "segments.created",
          "segments.removed",
          "compactions.read.bytes",
          "compactions.kept.bytes",
          "appended.bytes",
          "sst.written.bytes",
          "blob.written.bytes",
          "reconnects",
          "syncs.bytes");

  /** Figures that other meters have: those by operation, and the timers of syncs, compactions. */
  private static final Set<String> ELSEWHERE =
      Set.of(
          "gets",
          "gets.missed",
          "gets.bytes",
          "puts",
          "puts.bytes",
          "deletes",
          "deletes.missed",
          "batches",
          "batches.bytes",
          "scans.pages",
          "scans.bytes",
          "syncs",
          "syncs.micros",
          "syncs.micros.max",
          "compactions");

  private final MeterRegistry registry;
  private final Tags tags;
  private final Connection connection;
  private final BucketTags bucketTags;
  private final Figures figures;
  private final Map<Series, Timer> latencies = new ConcurrentHashMap<>();
  private final List<Meter> meters = new ArrayList<>();
  private final Timer syncs;
  private final Timer compactions;
  private boolean removed;

  BoundMeters(MeterRegistry registry, Tags tags, int maxBuckets, Connection connection) {
    this.registry = registry;
    this.tags = tags;
    this.connection = connection;
    this.bucketTags = new BucketTags(maxBuckets);
    this.figures = new Figures(connection, bucketTags, registry.config().clock());
    syncs =
        kept(
            Timer.builder("kvist.sync")
                .description("Syncs of the log to the device; every one")
                .tags(tags)
                .register(registry));
    compactions =
        kept(
            Timer.builder("kvist.compaction")
                .description("Compactions; every one")
                .tags(tags)
                .register(registry));
    for (String name : connection.stats().keySet()) {
      if (!ELSEWHERE.contains(name)) {
        addFigure(name);
      }
    }
  }

  boolean isOf(Connection other) {
    return connection.equals(other);
  }

  private <M extends Meter> M kept(M meter) {
    meters.add(meter);
    return meter;
  }

  private void addFigure(String name) {
    ToDoubleFunction<Figures> value = source -> source.figure(name);
    String unit = name.endsWith(BYTES) ? "bytes" : null;
    if (COUNTERS.contains(name)) {
      kept(
          FunctionCounter.builder(PREFIX + name, figures, value)
              .baseUnit(unit)
              .tags(tags)
              .register(registry));
    } else if (name.endsWith(MILLIS)) {
      String bare = PREFIX + name.substring(0, name.length() - MILLIS.length());
      kept(
          TimeGauge.builder(bare, figures, TimeUnit.MILLISECONDS, value)
              .tags(tags)
              .register(registry));
    } else {
      kept(
          Gauge.builder(PREFIX + name, figures, value)
              .baseUnit(unit)
              .tags(tags)
              .register(registry));
    }
  }

  /** An operation is done on a bucket for the first time. */
  void add(Operation operation, String bucket) {
    latencies.computeIfAbsent(new Series(bucketTags.of(bucket), operation), this::addSeries);
  }

  private synchronized Timer addSeries(Series series) {
    Tags its =
        tags.and(
            "bucket",
            series.bucketTag(),
            "operation",
            series.operation().name().toLowerCase(Locale.ROOT));
    Timer timer =
        Timer.builder("kvist.operation.latency")
            .description("Of gets, puts and deletes a sample of one in 64; of others every one")
            .tags(its)
            .register(registry);
    if (removed) {
      registry.remove(timer);
      return timer;
    }
    kept(timer);
    addCounter("kvist.operations", null, its, source -> source.calls(series));
    addCounter("kvist.operations.missed", null, its, source -> source.misses(series));
    addCounter("kvist.operations.bytes", "bytes", its, source -> source.bytes(series));
    return timer;
  }

  private void addCounter(
      String name, @Nullable String unit, Tags its, ToDoubleFunction<Figures> value) {
    kept(FunctionCounter.builder(name, figures, value).baseUnit(unit).tags(its).register(registry));
  }

  void latency(Operation operation, String bucket, long nanos) {
    Series series = new Series(bucketTags.of(bucket), operation);
    latencies.computeIfAbsent(series, this::addSeries).record(nanos, TimeUnit.NANOSECONDS);
  }

  void synced(long nanos) {
    syncs.record(nanos, TimeUnit.NANOSECONDS);
  }

  void compacted(long nanos) {
    compactions.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Takes all of them out of the registry. */
  synchronized void remove() {
    removed = true;
    meters.forEach(registry::remove);
    meters.clear();
  }
}

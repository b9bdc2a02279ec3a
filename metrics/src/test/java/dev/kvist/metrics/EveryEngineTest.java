package dev.kvist.metrics;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The meters of each embedded engine have what was done with it, under its own name. */
final class EveryEngineTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int GETS = 64_000;

  private final MockClock clock = new MockClock();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);

  @TempDir private Path temporary;

  private Connection open(String backend) {
    ConnectionOptions options =
        ConnectionOptions.of(
            backend, backend.equals("memory") ? "" : temporary.resolve("data").toString());
    return Kvist.open(options.withObserver(new KvistMetrics(registry)));
  }

  /** With files so small that a compaction has something to do. */
  private Connection openSynced(String backend) {
    ConnectionOptions options =
        ConnectionOptions.of(backend, temporary.resolve("data").toString())
            .with("sync_writes", "true")
            .with("retention_bytes", "0");
    ConnectionOptions small =
        backend.equals("simple") ? options.with("segment_size", "64KiB") : options;
    return Kvist.open(small.withObserver(new KvistMetrics(registry)));
  }

  /** By bucket and operation, of what is counted by them. */
  private Map<String, Double> counters(String name, String backend) {
    var found = new TreeMap<String, Double>();
    for (FunctionCounter counter : registry.get(name).functionCounters()) {
      assertEquals(backend, counter.getId().getTag("backend"));
      found.put(
          counter.getId().getTag("bucket") + " " + counter.getId().getTag("operation"),
          counter.count());
    }
    return found;
  }

  /** Reads the connection again. */
  private double counter(String name) {
    clock.add(Duration.ofSeconds(2));
    return registry.get(name).functionCounter().count();
  }

  private double gauge(String name) {
    clock.add(Duration.ofSeconds(2));
    return registry.get(name).gauge().value();
  }

  private double lagSeconds() {
    clock.add(Duration.ofSeconds(2));
    return registry.get("kvist.watches.lag").timeGauge().value(TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "simple", "rocksdb"})
  void everyOperationIsCountedByItsBucket(String backend) {
    try (Connection connection = open(backend)) {
      KvStore users = connection.store("users");
      users.writer().put(utf8("k"), utf8("value"));
      users.writer().create(utf8("c"), utf8("v"));
      users.ttl().put(utf8("t"), utf8("v"), Duration.ofHours(1));
      users.ttl().touch(utf8("t"), Duration.ofHours(2));
      users.reader().get(utf8("k"));
      users.reader().get(utf8("none"));
      users.reader().exists(utf8("k"));
      users.reader().entry(utf8("k"));
      users.reader().getAll(List.of(utf8("k"), utf8("none")));
      users.writer().delete(utf8("c"));
      users.writer().delete(utf8("none"));
      users.purger().purge(utf8("t"));
      users.batch().apply(new WriteBatch().put(utf8("x"), utf8("1")));
      assertEquals(2, users.reader().keys(KeyRange.all()).toList().size());
      assertEquals(2, users.reader().scan(KeyRange.all()).toList().size());
      connection.store("other").writer().put(utf8("k"), utf8("v"));
      connection.batch().apply(new WriteBatch().in("third").put(utf8("k"), utf8("22")));
      assertEquals(
          Map.of(
              "users put", 4.0,
              "users get", 6.0,
              "users delete", 3.0,
              "users batch", 1.0,
              "users scan_page", 2.0,
              "other put", 1.0,
              "several batch", 1.0),
          counters("kvist.operations", backend));
      assertEquals(
          Map.of(
              "users put", 10.0,
              "users get", 15.0,
              "users delete", 0.0,
              "users batch", 2.0,
              "users scan_page", 10.0,
              "other put", 2.0,
              "several batch", 3.0),
          counters("kvist.operations.bytes", backend));
      Map<String, Double> missed = counters("kvist.operations.missed", backend);
      assertEquals(2, missed.get("users get"));
      assertEquals(1, missed.get("users delete"));
      assertEquals(0, missed.get("users put"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "simple", "rocksdb"})
  void everyFigureIsAMeter(String backend) {
    try (Connection connection = open(backend)) {
      Set<String> missing = new TreeSet<>(connection.stats().keySet());
      for (Meter meter : registry.getMeters()) {
        assertEquals(backend, meter.getId().getTag("backend"));
        String name = meter.getId().getName().substring("kvist.".length());
        missing.remove(name);
        missing.remove(name + ".millis");
      }
      // Those by operation have the bucket too; the timers have those of syncs and compactions.
      missing.removeIf(name -> name.matches("(gets|puts|deletes|batches|scans)(\\..*)?"));
      assertEquals(Set.of("compactions", "syncs", "syncs.micros", "syncs.micros.max"), missing);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "simple", "rocksdb"})
  void whatOnlyGrowsIsACounter(String backend) {
    try (Connection connection = open(backend)) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("v"));
      try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
        for (int i = 0; i < 2; i++) {
          assertTrue(watch.next(PATIENCE) != null);
        }
        assertThrows(
            KvException.AlreadyExists.class, () -> store.writer().create(utf8("k"), utf8("w")));
        store.ttl().put(utf8("t"), utf8("v"), Duration.ofMillis(1));
        Waiting.until(PATIENCE, "the expiry", () -> counter("kvist.expired") == 1);
        store.reader().keys(KeyRange.all()).toList();
        assertEquals(1, counter("kvist.conflicts"));
        assertEquals(2, counter("kvist.watches.updates"));
        assertTrue(counter("kvist.scans.keys") >= 1);
        double appended = counter("kvist.appended.bytes");
        store.writer().put(utf8("k"), new byte[1_000]);
        double more = counter("kvist.appended.bytes") - appended;
        assertTrue(more >= 1_000 && more < 1_500, "appended " + more);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "simple", "rocksdb"})
  void theLagOfWatchesIsThereInVersionsAndSeconds(String backend) {
    try (Connection connection = open(backend);
        KvWatch watch =
            connection.store("b").watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
      assertEquals(0, gauge("kvist.watches.lag.versions"));
      long before = System.nanoTime();
      connection.store("b").writer().put(utf8("k"), utf8("1"));
      connection.store("b").writer().put(utf8("k"), utf8("2"));
      assertEquals(1, gauge("kvist.watches.open"));
      double behind = gauge("kvist.watches.lag.versions");
      assertTrue(behind >= 2, "behind " + behind);
      Waiting.until(PATIENCE, "lag", () -> lagSeconds() >= 0.05);
      // Of the wall clock, which counts in milliseconds.
      double lag = lagSeconds();
      assertTrue(lag <= (System.nanoTime() - before) / 1e9 + 0.1, "lag " + lag);
      Waiting.until(PATIENCE, "nothing more", () -> watch.next(Duration.ZERO) == null);
      assertEquals(0, gauge("kvist.watches.lag.versions"));
      assertEquals(0, lagSeconds());
    }
  }

  /** With two buckets of a histogram for each. */
  @ParameterizedTest
  @ValueSource(strings = {"simple", "rocksdb"})
  void latenciesAreTimersWhoseHistogramsTheRegistryConfigures(String backend) {
    registry
        .config()
        .meterFilter(
            new MeterFilter() {
              @Override
              public DistributionStatisticConfig configure(
                  Meter.Id id, DistributionStatisticConfig config) {
                return id.getName().equals("kvist.operation.latency")
                    ? DistributionStatisticConfig.builder()
                        .serviceLevelObjectives(1.0, 1e12)
                        .build()
                        .merge(config)
                    : config;
              }
            });
    try (Connection connection = open(backend)) {
      KvStore store = connection.store("b");
      for (int i = 0; i < 3; i++) {
        store.batch().apply(new WriteBatch().put(utf8("k" + i), utf8("v")));
      }
      store.reader().scan(KeyRange.all()).toList();
      for (int i = 0; i < GETS; i++) {
        store.reader().get(utf8("k1"));
        store.writer().put(utf8("k1"), utf8("v"));
      }
      for (int i = 0; i < GETS; i++) {
        store.writer().delete(utf8("k1"));
      }
      assertEquals(3, samples(backend, "batch"));
      assertEquals(1, samples(backend, "scan_page"));
      for (String operation : List.of("get", "put", "delete")) {
        long sampled = samples(backend, operation);
        assertTrue(sampled > 800 && sampled < 1_200, operation + ": samples " + sampled);
      }
    }
  }

  /** None is faster than a nanosecond, and all are faster than a quarter of an hour. */
  private long samples(String backend, String operation) {
    var timer =
        registry
            .get("kvist.operation.latency")
            .tags("backend", backend, "bucket", "b", "operation", operation)
            .timer();
    assertTrue(timer.totalTime(TimeUnit.NANOSECONDS) > 0);
    var histogram = timer.takeSnapshot().histogramCounts();
    assertEquals(2, histogram.length);
    assertEquals(0, histogram[0].count());
    assertEquals((double) timer.count(), histogram[1].count());
    return timer.count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple", "rocksdb"})
  void syncsAndCompactionsAreTimed(String backend) {
    try (Connection connection = openSynced(backend)) {
      KvStore store = connection.store("b");
      var random = new Random(5);
      byte[] noise = new byte[1_000];
      for (int i = 0; i < 200; i++) {
        random.nextBytes(noise);
        store.writer().put(utf8("k"), noise);
      }
      var syncs = registry.get("kvist.sync").tag("backend", backend).timer();
      assertTrue(syncs.count() >= 200, "syncs " + syncs.count());
      assertTrue(syncs.totalTime(TimeUnit.NANOSECONDS) > 0);
      assertTrue(counter("kvist.syncs.bytes") >= 200_000);
      connection.maintenance().compact();
      var compactions = registry.get("kvist.compaction").tag("backend", backend).timer();
      long counted = Objects.requireNonNull(connection.stats().get("compactions"));
      assertTrue(counted > 0);
      assertEquals(counted, compactions.count());
      assertTrue(compactions.totalTime(TimeUnit.NANOSECONDS) > 0);
    }
  }
}

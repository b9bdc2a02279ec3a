package dev.kvist.metrics;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.WriteBatch;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KvistMetricsTest {
  private final MockClock clock = new MockClock();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);

  @TempDir private Path temporary = Path.of("");

  private static Connection open(String uri, KvObserver metrics) {
    return Kvist.open(ConnectionOptions.parse(uri).withObserver(metrics));
  }

  private double count(String name, String bucket, String operation) {
    return registry
        .get(name)
        .tags("backend", "memory", "bucket", bucket, "operation", operation)
        .functionCounter()
        .count();
  }

  private double gauge(String name) {
    return registry.get(name).gauge().value();
  }

  @Test
  void operationsAreCountedExactly() {
    try (Connection connection = open("memory:", new KvistMetrics(registry))) {
      KvStore users = connection.store("users");
      users.writer().put(utf8("k"), utf8("value"));
      for (int i = 0; i < 100; i++) {
        users.reader().get(utf8("k"));
      }
      users.reader().get(utf8("none"));
      users.writer().delete(utf8("none"));
      connection.batch().apply(new WriteBatch().in("other-one").put(utf8("k"), utf8("v")));
      assertEquals(101, count("kvist.operations", "users", "get"));
      assertEquals(1, count("kvist.operations.missed", "users", "get"));
      assertEquals(500, count("kvist.operations.bytes", "users", "get"));
      assertEquals(1, count("kvist.operations", "users", "put"));
      assertEquals(6, count("kvist.operations.bytes", "users", "put"));
      assertEquals(1, count("kvist.operations.missed", "users", "delete"));
      assertEquals(1, count("kvist.operations", "several", "batch"));
      assertEquals(2, gauge("kvist.entries"));
      users.reader().get(utf8("k"));
      clock.add(Duration.ofMillis(1_001));
      assertEquals(102, count("kvist.operations", "users", "get"));
    }
  }

  @Test
  void bucketsBeyondTheLimitShareATag() {
    try (Connection connection =
        open("memory:", new KvistMetrics(registry, Tags.of("store", "s"), 2))) {
      for (String bucket : List.of("a", "b", "c", "d", "c")) {
        connection.store(bucket).writer().put(utf8("k"), utf8("v"));
      }
      assertEquals(1, count("kvist.operations", "a", "put"));
      assertEquals(1, count("kvist.operations", "b", "put"));
      assertEquals(3, count("kvist.operations", "other", "put"));
      assertEquals(3, registry.find("kvist.operations").tag("store", "s").meters().size());
    }
  }

  @Test
  void theCloseRemovesWhatTheOpenRegistered() {
    registry.counter("not ours").increment();
    var metrics = new KvistMetrics(registry);
    for (int i = 0; i < 2; i++) {
      try (Connection connection = open("memory:", metrics)) {
        connection.store("b").writer().put(utf8("k"), utf8("v"));
        assertEquals(1, count("kvist.operations", "b", "put"), "counts begin anew");
      }
      assertEquals(List.of("not ours"), names());
    }
    try (Connection connection = open("memory:", metrics)) {
      connection.store("b").writer().put(utf8("k"), utf8("v"));
      metrics.close();
      metrics.close();
      connection.store("c").writer().put(utf8("k"), utf8("v"));
      assertEquals(List.of("not ours"), names());
    }
  }

  private List<String> names() {
    return registry.getMeters().stream().map(meter -> meter.getId().getName()).toList();
  }

  @Test
  void aSecondConnectionNeedsMetricsOfItsOwn() {
    var metrics = new KvistMetrics(registry);
    String uri = "simple:" + temporary.resolve("data");
    try (Connection connection = open("memory:", metrics)) {
      assertThrows(IllegalStateException.class, () -> open(uri, metrics));
      // What was opened for nothing is closed again.
      Kvist.open(uri).close();
      assertEquals(0, gauge("kvist.entries"));
      connection.ping();
    }
    assertEquals(List.of(), names());
  }

  @Test
  void aConnectionThatIsClosedMeanwhileHarmsNobody() {
    var meters =
        new Object() {
          double counted = -1;
        };
    var metrics = new KvistMetrics(registry);
    KvObserver late =
        new KvObserver() {
          @Override
          public void opened(String backend, Connection connection) {
            metrics.opened(backend, connection);
          }

          @Override
          public void closed(Connection connection) {
            clock.add(Duration.ofSeconds(2));
            assertThrows(KvException.Closed.class, connection::stats);
            meters.counted = gauge("kvist.entries");
            metrics.closed(connection);
          }
        };
    try (Connection connection = open("memory:", late)) {
      connection.store("b").writer().put(utf8("k"), utf8("v"));
      assertEquals(1, gauge("kvist.entries"));
    }
    assertEquals(1, meters.counted);
    assertEquals(List.of(), names());
  }

  @Test
  void prometheusGetsThemByItsOwnNames() {
    var prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (Connection connection = open("memory:", new KvistMetrics(prometheus))) {
      connection.store("users").writer().put(utf8("k"), utf8("v"));
      String page = prometheus.scrape();
      for (String line :
          List.of(
              "kvist_operations_total{backend=\"memory\",bucket=\"users\",operation=\"put\"} 1.0",
              "kvist_operations_bytes_total{backend=\"memory\",bucket=\"users\",operation=\"put\"} 2.0",
              "kvist_entries{backend=\"memory\"} 1.0",
              "kvist_watches_lag_seconds{backend=\"memory\"} 0.0",
              "kvist_conflicts_total{backend=\"memory\"} 0.0",
              "kvist_log_bytes{backend=\"memory\"} ",
              "kvist_sync_seconds_count{backend=\"memory\"} ")) {
        assertTrue(page.contains(line), () -> line + " is not in\n" + page);
      }
    }
    assertEquals("", prometheus.scrape().strip());
  }
}

package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What an observer is told. */
final class ObserverTest {
  /** For one thread. */
  private static final class Listener implements KvObserver {
    final Map<String, Integer> latencies = new TreeMap<>();
    final Map<String, Integer> accesses = new TreeMap<>();
    final List<String> written = new ArrayList<>();
    final List<Object> life = new ArrayList<>();

    @Override
    public void opened(String backend, Connection connection) {
      life.add(backend);
      life.add(connection);
    }

    @Override
    public void closed(Connection connection) {
      life.add(connection);
    }

    @Override
    public void latency(Operation operation, String bucket, long nanos) {
      assertTrue(nanos >= 0);
      latencies.merge(operation + " " + bucket, 1, Integer::sum);
    }

    @Override
    public void accessed(Operation operation, String bucket, byte[] key) {
      accesses.merge(bucket + "/" + Kvist.utf8(key), 1, Integer::sum);
    }

    @Override
    public void written(String bucket, byte[] key, long bytes) {
      written.add(bucket + "/" + Kvist.utf8(key) + " " + bytes);
    }
  }

  private final Listener listener = new Listener();

  private Connection open() {
    return Kvist.open(ConnectionOptions.parse("memory:").withObserver(listener));
  }

  @Test
  void isToldOfOpenAndCloseOnce() {
    Connection connection = open();
    assertEquals("memory", listener.life.getFirst());
    assertSame(connection, listener.life.getLast());
    connection.close();
    connection.close();
    assertEquals(List.of("memory", connection, connection), listener.life);
  }

  @Test
  void everyWriteIsTold() {
    try (Connection connection = open()) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("value"));
      store.writer().delete(utf8("k"));
      store.writer().delete(utf8("k"));
      store.batch().apply(new WriteBatch().put(utf8("k2"), utf8("v")).requireAbsent(utf8("k3")));
      connection.batch().apply(new WriteBatch().in("c").purge(utf8("k4")));
    }
    assertEquals(List.of("b/k 6", "b/k 0", "b/k2 3", "c/k4 0"), listener.written);
  }

  @Test
  void everyBatchAndPageIsTimed() {
    try (Connection connection = open()) {
      KvStore store = connection.store("b");
      for (int i = 0; i < 3; i++) {
        store.batch().apply(new WriteBatch().put(utf8("k"), utf8("v")));
      }
      connection.batch().apply(new WriteBatch().in("c").put(utf8("k"), utf8("v")));
      for (var _ : store.reader().keys(KeyRange.all())) {
        listener.latencies.merge("keys", 1, Integer::sum);
      }
    }
    assertEquals(
        Map.of("BATCH b", 3, "BATCH ", 1, "SCAN_PAGE b", 1, "keys", 1), listener.latencies);
  }

  /** A loop whose length divides the sampling rate must not have the same key chosen each time. */
  @Test
  void aSampleIsOneIn64OfEachKey() {
    int rounds = 20_000;
    try (Connection connection = open()) {
      KvStore store = connection.store("b");
      for (int i = 0; i < rounds * 8; i++) {
        store.reader().get(utf8("k" + i % 8));
      }
    }
    assertEquals(8, listener.accesses.size(), () -> listener.accesses.toString());
    // Each is binomial: 312 with a deviation of 18.
    listener
        .accesses
        .values()
        .forEach(
            count -> assertTrue(count > 210 && count < 420, () -> listener.accesses.toString()));
    assertEquals(
        listener.accesses.values().stream().mapToInt(Integer::intValue).sum(),
        listener.latencies.get("GET b"));
  }
}

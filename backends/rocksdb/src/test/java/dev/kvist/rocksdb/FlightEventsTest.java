package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The events of the flight recorder. */
final class FlightEventsTest {
  private static final String SLOW = "dev.kvist.SlowOperation";
  private static final String SYNC = "dev.kvist.Sync";
  private static final String COMPACTION = "dev.kvist.Compaction";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;

  private interface Work {
    void on(Connection connection);
  }

  private List<RecordedEvent> record(Duration threshold, String sync, Work work)
      throws IOException {
    Path file = folder.resolve("recording.jfr");
    try (var recording = new Recording();
        Connection connection =
            Kvist.open(
                Places.at(folder.resolve("data"))
                    .with("sync_writes", sync)
                    .with("flush_interval", "10ms"))) {
      recording.enable(SLOW).withThreshold(threshold);
      recording.enable(SYNC).withThreshold(threshold);
      recording.enable(COMPACTION);
      recording.start();
      work.on(connection);
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file);
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
  }

  @Test
  void everyOperationAboveTheThresholdIsThereAndNamesNoKey() throws IOException {
    List<RecordedEvent> events =
        named(record(Duration.ZERO, "true", FlightEventsTest::operations), SLOW);
    Map<String, Long> counts =
        events.stream()
            .collect(
                Collectors.groupingBy(
                    event -> event.getString("operation") + " " + event.getString("bucket"),
                    TreeMap::new,
                    Collectors.counting()));
    assertEquals(
        Map.of(
            "BATCH ", 1L,
            "BATCH users", 1L,
            "DELETE users", 2L,
            "GET users", 103L,
            "PUT users", 3L,
            "SCAN_PAGE users", 2L),
        counts);
    for (RecordedEvent event : events) {
      assertEquals("rocksdb", event.getString("backend"));
      assertTrue(event.getDuration().toNanos() > 0);
      assertFalse(event.toString().contains("secret"), event::toString);
    }
  }

  private static void operations(Connection connection) {
    KvStore store = connection.store("users");
    byte[] key = utf8("secret-key");
    store.writer().put(key, utf8("secret-value"));
    store.ttl().put(utf8("t"), utf8("v"), Duration.ofHours(1));
    store.ttl().touch(utf8("t"), Duration.ofHours(2));
    for (int i = 0; i < 100; i++) {
      store.reader().get(key);
    }
    store.reader().getAll(List.of(key, utf8("t")));
    store.reader().exists(key);
    store.reader().entry(key);
    assertEquals(2, store.reader().keys(KeyRange.all()).toList().size());
    assertEquals(2, store.reader().scan(KeyRange.all()).toList().size());
    store.batch().apply(new WriteBatch().put(utf8("k"), utf8("v")));
    connection.batch().apply(new WriteBatch().in("c").put(utf8("k"), utf8("v")));
    store.writer().delete(utf8("k"));
    store.purger().purge(utf8("k"));
  }

  @Test
  void whatIsFasterThanTheThresholdIsNot() throws IOException {
    List<RecordedEvent> events =
        record(Duration.ofSeconds(100), "true", FlightEventsTest::operations);
    assertEquals(List.of(), named(events, SLOW));
    assertEquals(List.of(), named(events, SYNC));
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void syncsAndCompactionsAreThere(String sync) throws IOException {
    List<RecordedEvent> events =
        record(
            Duration.ZERO,
            sync,
            connection -> {
              for (int i = 0; i < 30; i++) {
                connection.store("b").writer().put(utf8("k" + i), new byte[4_000]);
              }
              Waiting.until(
                  PATIENCE, "a sync", () -> connection.stats().getOrDefault("syncs", 0L) > 0);
              connection.maintenance().compact();
            });
    List<RecordedEvent> syncs = named(events, SYNC);
    assertTrue(syncs.size() >= (sync.equals("true") ? 30 : 1), () -> "syncs " + syncs.size());
    assertTrue(syncs.getFirst().getString("store").endsWith("data"));
    long synced = syncs.stream().mapToLong(event -> event.getLong("bytes")).sum();
    assertTrue(synced >= (sync.equals("true") ? 30 : 1) * 4_000L, () -> "synced " + synced);
    List<RecordedEvent> compactions = named(events, COMPACTION);
    assertFalse(compactions.isEmpty());
    assertTrue(compactions.getFirst().getDuration().toNanos() > 0);
  }
}

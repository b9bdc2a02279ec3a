package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.WriteBatch;
import dev.kvist.tck.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The events of the flight recorder. */
final class FlightEventsTest {
  private static final String SLOW = "dev.kvist.SlowOperation";

  @TempDir private Path temporary = Path.of("");

  private interface Work {
    void on(Connection connection);
  }

  /** What a recording has of the work, with thresholds in nanoseconds; -1 leaves an event off. */
  private List<RecordedEvent> record(long slowNanos, long syncNanos, Work work) throws IOException {
    Path file = temporary.resolve("recording.jfr");
    String uri =
        "simple:"
            + temporary.resolve("data")
            + "?sync_writes=true&retention_bytes=16KiB&segment_size=16KiB";
    try (Recording recording = new Recording();
        Connection connection = Kvist.open(uri)) {
      if (slowNanos >= 0) {
        recording.enable(SLOW).withThreshold(Duration.ofNanos(slowNanos));
      } else {
        recording.disable(SLOW);
      }
      recording.enable("dev.kvist.Sync").withThreshold(Duration.ofNanos(syncNanos));
      recording.enable("dev.kvist.Compaction");
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
  void everyOperationAboveTheThresholdIsThere() throws IOException {
    List<RecordedEvent> events =
        named(
            record(
                0,
                0,
                connection -> {
                  KvStore store = connection.store("users");
                  store.writer().put(utf8("secret-key"), utf8("secret-value"));
                  for (int i = 0; i < 100; i++) {
                    store.reader().get(utf8("secret-key"));
                  }
                  assertTrue(store.reader().keys(KeyRange.all()).iterator().hasNext());
                  store.batch().apply(new WriteBatch().put(utf8("k"), utf8("v")));
                  connection.batch().apply(new WriteBatch().in("c").put(utf8("k"), utf8("v")));
                  store.writer().delete(utf8("k"));
                }),
            SLOW);
    assertEquals(
        List.of(
            "BATCH  1",
            "BATCH users 1",
            "DELETE users 1",
            "GET users 100",
            "PUT users 1",
            "SCAN_PAGE users 1"),
        events.stream()
            .collect(
                Collectors.groupingBy(
                    event -> event.getString("operation") + " " + event.getString("bucket"),
                    java.util.TreeMap::new,
                    Collectors.counting()))
            .entrySet()
            .stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .toList());
    for (RecordedEvent event : events) {
      assertEquals("simple", event.getString("backend"));
      assertTrue(event.getDuration().toNanos() > 0);
      assertFalse(event.toString().contains("secret"), event::toString);
    }
    // A synced put takes the time of its sync, which is in it.
    long put = nanos(events, "PUT");
    assertTrue(put > 10_000, "a synced put in " + put + " ns");
  }

  private static long nanos(List<RecordedEvent> events, String operation) {
    return events.stream()
        .filter(event -> event.getString("operation").equals(operation))
        .mapToLong(event -> event.getDuration().toNanos())
        .sum();
  }

  /** To start the recorder takes longer than many a command of the command line. */
  @Test
  void withoutARecordingTheRecorderIsNotStarted() throws Exception {
    Path loaded = temporary.resolve("loaded");
    List<String> command =
        ChildJvm.command(
            List.of(
                "-Xmx64m", "-Xlog:class+load:file=" + loaded, "--enable-native-access=ALL-UNNAMED"),
            Unrecorded.class,
            List.of("simple:" + temporary.resolve("data") + "?sync_writes=true"));
    assertEquals("v", ChildJvm.run(command, temporary).strip());
    String classes = Files.readString(loaded);
    assertTrue(classes.contains("dev.kvist.spi.FlightEvents "), classes);
    assertFalse(classes.contains("jdk.jfr.internal."), classes);
  }

  /** Uses a store. */
  static final class Unrecorded {
    private Unrecorded() {}

    public static void main(String[] args) {
      try (Connection connection = Kvist.open(args[0])) {
        connection.store("b").writer().put(utf8("k"), utf8("v"));
        connection.maintenance().compact();
        byte[] value = connection.store("b").reader().get(utf8("k"));
        System.out.println(value == null ? "none" : Kvist.utf8(value));
      }
    }
  }

  @Test
  void theThresholdIsThatOfTheRecording() throws IOException {
    Work gets =
        connection -> {
          for (int i = 0; i < 1_000; i++) {
            connection.store("b").reader().get(utf8("k"));
          }
        };
    long far = Duration.ofSeconds(100).toNanos();
    assertEquals(List.of(), named(record(far, far, gets), SLOW));
    assertEquals(List.of(), named(record(-1, far, gets), SLOW));
    assertEquals(1_000, named(record(0, far, gets), SLOW).size());
  }

  @Test
  void syncsAndCompactionsAreThere() throws IOException {
    List<RecordedEvent> events =
        record(
            -1,
            0,
            connection -> {
              for (int i = 0; i < 30; i++) {
                connection.store("b").writer().put(utf8("k"), new byte[4_000]);
              }
              connection.maintenance().compact();
            });
    List<RecordedEvent> syncs = named(events, "dev.kvist.Sync");
    assertTrue(syncs.size() >= 30, "syncs " + syncs.size());
    assertTrue(syncs.stream().mapToLong(sync -> sync.getLong("bytes")).sum() > 0);
    assertTrue(syncs.getFirst().getString("store").endsWith("data"));
    List<RecordedEvent> compactions = named(events, "dev.kvist.Compaction");
    assertFalse(compactions.isEmpty());
    assertTrue(compactions.getFirst().getLong("bytesRead") >= 16_384);
    assertTrue(compactions.getFirst().getLong("bytesKept") >= 0);
  }
}

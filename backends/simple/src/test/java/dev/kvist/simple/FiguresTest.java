package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvObserver.Operation;
import dev.kvist.KvStore;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.OperationCount;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code stats()} and {@code operations()} say. */
final class FiguresTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern LINE = Pattern.compile("\\| (`.*`) \\| (all|.*simple.*) \\| .* \\|");
  private static final Pattern NAME = Pattern.compile("`([a-z.]+)`");

  @TempDir private Path temporary = Path.of("");

  private String uri(String engine) {
    return engine.equals("memory:") ? engine : engine + temporary.resolve("data");
  }

  private static long figure(Connection connection, String name) {
    Long value = connection.stats().get(name);
    assertTrue(value != null, () -> "no " + name);
    return value == null ? -1 : value;
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory:", "simple:"})
  void theDocumentListsThemAll(String engine) throws IOException {
    String text = Files.readString(Path.of("..", "..", "docs", "operations.md"));
    text = text.substring(text.indexOf("<!-- figures -->"), text.indexOf("Watch these:"));
    Set<String> documented = new TreeSet<>();
    var lines = LINE.matcher(text);
    while (lines.find()) {
      var names = NAME.matcher(lines.group(1));
      while (names.find()) {
        documented.add(names.group(1));
      }
    }
    try (Connection connection = Kvist.open(uri(engine))) {
      assertEquals(documented, new TreeSet<>(connection.stats().keySet()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory:", "simple:"})
  void operationsAreCountedByBucket(String engine) {
    try (Connection connection = Kvist.open(uri(engine))) {
      KvStore a = connection.store("a");
      KvStore b = connection.store("b");
      a.writer().put(utf8("k1"), utf8("1234567"));
      a.writer().put(utf8("k2"), utf8(""));
      a.writer().delete(utf8("k2"));
      a.writer().delete(utf8("k2"));
      a.reader().get(utf8("k1"));
      a.reader().entry(utf8("k1"));
      a.reader().exists(utf8("k1"));
      a.reader().get(utf8("k2"));
      a.reader().entry(utf8("k2"));
      a.reader().exists(utf8("k2"));
      assertEquals(1, all(a));
      b.batch().apply(new WriteBatch().put(utf8("k"), utf8("v")).delete(utf8("no")));
      connection
          .batch()
          .apply(new WriteBatch().in("a").put(utf8("k"), utf8("vv")).in("b").purge(utf8("k")));
      connection.buckets().forEachRemaining(name -> {});
      connection.store("untouched");
      assertEquals(
          List.of(
              new OperationCount("", Operation.BATCH, 1, 0, 3),
              new OperationCount("a", Operation.GET, 6, 3, 14),
              new OperationCount("a", Operation.PUT, 2, 0, 11),
              new OperationCount("a", Operation.DELETE, 2, 1, 0),
              new OperationCount("a", Operation.SCAN_PAGE, 1, deadIn(connection), 9),
              new OperationCount("b", Operation.BATCH, 1, 0, 2)),
          connection.operations());
      assertEquals(6, figure(connection, "gets"));
      assertEquals(3, figure(connection, "gets.missed"));
      assertEquals(14, figure(connection, "gets.bytes"));
      assertEquals(2, figure(connection, "puts"));
      assertEquals(11, figure(connection, "puts.bytes"));
      assertEquals(2, figure(connection, "deletes"));
      assertEquals(1, figure(connection, "deletes.missed"));
      assertEquals(2, figure(connection, "batches"));
      assertEquals(5, figure(connection, "batches.bytes"));
      assertEquals(1, figure(connection, "scans.pages"));
      assertEquals(1 + deadIn(connection), figure(connection, "scans.keys"));
      assertEquals(9, figure(connection, "scans.bytes"));
    }
  }

  private static int all(KvStore store) {
    int count = 0;
    for (var _ : store.reader().scan(KeyRange.all())) {
      count++;
    }
    return count;
  }

  /** Whether the page met the deleted key: merges may have dropped it before. */
  private static long deadIn(Connection connection) {
    return connection.operations().stream()
        .filter(one -> one.operation() == Operation.SCAN_PAGE)
        .mapToLong(OperationCount::misses)
        .sum();
  }

  @Test
  void countsOfManyThreadsAreExact() throws Exception {
    try (Connection connection = Kvist.open("memory:")) {
      List<Future<?>> threads = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        KvStore store = connection.store(t % 2 == 0 ? "even" : "odd");
        byte[] key = utf8("k" + t);
        Thread.Builder kind = t < 4 ? Thread.ofPlatform() : Thread.ofVirtual();
        threads.add(
            Waiting.start(
                kind,
                () -> {
                  for (int i = 0; i < 5_000; i++) {
                    store.reader().get(key);
                  }
                }));
      }
      for (Future<?> thread : threads) {
        thread.get(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
      }
      assertEquals(
          List.of(
              new OperationCount("even", Operation.GET, 20_000, 20_000, 0),
              new OperationCount("odd", Operation.GET, 20_000, 20_000, 0)),
          connection.operations());
    }
  }

  // --- watches ----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"memory:", "simple:"})
  void aWatchThatDoesNotReadFallsBehind(String engine) {
    try (Connection connection = Kvist.open(uri(engine))) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("before"), utf8("v"));
      assertEquals(0, figure(connection, "watches.open"));
      KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow());
      KvWatch other = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow());
      assertEquals(2, figure(connection, "watches.open"));
      assertEquals(0, figure(connection, "watches.lag.versions"));
      assertEquals(0, figure(connection, "watches.lag.millis"));
      store.writer().put(utf8("k1"), utf8("v"));
      store.writer().put(utf8("k2"), utf8("v"));
      connection.store("elsewhere").writer().put(utf8("k"), utf8("v"));
      long behind = figure(connection, "watches.lag.versions");
      assertTrue(behind >= 3, "behind " + behind);
      Waiting.until(PATIENCE, "lag", () -> figure(connection, "watches.lag.millis") >= 20);
      assertTrue(watch.next(Duration.ZERO) != null);
      assertEquals(behind, figure(connection, "watches.lag.versions"), "that of the slowest");
      other.close();
      assertEquals(1, figure(connection, "watches.open"));
      assertEquals(behind - 1, figure(connection, "watches.lag.versions"));
      assertTrue(watch.next(Duration.ZERO) != null);
      // Reading on passes over what is out of scope.
      assertEquals(null, watch.next(Duration.ZERO));
      assertEquals(0, figure(connection, "watches.lag.versions"));
      assertEquals(0, figure(connection, "watches.lag.millis"));
      // It counts from the oldest change that was not read, and not from the last one that was.
      store.writer().put(utf8("k3"), utf8("v"));
      long now = System.currentTimeMillis();
      long lag = figure(connection, "watches.lag.millis");
      assertTrue(lag <= System.currentTimeMillis() - now + 20, "lag " + lag);
      watch.close();
      assertEquals(0, figure(connection, "watches.open"));
      assertEquals(0, figure(connection, "watches.lag.versions"));
      assertEquals(2, figure(connection, "watches.updates"));
    }
  }

  /** Behind a change of segments, and when those are gone that it would have to read. */
  @Test
  void theLagOfAWatchThatIsSegmentsBehind() {
    try (Connection connection =
        Kvist.open(uri("simple:") + "?segment_size=16KiB&retention_bytes=16KiB")) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), new byte[100]);
      KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow());
      for (int i = 0; i < 60; i++) {
        store.writer().put(utf8("k"), noise(i));
      }
      assertTrue(figure(connection, "watches.lag.versions") >= 60);
      assertTrue(figure(connection, "segments.created") > 3);
      connection.maintenance().compact();
      assertTrue(figure(connection, "segments.removed") > 0);
      assertTrue(figure(connection, "compactions") > 0);
      assertTrue(figure(connection, "compactions.last.took.millis") >= 0);
      long ago = System.currentTimeMillis() - figure(connection, "compactions.last.at.millis");
      assertTrue(ago >= 0 && ago < PATIENCE.toMillis(), "compacted " + ago + " ms ago");
      assertTrue(figure(connection, "watches.lag.versions") >= 60);
      assertTrue(figure(connection, "watches.lag.millis") >= 0);
      watch.close();
    }
  }

  private static byte[] noise(int seed) {
    byte[] noise = new byte[3_000];
    new java.util.Random(seed).nextBytes(noise);
    return noise;
  }

  // --- files ------------------------------------------------------------------------------------

  @Test
  void filesAndBytesAreThoseOfTheDirectory() throws IOException {
    Path data = temporary.resolve("data");
    try (Connection connection = Kvist.open(uri("simple:") + "?segment_size=16KiB")) {
      long before = figure(connection, "appended.bytes");
      for (int i = 0; i < 60; i++) {
        connection.store("b").writer().put(utf8("k" + i % 3), noise(i));
      }
      long appended = figure(connection, "appended.bytes") - before;
      assertTrue(appended > 180_000 && appended < 200_000, "appended " + appended);
      connection.maintenance().compact();
      Waiting.until(
          PATIENCE,
          "figures that agree with the files",
          () ->
              bytes(data) == figure(connection, "files.bytes")
                  && count(data.resolve("wal"), "[0-9]+.log") * 16_384L
                      == figure(connection, "log.bytes") + figure(connection, "spare.bytes"));
      assertEquals(
          count(data.resolve("last_state"), "index-.*"), figure(connection, "index.files"));
      assertEquals(count(data.resolve("last_state"), "keys-.*"), figure(connection, "keys.files"));
      assertTrue(figure(connection, "log.files") * 16_384L == figure(connection, "log.bytes"));
    }
    try (Connection connection = Kvist.open(uri("simple:") + "?segment_size=16KiB")) {
      assertEquals(count(data.resolve("last_state"), "keys-.*"), figure(connection, "keys.files"));
      assertTrue(figure(connection, "keys.bytes") > 0);
      assertTrue(figure(connection, "volume.free.bytes") > 0);
      assertEquals(0, figure(connection, "appended.bytes"));
    }
    Path nothing = temporary.resolve("nothing");
    Files.createDirectory(nothing);
    try (Connection connection = Kvist.open("simple:" + nothing + "?read_only=true")) {
      assertEquals(0, figure(connection, "appended.bytes"));
      assertEquals(0, figure(connection, "log.files"));
    }
  }

  private static long bytes(Path folder) {
    try (var files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().contains("wal") || file.toString().contains("last_state"))
          .filter(Files::isRegularFile)
          .mapToLong(file -> file.toFile().length())
          .sum();
    } catch (IOException | java.io.UncheckedIOException e) {
      // A file went while it was looked at.
      return -1;
    }
  }

  private static long count(Path folder, String name) {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().matches(name)).count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void syncsAreCountedAndTimed() {
    try (Connection connection = Kvist.open(uri("simple:") + "?sync_writes=true")) {
      long before = figure(connection, "syncs.bytes");
      for (int i = 0; i < 5; i++) {
        connection.store("b").writer().put(utf8("k"), new byte[1_000]);
      }
      assertTrue(figure(connection, "syncs") >= 5);
      assertTrue(figure(connection, "syncs.bytes") - before >= 5_000);
      long longest = figure(connection, "syncs.micros.max");
      assertTrue(longest > 0 && longest <= figure(connection, "syncs.micros"), "" + longest);
      assertTrue(longest * figure(connection, "syncs") >= figure(connection, "syncs.micros") - 5);
    }
  }
}

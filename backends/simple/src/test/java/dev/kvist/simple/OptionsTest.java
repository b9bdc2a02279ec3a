package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.StorageType;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every option of the engine does what its table says. That reads of a store with {@code read_only}
 * write nothing is in {@link PlacesTest}, {@code repair_on_open} with the repair.
 */
final class OptionsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path temporary;
  private String uri = "";

  @BeforeEach
  void place() {
    uri = "simple:" + temporary.resolve("simple_kv");
  }

  private static long stat(Connection connection, String name) {
    return connection.stats().getOrDefault(name, -1L);
  }

  private static KvStore store(Connection connection) {
    return connection.store("b");
  }

  private static byte[] noise(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(7).nextBytes(noise);
    return noise;
  }

  // --- durability -------------------------------------------------------------------------------

  @Test
  void syncWritesSyncsEachWrite() {
    try (Connection connection = Kvist.open(uri + "?sync_writes=true&flush_interval=1h")) {
      long before = stat(connection, "syncs");
      for (int i = 0; i < 10; i++) {
        store(connection).writer().put(utf8("k"), utf8("v" + i));
      }
      assertTrue(stat(connection, "syncs") >= before + 10, connection.stats()::toString);
    }
  }

  @Test
  void withoutItTheFlushIntervalDoes() {
    try (Connection connection = Kvist.open(uri + "?flush_interval=1h")) {
      for (int i = 0; i < 10; i++) {
        store(connection).writer().put(utf8("k"), utf8("v" + i));
      }
      assertEquals(0, stat(connection, "syncs"));
    }
    try (Connection connection = Kvist.open(uri + "?flush_interval=1ms")) {
      long before = stat(connection, "syncs");
      store(connection).writer().put(utf8("k"), utf8("v"));
      Waiting.until(PATIENCE, "a flush", () -> stat(connection, "syncs") > before);
    }
  }

  // --- files ------------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({"16KiB, 16384", "100KB, 131072", "1MiB, 1048576", ", 16777216"})
  void segmentSizeIsThatOfTheFiles(String option, long bytes) throws IOException {
    String options = option == null ? "" : "?segment_size=" + option;
    try (Connection connection = Kvist.open(uri + options)) {
      store(connection).writer().put(utf8("k"), utf8("v"));
      // The only one that is whole for sure: the next is being made.
      assertEquals(bytes, Files.size(temporary.resolve("simple_kv/wal/000000000001.log")));
    }
  }

  @ParameterizedTest
  @CsvSource({"1KiB, 1024, true", "1KiB, 1023, false", "'', 4096, true", "'', 4095, false"})
  void valuesAreCompressedFromTheThresholdOn(String threshold, int bytes, boolean compressed) {
    String options = threshold.isEmpty() ? "" : "?compression_threshold=" + threshold;
    try (Connection connection = Kvist.open(uri + options)) {
      store(connection).writer().put(utf8("other"), utf8("v"));
      long before = stat(connection, "records.bytes");
      store(connection).writer().put(utf8("k"), new byte[bytes]);
      assertEquals(compressed, stat(connection, "records.bytes") - before < bytes);
      assertArrayEquals(new byte[bytes], store(connection).reader().get(utf8("k")));
    }
  }

  // --- compaction -------------------------------------------------------------------------------

  /** Purged bytes go from files that nothing else makes compaction look at. */
  @Test
  void theCompactionIntervalErasesWhatWasPurged() {
    byte[] secret = utf8("only to be purged");
    try (Connection connection = Kvist.open(uri + "?segment_size=16KiB&compaction_interval=20ms")) {
      store(connection).writer().put(utf8("k"), secret);
      for (int i = 0; i < 8; i++) {
        store(connection).writer().put(utf8("fill" + i), noise(4_000));
      }
      assertTrue(isInFiles(secret));
      store(connection).purger().purge(utf8("k"));
      Waiting.until(PATIENCE, "the purged value to leave the files", () -> !isInFiles(secret));
    }
  }

  /** Also from the segment that is written to: with no others it is the only one. */
  @ParameterizedTest
  @ValueSource(ints = {0, 8})
  void compactErasesWhatWasPurgedWithoutTheInterval(int others) {
    byte[] secret = utf8("only to be purged");
    try (Connection connection = Kvist.open(uri + "?segment_size=16KiB&compaction_interval=1h")) {
      store(connection).writer().put(utf8("k"), secret);
      for (int i = 0; i < others; i++) {
        store(connection).writer().put(utf8("fill" + i), noise(4_000));
      }
      store(connection).purger().purge(utf8("k"));
      assertTrue(isInFiles(secret));
      connection.maintenance().compact();
    }
    // Now that no file comes or goes while it is looked for.
    assertFalse(isInFiles(secret));
  }

  private boolean isInFiles(byte[] wanted) {
    String text = new String(wanted, StandardCharsets.ISO_8859_1);
    try (var files = Files.walk(temporary)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) {
          return true;
        }
      }
      return false;
    } catch (IOException | java.io.UncheckedIOException e) {
      // A file went while it was read: look again.
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "retention_bytes=1GiB, false",
    "retention_bytes=0, true",
    "retention_bytes=1GiB&retention_age=1ms, true",
    "retention_bytes=1GiB&retention_age=1h, false"
  })
  void theChangeStreamIsKeptForItsBytesAndItsAge(String retention, boolean expires) {
    try (Connection connection = Kvist.open(uri + "?segment_size=16KiB&" + retention)) {
      KvStore store = store(connection);
      store.writer().put(utf8("k"), utf8("v"));
      WatchCursor cursor = now(store);
      long from = System.currentTimeMillis();
      for (int i = 0; i < 20; i++) {
        store.writer().put(utf8("k" + i % 3), noise(4_000));
      }
      Waiting.until(PATIENCE, "some age", () -> System.currentTimeMillis() > from + 2);
      connection.maintenance().compact();
      if (expires) {
        assertThrows(KvException.CursorExpired.class, () -> resumed(store, cursor));
      } else {
        assertEquals("k0", resumed(store, cursor));
      }
    }
  }

  private static WatchCursor now(KvStore store) {
    try (var watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
      while (watch.cursor() == null) {
        watch.next();
      }
      return java.util.Objects.requireNonNull(watch.cursor());
    }
  }

  private static String resumed(KvStore store, WatchCursor cursor) {
    try (var watch = store.watcher().watch(WatchScope.all(), WatchOptions.from(cursor))) {
      var update = watch.next(PATIENCE);
      return update instanceof dev.kvist.KvUpdate.Put put ? utf8(put.key()) : "" + update;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&marker_retention=1h", "&marker_retention=1ms"})
  void markersAreKeptAsLongAsAsked(String option) {
    String options = "?segment_size=16KiB&retention_bytes=0" + option;
    try (Connection connection = Kvist.open(uri + options)) {
      KvStore store = store(connection);
      store.writer().put(utf8("deleted"), utf8("v"));
      store.writer().delete(utf8("deleted"));
      store.writer().put(utf8("purged"), utf8("v"));
      store.purger().purge(utf8("purged"));
      assertNotNull(store.reader().entry(utf8("deleted")));
      long from = System.currentTimeMillis();
      Waiting.until(PATIENCE, "some age", () -> System.currentTimeMillis() > from + 2);
      // The second time nothing older than the markers is left.
      for (int i = 0; i < 2; i++) {
        store.writer().put(utf8("other"), utf8("v"));
        connection.maintenance().compact();
      }
      boolean kept = option.contains("1h");
      assertEquals(kept, store.reader().entry(utf8("deleted")) != null);
      assertEquals(kept, store.reader().entry(utf8("purged")) != null);
      assertNull(store.reader().get(utf8("deleted")));
    }
  }

  // --- limits -----------------------------------------------------------------------------------

  @Test
  void theMemoryLimitStopsNewKeysAlone() {
    long least;
    try (Connection connection = Kvist.open("memory:")) {
      store(connection).writer().put(utf8("k"), utf8("v"));
      least = stat(connection, "memory.bytes");
    }
    String options = "?memory_limit=" + (least + (1 << 20)) + "&segment_size=1MiB";
    try (Connection connection = Kvist.open(uri + options)) {
      KvStore store = store(connection);
      int[] stored = {0};
      var full =
          assertThrows(
              KvException.StoreFull.class,
              () -> {
                while (stored[0] < 10_000_000) {
                  store.writer().put(utf8("key number " + stored[0]), utf8("v"));
                  stored[0]++;
                }
              });
      assertTrue(String.valueOf(full.getMessage()).contains("memory_limit"), full::getMessage);
      assertEquals(KvException.Effect.NONE, full.effect());
      assertNull(store.reader().get(utf8("key number " + stored[0])));
      store.writer().put(utf8("key number 0"), utf8("overwritten"));
      assertArrayEquals(utf8("overwritten"), store.reader().get(utf8("key number 0")));
      assertTrue(store.writer().delete(utf8("key number 1")));
      store.purger().purge(utf8("key number 2"));
      connection.maintenance().compact();
      assertEquals(stored[0] - 2, stat(connection, "entries"));
    }
  }

  @Test
  void maxBytesStopsPutsAloneUntilThereIsRoom() {
    String options = "?max_bytes=8MiB&segment_size=64KiB&retention_bytes=0";
    try (Connection connection = Kvist.open(uri + options)) {
      KvStore store = store(connection);
      int stored = fill(store, "a");
      assertTrue(stored > 100, "stored " + stored);
      assertTrue(bytesOfFiles() <= 8 << 20, "bytes " + bytesOfFiles());
      for (int i = 0; i < stored; i++) {
        assertArrayEquals(noise(4_000), store.reader().get(utf8("a" + i)));
        if (i % 4 > 0) {
          assertTrue(i % 4 == 1 ? purged(store, "a" + i) : store.writer().delete(utf8("a" + i)));
        }
      }
      connection.maintenance().compact();
      assertTrue(fill(store, "b") > stored / 4, "room came back");
    }
  }

  @Test
  void bucketsThatThereIsNoRoomForAreNotCounted() {
    String options = "?max_bytes=4MiB&segment_size=64KiB&retention_bytes=0";
    try (Connection connection = Kvist.open(uri + options)) {
      KvStore store = store(connection);
      int stored = fill(store, "a") + fill("b", key -> store.writer().put(key, noise(1)));
      for (int i = 0; i < 5; i++) {
        KvStore refused = connection.store("refused" + i);
        assertThrows(KvException.StoreFull.class, () -> refused.writer().put(utf8("k"), noise(1)));
      }
      assertEquals(stored, stat(connection, "entries"));
    }
  }

  @Test
  void theLeastLimitsHoldAStore() {
    String options = "?memory_limit=1MiB&segment_size=64KiB&max_bytes=1088KiB";
    try (Connection connection = Kvist.open(uri + options)) {
      store(connection).writer().put(utf8("k"), utf8("v"));
      assertArrayEquals(utf8("v"), store(connection).reader().get(utf8("k")));
    }
  }

  /** By a clock of the test, so that nothing expires before the store is full. */
  @Test
  void theSpaceOfWhatExpiredComesBackWithoutARead() throws IOException {
    String options = "?max_bytes=4MiB&segment_size=64KiB&retention_bytes=0";
    Settings settings = Settings.read(new SimpleBackend(), ConnectionOptions.parse(uri + options));
    var wall = new AtomicLong(1_750_000_000_000L);
    Store opened =
        Store.open(
            DiskDirectory.open(temporary.resolve("simple_kv"), false),
            settings,
            KvObserver.NONE,
            wall::get,
            false);
    try (Connection connection = new SimpleConnection(opened, StorageType.FILE)) {
      KvStore store = store(connection);
      Duration ttl = Duration.ofMinutes(1);
      int stored = fill("a", key -> store.ttl().put(key, noise(4_000), ttl));
      assertTrue(stored > 100, "stored " + stored);
      wall.addAndGet(ttl.toMillis());
      int[] again = {0};
      Waiting.until(
          PATIENCE,
          "the room of what expired",
          () -> (again[0] += fill(store, "b" + again[0] + "-")) > stored / 2);
    }
  }

  private static boolean purged(KvStore store, String key) {
    store.purger().purge(utf8(key));
    return true;
  }

  private static int fill(KvStore store, String prefix) {
    return fill(prefix, key -> store.writer().put(key, noise(4_000)));
  }

  /** Puts one key after the other; returns how many there was room for. */
  private static int fill(String prefix, Consumer<byte[]> put) {
    for (int i = 0; ; i++) {
      try {
        put.accept(utf8(prefix + i));
      } catch (KvException.StoreFull e) {
        assertTrue(String.valueOf(e.getMessage()).contains("max_bytes"), e::getMessage);
        return i;
      }
    }
  }

  private long bytesOfFiles() {
    try (var files = Files.walk(temporary)) {
      return files
          .filter(file -> file.toString().matches(".*(log|index-\\d+|keys-\\d+)"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void maxValueSizeIsTheLargestValue() {
    try (Connection connection = Kvist.open(uri + "?max_value_size=10KB")) {
      assertEquals(10_000, connection.capabilities().maxValueSize());
      store(connection).writer().put(utf8("k"), new byte[10_000]);
      var refused =
          assertThrows(
              KvException.TooLarge.class,
              () -> store(connection).writer().put(utf8("k"), new byte[10_001]));
      assertEquals(10_000, refused.limit());
      assertEquals(10_001, refused.size());
    }
  }

  // --- what is refused --------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sync_writes=maybe",
        "segment_size=1KiB",
        "segment_size=16",
        "segment_size=8GiB",
        "flush_interval=0",
        "flush_interval=soon",
        "compaction_interval=0",
        "compression_threshold=-1",
        "retention_bytes=-1",
        "retention_age=-1s",
        "marker_retention=x",
        "memory_limit=-1",
        "memory_limit=1",
        "max_bytes=x",
        "max_bytes=1",
        "max_bytes=17825791",
        "max_value_size=0",
        "max_value_size=2GiB",
        "repair_on_open=1",
        "read_only=please",
      })
  void aBadValueIsRefusedByNameAndMakesNothing(String option) {
    for (String start : new String[] {uri, "memory:"}) {
      var refused =
          assertThrows(IllegalArgumentException.class, () -> Kvist.open(start + "?" + option));
      String name = option.substring(0, option.indexOf('='));
      assertTrue(String.valueOf(refused.getMessage()).contains(name), refused::getMessage);
    }
    assertTrue(Files.notExists(temporary.resolve("simple_kv")));
  }
}

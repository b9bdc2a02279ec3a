package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.OperationCount;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.FiguresDocument;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The figures of a store. */
final class FiguresTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;

  @Test
  void theDocumentListsThemAll() throws IOException {
    Set<String> documented = FiguresDocument.names(Path.of("..", ".."), "figures of rocksdb");
    try (Connection connection = Kvist.open(Places.at(folder))) {
      assertEquals(documented, new TreeSet<>(connection.stats().keySet()));
    }
  }

  @Test
  void operationsAreCountedExactly() {
    try (Connection connection = Kvist.open(Places.at(folder))) {
      var store = connection.store("b");
      store.writer().put(utf8("k1"), utf8("1234567"));
      store.writer().put(utf8("k2"), utf8(""));
      store.writer().delete(utf8("k2"));
      store.writer().delete(utf8("k2"));
      store.reader().get(utf8("k1"));
      store.reader().exists(utf8("k2"));
      store.reader().scan(KeyRange.all()).toList();
      Map<String, String> counts =
          connection.operations().stream()
              .collect(
                  Collectors.toMap(
                      one -> one.operation().toString(), FiguresTest::text, (a, b) -> a));
      assertEquals(
          Map.of("PUT", "2 0 11", "DELETE", "2 1 0", "GET", "2 1 7", "SCAN_PAGE", "1 1 9"), counts);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void syncsAreCountedAndTimed(String sync) {
    ConnectionOptions options =
        Places.at(folder).with("sync_writes", sync).with("flush_interval", "10ms");
    try (Connection connection = Kvist.open(options)) {
      long before = figure(connection, "syncs.bytes");
      for (int i = 0; i < 5; i++) {
        connection.store("b").writer().put(utf8("k"), new byte[1_000]);
      }
      Waiting.until(PATIENCE, "all", () -> figure(connection, "syncs.bytes") - before >= 5 * 1_000);
      assertTrue(figure(connection, "syncs") >= (sync.equals("true") ? 5 : 1));
      // Before all that was appended, of which there may be more by then.
      long synced = figure(connection, "syncs.bytes");
      assertTrue(synced <= figure(connection, "appended.bytes"), "synced " + synced);
      long longest = figure(connection, "syncs.micros.max");
      assertTrue(longest > 0 && longest <= figure(connection, "syncs.micros"), "" + longest);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void logsThatAreMadeAndDeletedAreCounted(String memory) {
    ConnectionOptions options =
        Places.at(folder)
            .with("memory_mode", memory)
            .with("mem_table_size", "256KiB")
            .with("retention_bytes", "256KiB");
    try (Connection connection = Kvist.open(options)) {
      assertEquals(0, figure(connection, "segments.created"));
      assertEquals(0, figure(connection, "segments.removed"));
      long before = figure(connection, "log.files");
      Waiting.until(
          PATIENCE,
          "a log that is deleted",
          () -> {
            connection.store("b").writer().put(utf8("k"), new byte[100_000]);
            return figure(connection, "segments.removed") > 0;
          });
      Map<String, Long> now = connection.stats();
      assertEquals(
          Objects.requireNonNull(now.get("log.files")) - before,
          Objects.requireNonNull(now.get("segments.created"))
              - Objects.requireNonNull(now.get("segments.removed")));
    }
  }

  /** What was written was written, whatever became of it. */
  @Test
  void whatWasWrittenToADroppedBucketStaysCounted() {
    ConnectionOptions options =
        Places.at(folder).with("single_bucket_mode", "false").with("value_threshold", "5000");
    try (Connection connection = Kvist.open(options)) {
      for (int i = 0; i < 100; i++) {
        connection.store("b").writer().put(utf8("k" + i), new byte[10_000]);
        connection.store("b").writer().put(utf8("small" + i), new byte[4_000]);
      }
      connection.maintenance().compact();
      long tables = figure(connection, "sst.written.bytes");
      long blobs = figure(connection, "blob.written.bytes");
      assertTrue(tables >= 400_000 && blobs >= 1_000_000, tables + " and " + blobs);
      assertTrue(connection.drop("b"));
      assertTrue(figure(connection, "sst.written.bytes") >= tables);
      assertTrue(figure(connection, "blob.written.bytes") >= blobs);
    }
  }

  // --- compactions ------------------------------------------------------------------------------

  /** Nobody asked for them. */
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void compactionsThatRocksDbBeginsByItselfAreThere(String single) {
    ConnectionOptions options =
        Places.at(folder)
            .with("single_bucket_mode", single)
            .with("mem_table_size", "64KiB")
            .with("num_level0_tables", "2");
    try (Connection connection = Kvist.open(options)) {
      assertEquals(0, figure(connection, "compactions"));
      assertEquals(0, figure(connection, "compactions.last.at.millis"));
      KvStore store = connection.store("b");
      for (int round = 1; round <= 2; round++) {
        long counted = figure(connection, "compactions");
        long since = System.currentTimeMillis();
        writeUntil(store, () -> figure(connection, "compactions") > counted);
        long last = figure(connection, "compactions.last.at.millis");
        assertTrue(last >= since && last <= System.currentTimeMillis(), since + " and " + last);
        // More than that would be all of them, or another unit.
        long took = figure(connection, "compactions.last.took.millis");
        assertTrue(took >= 0 && took < PATIENCE.toMillis(), took + " ms");
      }
    }
  }

  /** As often as the figure says, and of no more bytes than were written ever. */
  @Test
  void anObserverIsToldOfEachCompaction() {
    var told = new AtomicLong();
    var read = new AtomicLong();
    var kept = new AtomicLong();
    var nanosOfAll = new AtomicLong();
    var observer =
        new KvObserver() {
          @Override
          public void compacted(long bytesRead, long bytesKept, long nanos) {
            read.addAndGet(bytesRead);
            kept.addAndGet(bytesKept);
            nanosOfAll.addAndGet(nanos);
            told.incrementAndGet();
          }
        };
    Store store = Places.open(Places.at(folder), observer, System::currentTimeMillis);
    try (Connection connection = new RocksConnection(store)) {
      for (int i = 0; i < 100; i++) {
        connection.store("b").writer().put(utf8("k" + i), new byte[10_000]);
      }
      connection.maintenance().compact();
      assertTrue(told.get() > 0);
      assertEquals(told.get(), figure(connection, "compactions"));
      assertTrue(nanosOfAll.get() > 0);
      for (long bytes : new long[] {read.get(), kept.get()}) {
        assertTrue(bytes >= 1_000_000 && bytes < 1_200_000, "bytes " + bytes);
      }
    }
  }

  /** Those are counted by RocksDB as flushes are; what they read tells that there were some. */
  @Test
  void compactionsWithinTheYoungestLevelAreSeenByWhatTheyRead() {
    var flushes = Map.of("compaction.L0.CompCount", "5.000000", "compaction.L0.ReadGB", "0.000000");
    assertEquals(0, Compactions.Counts.of(flushes).since(Compactions.Counts.NOTHING).number());
    var more =
        Map.of(
            "compaction.L0.CompCount", "7.000000",
            "compaction.L0.ReadGB", "0.250000",
            "compaction.L6.CompCount", "2.000000",
            "compaction.L6.CompSec", "1.500000",
            "compaction.L6.WriteGB", "0.500000",
            "compaction.L6.WblobGB", "0.250000",
            "compaction.Sum.ReadGB", "1.000000");
    var ended = Compactions.Counts.of(more).since(Compactions.Counts.of(flushes));
    assertEquals(new Compactions.Counts(3, 1.5, 0.25, 1, 0.75), ended);
  }

  private static void writeUntil(KvStore store, BooleanSupplier seen) {
    var random = new Random(11);
    byte[] noise = new byte[4_000];
    Waiting.until(
        PATIENCE,
        "a compaction",
        () -> {
          for (int i = 0; i < 20; i++) {
            random.nextBytes(noise);
            store.writer().put(utf8("k" + i), noise);
          }
          return seen.getAsBoolean();
        });
  }

  // --- watches ----------------------------------------------------------------------------------

  private static long figure(Connection connection, String name) {
    return Objects.requireNonNull(connection.stats().get(name), name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "true"})
  void aWatchThatDoesNotReadFallsBehind(String inMemory) {
    try (Connection connection = Kvist.open(Places.at(folder).with("memory_mode", inMemory))) {
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
      assertEquals(null, watch.next(Duration.ofMillis(1)));
      assertEquals(0, figure(connection, "watches.lag.versions"));
      assertEquals(0, figure(connection, "watches.lag.millis"));
      // It counts from the oldest change that was not read, and not from the last one that was.
      long now = System.currentTimeMillis();
      store.writer().put(utf8("k3"), utf8("v"));
      long lag = figure(connection, "watches.lag.millis");
      assertTrue(lag <= System.currentTimeMillis() - now + 20, "lag " + lag);
      watch.close();
      assertEquals(0, figure(connection, "watches.open"));
      assertEquals(0, figure(connection, "watches.lag.versions"));
      assertEquals(2, figure(connection, "watches.updates"));
    }
  }

  /** One that waits reads on without its consumer. */
  @Test
  void aWatchThatWaitsIsNotBehindWhatIsOutOfItsScope() throws Exception {
    try (Connection connection = Kvist.open(Places.at(folder));
        KvWatch watch =
            connection.store("b").watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
      Future<?> waits = Waiting.start(Thread.ofVirtual(), () -> watch.next(PATIENCE));
      connection.store("elsewhere").writer().put(utf8("k"), utf8("v"));
      Waiting.until(PATIENCE, "no lag", () -> figure(connection, "watches.lag.versions") == 0);
      assertFalse(waits.isDone());
      connection.store("b").writer().put(utf8("k"), utf8("v"));
      waits.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** What it would have to read is gone: the oldest that is left tells how long ago at least. */
  @Test
  void theLagOfAWatchThatRetentionOvertook() {
    ConnectionOptions options =
        Places.at(folder).with("mem_table_size", "64KiB").with("retention_bytes", "64KiB");
    try (Connection connection = Kvist.open(options)) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("v"));
      try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
        var random = new Random(5);
        byte[] noise = new byte[30_000];
        for (int i = 0; i < 40; i++) {
          random.nextBytes(noise);
          store.writer().put(utf8("k"), noise);
        }
        Waiting.until(PATIENCE, "trimmed", () -> figure(connection, "log.bytes") < 300_000);
        assertTrue(figure(connection, "watches.lag.versions") >= 40);
        Waiting.until(PATIENCE, "lag", () -> figure(connection, "watches.lag.millis") >= 20);
        assertThrows(KvException.CursorExpired.class, () -> watch.next(Duration.ZERO));
      }
    }
  }

  /** It must not be kept for its figures. */
  @Test
  void aWatchThatIsForgottenIsNotCountedForEver() {
    try (Connection connection = Kvist.open(Places.at(folder))) {
      forget(connection);
      Waiting.until(
          PATIENCE,
          "garbage",
          () -> {
            System.gc();
            return figure(connection, "watches.open") == 0;
          });
    }
  }

  @SuppressWarnings("MustBeClosedChecker")
  private static void forget(Connection connection) {
    KvWatch watch = connection.store("b").watcher().watch(WatchScope.all(), WatchOptions.fromNow());
    assertEquals(null, watch.next(Duration.ZERO));
  }

  private static String text(OperationCount count) {
    return count.count() + " " + count.misses() + " " + count.bytes();
  }
}

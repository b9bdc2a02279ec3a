package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** K7 where RocksDB's log has its own ways. */
final class WatchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;

  private static KvUpdate next(KvWatch watch) {
    return Objects.requireNonNull(watch.next(PATIENCE), "nothing came");
  }

  /** Nothing is left of the log then, which RocksDB answers with an iterator that must not move. */
  @ParameterizedTest
  @ValueSource(strings = {"false", "true"})
  void aCursorOfALogThatIsGoneIsExpired(String inMemory) {
    try (Connection connection = Kvist.open(Places.at(folder).with("memory_mode", inMemory))) {
      KvStore store = connection.store("b");
      WatchCursor cursor;
      try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
        store.writer().put(utf8("a"), utf8("1"));
        cursor = Objects.requireNonNull(next(watch).cursor());
      }
      store.writer().put(utf8("a"), utf8("2"));
      store.purger().purge(utf8("a"));
      connection.maintenance().compact();
      assertThrows(
          KvException.CursorExpired.class,
          () -> {
            try (KvWatch watch =
                store.watcher().watch(WatchScope.all(), WatchOptions.from(cursor))) {
              next(watch);
            }
          });
      try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
        store.writer().put(utf8("b"), utf8("3"));
        assertEquals("b", Kvist.utf8(((KvUpdate.Put) next(watch)).key()));
      }
    }
  }

  /** The log begins behind the cursor, which shows when the first of it was read. */
  @Test
  void aCursorThatRetentionOvertookHoldsNothing() throws IOException {
    ConnectionOptions options =
        Places.at(folder).with("mem_table_size", "64KiB").with("retention_bytes", "64KiB");
    try (Connection connection = Kvist.open(options)) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("v"));
      try (KvWatch late = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
        store.writer().put(utf8("k"), utf8("v"));
        WatchCursor cursor = Objects.requireNonNull(next(late).cursor());
        store.writer().put(utf8("k"), utf8("v"));
        next(late);
        Waiting.until(
            PATIENCE,
            "a log that is deleted",
            () -> {
              store.writer().put(utf8("k"), new byte[30_000]);
              return connection.stats().getOrDefault("segments.removed", 0L) > 1;
            });
        long before = Places.open(folder, ".log");
        for (int i = 0; i < 30; i++) {
          assertThrows(
              KvException.CursorExpired.class,
              () -> store.watcher().watch(WatchScope.all(), WatchOptions.from(cursor)).close());
        }
        assertTrue(Places.open(folder, ".log") < before + 10, () -> "open before: " + before);
        // It has an end of its own, and is not behind for ever.
        assertThrows(
            KvException.CursorExpired.class,
            () -> Waiting.until(PATIENCE, "nothing more", () -> late.next(Duration.ZERO) == null));
        assertEquals(0, connection.stats().get("watches.open"));
        assertEquals(0, connection.stats().get("watches.lag.versions"));
      }
    }
  }

  @Test
  void theStateDoesNotEndInsideABatch() {
    try (Connection connection = Kvist.open(Places.at(folder))) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("1"));
      try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
        var seen = new ArrayList<String>();
        // Behind its record stands its deadline in the log, which no watch sees.
        store.ttl().put(utf8("x"), utf8("2"), Duration.ofHours(1));
        seen.add(text(next(watch)));
        seen.add(text(next(watch)));
        store.batch().apply(new WriteBatch().put(utf8("a"), utf8("3")).put(utf8("b"), utf8("4")));
        for (int i = 0; i < 3; i++) {
          seen.add(text(next(watch)));
        }
        assertEquals(List.of("k", "x"), seen.subList(0, 2));
        assertEquals(seen.indexOf("a") + 1, seen.indexOf("b"), seen::toString);
      }
    }
  }

  private static String text(KvUpdate update) {
    return update instanceof KvUpdate.Put put ? Kvist.utf8(put.key()) : "caught up";
  }
}

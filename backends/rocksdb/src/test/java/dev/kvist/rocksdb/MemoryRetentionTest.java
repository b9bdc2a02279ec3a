package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With {@code memory_mode} the change stream is bounded by bytes as well. */
final class MemoryRetentionTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int VALUE_BYTES = 8_000;

  /** What is in use of the log: write buffers that are full, and those that are flushed. */
  private static final long IN_USE_BYTES = 1 << 20;

  @TempDir private Path folder;

  private final Random random = new Random(7);

  private ConnectionOptions options(long retained) {
    return ConnectionOptions.of("rocksdb", folder.toString())
        .with("memory_mode", "true")
        .with("mem_table_size", "64KiB")
        .with("memory_budget", "16MiB")
        .with("retention_bytes", Long.toString(retained));
  }

  private byte[] noise() {
    byte[] noise = new byte[VALUE_BYTES];
    random.nextBytes(noise);
    return noise;
  }

  private static long logBytes(Connection connection) {
    return Objects.requireNonNull(connection.stats().get("log.bytes"));
  }

  @Test
  void noMoreIsKeptThanTwiceWhatIsAskedFor() {
    try (Connection connection = Kvist.open(options(1 << 20))) {
      KvStore store = connection.store("b");
      WatchCursor early;
      try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
        store.writer().put(utf8("k"), noise());
        early = Objects.requireNonNull(Objects.requireNonNull(watch.next(PATIENCE)).cursor());
      }
      for (int i = 0; i < 2_000; i++) {
        store.writer().put(utf8("k" + i % 10), noise());
      }
      Waiting.until(PATIENCE, "less log", () -> logBytes(connection) <= (2L << 20) + IN_USE_BYTES);
      assertThrows(
          KvException.CursorExpired.class,
          () -> {
            try (KvWatch watch =
                store.watcher().watch(WatchScope.all(), WatchOptions.from(early))) {
              watch.next(PATIENCE);
            }
          });
    }
  }

  @Test
  void whatIsToBeKeptIsKept() {
    try (Connection connection = Kvist.open(options(1L << 30))) {
      KvStore store = connection.store("b");
      try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
        for (int i = 0; i < 1_000; i++) {
          store.writer().put(utf8("k" + i), noise());
        }
        connection.maintenance().compact();
        for (int i = 0; i < 1_000; i++) {
          assertEquals("k" + i, key(watch));
        }
      }
      assertTrue(logBytes(connection) >= 1_000 * VALUE_BYTES);
    }
  }

  /** Nothing that it waits for is in what goes away. */
  @Test
  void aWatchThatFollowsLosesNothing() {
    try (Connection connection = Kvist.open(options(256 << 10))) {
      KvStore store = connection.store("b");
      try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
        while (watch.cursor() == null) {
          watch.next();
        }
        for (int i = 0; i < 3_000; i++) {
          store.writer().put(utf8("k" + i), noise());
          assertEquals("k" + i, key(watch));
        }
      }
      for (int i = 0; i < 3_000; i++) {
        assertEquals(VALUE_BYTES, Objects.requireNonNull(store.reader().get(utf8("k" + i))).length);
      }
    }
  }

  private static String key(KvWatch watch) {
    return utf8(((KvUpdate.Put) Objects.requireNonNull(watch.next(PATIENCE))).key());
  }

  @Test
  void ageIsHonouredAsWell() throws IOException {
    ConnectionOptions aged = options(1L << 30).with("retention_age", "1s");
    try (Connection connection = Kvist.open(aged)) {
      KvStore store = connection.store("b");
      long[] most = {0};
      Waiting.until(
          PATIENCE,
          "some went",
          () -> {
            store.writer().put(utf8("k"), noise());
            long now = logBytes(connection);
            most[0] = Math.max(most[0], now);
            return now < most[0];
          });
    }
  }

  /** What is deleted has the name of a directory that may be there. */
  @Test
  void nothingOnDiskIsTouched() throws IOException {
    Path archive = Files.createDirectory(folder.resolve(Retention.ARCHIVE));
    Files.writeString(archive.resolve("000004.log"), "of somebody else");
    Map<String, String> before = Places.content(folder);
    try (Connection connection = Kvist.open(options(0))) {
      for (int i = 0; i < 300; i++) {
        connection.store("b").writer().put(utf8("k"), noise());
      }
      Waiting.until(PATIENCE, "less log", () -> logBytes(connection) <= IN_USE_BYTES);
      byte[] last = noise();
      connection.store("b").writer().put(utf8("k"), last);
      assertArrayEquals(last, connection.store("b").reader().get(utf8("k")));
    }
    assertEquals(before, Places.content(folder));
  }
}

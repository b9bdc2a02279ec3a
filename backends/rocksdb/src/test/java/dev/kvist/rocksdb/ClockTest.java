package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A clock that steps back between two opens (K5). */
final class ClockTest {
  private static final long START = 1_750_000_000_000L;
  private static final Duration TTL = Duration.ofSeconds(10);

  @TempDir private Path folder;
  private final AtomicLong wall = new AtomicLong(START);

  private Connection open() {
    return new RocksConnection(Places.open(Places.at(folder), KvObserver.NONE, wall::get));
  }

  @Test
  void whatExpiredStaysSoAfterAnOpenWithAnEarlierClock() {
    Version before;
    try (Connection connection = open()) {
      KvStore store = connection.store("b");
      store.ttl().put(utf8("k"), utf8("v"), TTL);
      before = store.writer().put(utf8("other"), utf8("v"));
      wall.addAndGet(20_000);
      assertFalse(store.reader().exists(utf8("k")));
    }
    wall.set(START + 1);
    try (Connection connection = open()) {
      KvStore store = connection.store("b");
      assertFalse(store.reader().exists(utf8("k")));
      assertTrue(store.reader().exists(utf8("other")));
      assertNotEquals(before, store.writer().put(utf8("other"), utf8("v")));
      store.ttl().put(utf8("k"), utf8("v"), TTL);
      assertEquals(TTL, store.ttl().remaining(utf8("k")));
    }
  }
}

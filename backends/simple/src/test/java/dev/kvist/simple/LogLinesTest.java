package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.StorageType;
import dev.kvist.tck.Captured;
import dev.kvist.tck.SimulatedDisk;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an operator reads in the log: each step in the life of a store, each failure with its path
 * and cause, and never a key's value.
 */
final class LogLinesTest {
  private static final String SECRET = "correct-horse-battery-staple";
  private static final long NOW = 1_750_000_000_000L;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path temporary;

  private static Settings settings(String options) {
    return Settings.read(new MemoryBackend(), ConnectionOptions.parse("memory:" + options));
  }

  private static Store open(SimulatedDisk disk, Settings settings, boolean inline) {
    return Store.open(disk, settings, KvObserver.NONE, () -> NOW, inline);
  }

  private static KvStore bucket(Store store) {
    return new SimpleConnection(store, StorageType.FILE).store("b");
  }

  private static void assertFails(Effect effect, KvStore bucket, String key) {
    var failed =
        assertThrows(
            KvException.IoFailed.class, () -> bucket.writer().put(utf8(key), utf8(SECRET)));
    assertEquals(effect, failed.effect());
  }

  private static void assertSecretIsKept(Captured log) {
    assertFalse(log.toString().contains(SECRET), "a value is in the log");
  }

  private static void assertLine(Captured log, Level level, String regex) {
    assertTrue(log.has(level, regex), () -> "no " + level + " " + regex + " in\n" + log);
  }

  @Test
  void theLifeOfAStoreIsTold() throws IOException {
    Path data = temporary.resolve("simple_kv");
    String uri = "simple:" + data + "?segment_size=16KiB&retention_bytes=0";
    String at = data + ": ";
    byte[] noise = new byte[3_000];
    new Random(1).nextBytes(noise);
    try (var log = Captured.of("dev.kvist.simple")) {
      try (Connection connection = Kvist.open(uri)) {
        assertLine(log, Level.INFO, at + "segment wal/\\d{12}.log made");
        assertLine(log, Level.INFO, at + "open with 0 entries in \\d+ ms \\(new; .*");
        KvStore store = connection.store("b");
        store.writer().put(utf8("k"), utf8(SECRET));
        for (int i = 0; i < 12; i++) {
          store.writer().put(utf8("k" + i % 3), noise);
        }
        assertLine(
            log,
            Level.INFO,
            at
                + "segment wal/\\d{12}.log made, rotated from wal/\\d{12}.log, which ends at offset \\d+");
        connection.maintenance().compact();
        assertLine(log, Level.INFO, at + "segment last_state/\\d{12}.log made");
        assertLine(
            log, Level.INFO, at + "compacted wal/\\d{12}.log: kept \\d+ of 16384 bytes in \\d+ ms");
        assertFalse(log.has(Level.INFO, at + "closed"), log::toString);
      }
      assertLine(log, Level.INFO, at + "closed");
      Kvist.open(uri).close();
      assertLine(
          log,
          Level.INFO,
          at + "open with 4 entries in \\d+ ms \\(closed cleanly; \\d+ records .*");
      // Without the index everything is read again.
      try (var files = Files.list(data.resolve("last_state"))) {
        for (Path file : files.filter(f -> f.toString().contains("index")).toList()) {
          Files.delete(file);
        }
      }
      Kvist.open(uri).close();
      assertLine(
          log, Level.INFO, at + "open with 4 entries in \\d+ ms \\(without an index; [1-9]\\d* .*");
      assertFalse(log.has(Level.SEVERE, ".*"), log::toString);
      assertSecretIsKept(log);
    }
  }

  /** What recovery cut off is counted. */
  @Test
  void recoveryTellsWhatItDid() throws IOException {
    var disk = new SimulatedDisk(5);
    var store = open(disk, Settings.DEFAULT, true);
    KvStore bucket = bucket(store);
    bucket.writer().put(utf8("k"), utf8(SECRET));
    store.committer.sync(true);
    bucket.writer().put(utf8("k2"), utf8(SECRET));
    bucket.writer().put(utf8("k3"), utf8(SECRET));
    SimulatedDisk after = disk.afterKill();
    String segment = after.list("wal").getFirst();
    long end = store.engine.log.active().end();
    after.flipBit(segment, end - 100, 3);
    after.delete(IndexChunks.name(0));
    try (var log = Captured.of("dev.kvist.simple");
        var _ = open(after, Settings.DEFAULT, true)) {
      assertLine(
          log,
          Level.WARNING,
          after.location()
              + ": cut \\d+ bytes behind "
              + segment
              + " at offset \\d+, with \\d+ well-formed records among them; .*");
      assertLine(log, Level.INFO, ".*open with \\d+ entries .*[1-9]\\d* bytes cut\\)");
      assertSecretIsKept(log);
    }
  }

  // --- failures ---------------------------------------------------------------------------------

  /** Opened again, the store has what was acknowledged, not what was refused, and takes it now. */
  private static void assertServiceResumes(SimulatedDisk disk, Settings settings, String refused) {
    try (Store again = Store.open(disk, settings, KvObserver.NONE, () -> NOW + 1, true)) {
      KvStore bucket = bucket(again);
      assertArrayEquals(utf8("1"), bucket.reader().get(utf8("k")));
      assertFalse(bucket.reader().exists(utf8(refused)));
      bucket.writer().put(utf8(refused), utf8("2"));
    }
  }

  /** After a failed sync nothing is acknowledged any more, and all that was can be read (K8). */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFailedSyncIsToldAndStopsWrites(boolean inline) {
    var disk = new SimulatedDisk(8, true);
    Settings settings = settings("?sync_writes=true");
    try (var log = Captured.of("dev.kvist.simple")) {
      Store store = open(disk, settings, inline);
      var connection = new SimpleConnection(store, StorageType.FILE);
      KvStore bucket = connection.store("b");
      bucket.writer().put(utf8("k"), utf8("1"));
      disk.failForce(1);
      assertFails(Effect.UNKNOWN, bucket, "k2");
      assertLine(
          log, Level.SEVERE, disk.location() + ": a sync failed.* \\| java.io.IOException.*");
      // The device would take them, which proves nothing.
      for (int i = 0; i < 3; i++) {
        assertFails(Effect.NONE, bucket, "k3");
      }
      assertThrows(KvException.IoFailed.class, connection::ping);
      assertThrows(KvException.IoFailed.class, () -> connection.maintenance().compact());
      assertArrayEquals(utf8("1"), bucket.reader().get(utf8("k")));
      assertFalse(bucket.reader().exists(utf8("k3")));
      assertThrows(KvException.IoFailed.class, store::close, "what it cannot promise, it says");
      assertSecretIsKept(log);
    }
    assertServiceResumes(disk.afterPowerLoss(0), settings, "k3");
  }

  /** Of a write that the device did not take nothing is acknowledged, and nothing comes back. */
  @Test
  void aFailedWriteIsToldAndStopsWrites() {
    var disk = new SimulatedDisk(11);
    try (var log = Captured.of("dev.kvist.simple")) {
      Store store = open(disk, Settings.DEFAULT, true);
      KvStore bucket = bucket(store);
      bucket.writer().put(utf8("k"), utf8("1"));
      disk.failStores(store.engine.log.active().name());
      assertFails(Effect.UNKNOWN, bucket, "k2");
      assertLine(
          log,
          Level.SEVERE,
          disk.location()
              + ": a write failed; the store refuses writes from now on \\| java.lang.InternalError.*");
      disk.failStores("none");
      assertFails(Effect.NONE, bucket, "k3");
      assertArrayEquals(utf8("1"), bucket.reader().get(utf8("k")));
      assertFalse(bucket.reader().exists(utf8("k2")));
      assertThrows(KvException.IoFailed.class, store::close, "what it cannot promise, it says");
      assertSecretIsKept(log);
    }
    assertServiceResumes(disk.afterKill(), Settings.DEFAULT, "k2");
  }

  @Test
  void aSegmentThatCannotBeMadeIsTold() {
    var disk = new SimulatedDisk(9);
    Settings settings = settings("?segment_size=16KiB");
    try (var log = Captured.of("dev.kvist.simple");
        Store store = open(disk, settings, false)) {
      KvStore bucket = bucket(store);
      bucket.writer().put(utf8("k"), utf8("v"));
      disk.limit(1);
      assertThrows(
          KvException.StoreFull.class,
          () -> {
            for (int i = 0; i < 1_000; i++) {
              bucket.writer().put(utf8("k"), utf8(SECRET.repeat(50) + i));
            }
          });
      Waiting.until(
          PATIENCE,
          "the line",
          () ->
              log.has(
                  Level.SEVERE,
                  disk.location()
                      + ": cannot make a segment of 16384 bytes; .* \\| java.io.IOEx.*"));
      assertSecretIsKept(log);
      disk.limit(Long.MAX_VALUE);
    }
  }

  private static long count(Captured log, String text) {
    return log.lines().stream().filter(line -> line.contains(text)).count();
  }

  /** Puts until many were refused. */
  private static void fill(KvStore bucket, String prefix) {
    int refused = 0;
    for (int i = 0; refused < 100; i++) {
      try {
        bucket.writer().put(utf8(prefix + i), utf8(SECRET.repeat(50) + i));
      } catch (KvException.StoreFull e) {
        refused++;
      }
    }
  }

  /** Once when it begins and once when it is over, however many writes are refused meanwhile. */
  @Test
  void aFullVolumeIsToldWhenThatChanges() {
    var disk = new SimulatedDisk(13);
    Settings settings = settings("?segment_size=16KiB");
    try (var log = Captured.of("dev.kvist.simple");
        Store store = open(disk, settings, true)) {
      KvStore bucket = bucket(store);
      for (int round = 1; round <= 2; round++) {
        disk.limit(1);
        fill(bucket, round + ".");
        assertEquals(round, count(log, "SEVERE " + disk.location() + ": cannot make a segment"));
        assertEquals(round - 1, count(log, ": there is room again for a segment"));
        disk.limit(Long.MAX_VALUE);
        // More than what is left of the newest segment.
        for (int i = 0; i < 400; i++) {
          bucket.writer().put(utf8("k"), utf8(SECRET + i));
        }
        assertEquals(round, count(log, ": there is room again for a segment"));
      }
      assertEquals(2, count(log, "SEVERE "), log::toString);
      assertSecretIsKept(log);
    }
  }

  /** Of a limit that was set there is no cause to look for in a stack trace. */
  @Test
  void aLimitThatIsReachedIsToldOnce() {
    var disk = new SimulatedDisk(14);
    try (var log = Captured.of("dev.kvist.simple");
        Store store = open(disk, settings("?segment_size=16KiB&max_bytes=2MiB"), true)) {
      fill(bucket(store), "k");
      assertEquals(1, count(log, "cannot make a segment, until there is room: "), log::toString);
      assertFalse(log.toString().contains(" | "), log::toString);
      assertFalse(log.has(Level.SEVERE, ".*"), log::toString);
    }
  }

  @Test
  void aPartOfTheIndexThatCannotBeMadeIsToldOnce() throws IOException {
    var disk = new SimulatedDisk(15);
    var chunks = new IndexChunks(disk, Runnable::run);
    try (var log = Captured.of("dev.kvist.simple")) {
      disk.limit(1);
      for (int i = 0; i < 3; i++) {
        assertThrows(IOException.class, () -> chunks.next(0));
      }
      assertEquals(1, count(log, "SEVERE "), log::toString);
      assertEquals(1, count(log, ": cannot make " + IndexChunks.name(0)), log::toString);
      disk.limit(Long.MAX_VALUE);
      chunks.next(0).close();
      assertEquals(1, count(log, ": there is room again for " + IndexChunks.name(0)));
    }
  }

  /** The fault is compaction's alone: no room for the segment without the purged value. */
  @Test
  void aFailedCompactionIsTold() {
    var disk = new SimulatedDisk(10);
    Settings settings = settings("?segment_size=16KiB");
    try (var log = Captured.of("dev.kvist.simple");
        Store store = open(disk, settings, true)) {
      var connection = new SimpleConnection(store, StorageType.FILE);
      KvStore bucket = purgedWithoutRoom(disk, connection);
      assertThrows(KvException.IoFailed.class, () -> connection.maintenance().compact());
      assertLine(
          log, Level.SEVERE, disk.location() + ": compaction failed \\| java.io.IOException.*");
      assertArrayEquals(utf8(SECRET), bucket.reader().get(utf8("k2")));
      bucket.writer().put(utf8("k3"), utf8(SECRET));
      disk.limit(Long.MAX_VALUE);
      connection.maintenance().compact();
      assertSecretIsKept(log);
    }
  }

  @Test
  void aRoundThatFailsInTheBackgroundIsToldAndTriedAgain() {
    var disk = new SimulatedDisk(12);
    Settings settings = settings("?segment_size=16KiB&compaction_interval=10ms");
    try (var log = Captured.of("dev.kvist.simple");
        Store store = open(disk, settings, false)) {
      KvStore bucket = purgedWithoutRoom(disk, new SimpleConnection(store, StorageType.FILE));
      Waiting.until(
          PATIENCE,
          "the line",
          () ->
              log.has(
                  Level.SEVERE,
                  disk.location()
                      + ": background work failed, and will be tried again \\| java.io.IOException.*"));
      assertArrayEquals(utf8(SECRET), bucket.reader().get(utf8("k2")));
      disk.limit(Long.MAX_VALUE);
      Tally tally = store.engine.tally;
      Waiting.until(PATIENCE, "the next try", () -> tally.erasedTo() >= tally.purgedTo());
      assertSecretIsKept(log);
    }
  }

  /**
   * A purged value in a segment that is kept, which has to be written anew, and a full disk. The
   * segment is larger than others, so that no spare can take its place.
   */
  private static KvStore purgedWithoutRoom(SimulatedDisk disk, Connection connection) {
    KvStore bucket = connection.store("b");
    byte[] large = new byte[20_000];
    new Random(7).nextBytes(large);
    bucket.writer().put(utf8("k"), large);
    bucket.writer().put(utf8("k2"), utf8(SECRET));
    // Begins another segment: the newest one is never written anew.
    connection.maintenance().compact();
    disk.limit(1);
    bucket.purger().purge(utf8("k"));
    return bucket;
  }
}

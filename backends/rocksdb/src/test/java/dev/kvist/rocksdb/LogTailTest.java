package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

/**
 * K8 and K9 for what a power loss leaves of a log that was not synced: an end, never a hole; and
 * for damage of what was synced.
 */
final class LogTailTest {
  private static final int ENTRIES = 3_000;

  @TempDir private Path folder;
  private Path crashed;
  private List<Path> logs;
  private long newest;

  /** A store whose log has several files, nothing of which is synced or in tables. */
  @BeforeEach
  void crash() throws IOException, RocksDBException {
    crashed = folder.resolve("crashed");
    Path place = folder.resolve("store");
    Store store = Places.open(options(place));
    try (Connection connection = new RocksConnection(store)) {
      store.database.rocks.pauseBackgroundWork();
      var writer = connection.store("b").writer();
      for (int i = 0; i < ENTRIES; i++) {
        writer.put(key(i), Places.value(i));
      }
      newest = store.writes.counter();
      copy(place, crashed);
      store.database.rocks.continueBackgroundWork();
    }
    logs = Places.files(crashed, ".log");
    assertTrue(logs.size() >= 3, () -> logs.toString());
  }

  private static ConnectionOptions options(Path place) {
    return Places.at(place)
        .with("mem_table_size", "64KiB")
        .with("num_mem_tables", "60")
        .with("flush_interval", "1h");
  }

  private static byte[] key(int i) {
    return utf8("k%05d".formatted(i));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (var paths = Files.list(from)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        Files.copy(path, to.resolve(path.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** Everything up to some write is there and nothing after it; returns how many there are. */
  private static int prefix(Connection connection) {
    var reader = connection.store("b").reader();
    List<byte[]> keys = reader.keys(KeyRange.all()).toList();
    for (int i = 0; i < keys.size(); i++) {
      assertArrayEquals(key(i), keys.get(i));
      assertArrayEquals(Places.value(i), reader.get(key(i)));
    }
    return keys.size();
  }

  private int open() {
    int found;
    try (Connection connection = Kvist.open(options(crashed))) {
      found = prefix(connection);
      assertEquals(List.of(), connection.maintenance().verify().damages());
      if (found < ENTRIES) {
        connection.store("b").writer().put(key(found), Places.value(found));
      }
    }
    try (Connection connection = Kvist.open(options(crashed))) {
      assertEquals(Math.min(found + 1, ENTRIES), prefix(connection));
    }
    return found;
  }

  private static void cut(Path log, long length) throws IOException {
    Files.write(log, Arrays.copyOf(Files.readAllBytes(log), (int) length));
  }

  private static void zero(Path log, int from, int length) throws IOException {
    byte[] bytes = Files.readAllBytes(log);
    Arrays.fill(bytes, from, Math.min(bytes.length, from + length), (byte) 0);
    Files.write(log, bytes);
  }

  private void assertSomeAreLost(int found) {
    assertTrue(found > 0 && found < ENTRIES, () -> "found " + found);
  }

  @Test
  void nothingIsLostOfALogThatIsWhole() {
    assertEquals(ENTRIES, open());
  }

  @Test
  void aHoleAtTheEndOfAFileEndsTheLog() throws IOException {
    Path middle = logs.get(1);
    cut(middle, Files.size(middle) / 2);
    assertSomeAreLost(open());
  }

  @Test
  void aFileThatIsMissingEndsTheLog() throws IOException {
    Files.delete(logs.get(1));
    assertSomeAreLost(open());
  }

  @Test
  void zerosInTheMiddleEndTheLog() throws IOException {
    zero(logs.get(1), 4096, 4096);
    assertSomeAreLost(open());
  }

  @Test
  void zerosBehindTheEndAreCut() throws IOException {
    Path last = logs.getLast();
    byte[] bytes = Files.readAllBytes(last);
    Files.write(last, Arrays.copyOf(bytes, bytes.length + 100_000));
    assertEquals(ENTRIES, open());
  }

  @Test
  void aRecordThatIsCutShortGoesAlone() throws IOException {
    Path last = logs.getLast();
    cut(last, Files.size(last) - 5);
    assertEquals(ENTRIES - 1, open());
  }

  @Test
  void whateverIsDamagedSomeEndIsCut() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    Path whole = folder.resolve("whole");
    copy(crashed, whole);
    for (int round = 0; round < 40; round++) {
      // A place of its own: what an open moves to the archive counts, too.
      crashed = folder.resolve("round" + round);
      copy(whole, crashed);
      logs = Places.files(crashed, ".log");
      int number = random.nextInt(logs.size());
      Path log = logs.get(number);
      // What the open wrote was synced.
      int least = number == 0 ? 1_000 : 0;
      int at = random.nextInt(least, (int) Files.size(log));
      switch (random.nextInt(3)) {
        case 0 -> cut(log, at);
        case 1 -> zero(log, at, 1 + random.nextInt(8192));
        default -> Places.flip(log, at);
      }
      try {
        open();
      } catch (KvException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
  }

  private void assertDamage(Path file) throws IOException {
    try (SyncedPosition synced = SyncedPosition.open(crashed)) {
      synced.advance(newest);
    }
    Places.mustBeDamaged(options(crashed), file);
    assertThrows(
        KvException.Corrupted.class,
        () -> Kvist.open(options(crashed).with("read_only", "true")).close());
  }

  @Test
  void aFlippedBitOfWhatWasSyncedIsDamage() throws IOException {
    Path middle = logs.get(1);
    Places.flip(middle, Files.size(middle) / 2);
    assertDamage(middle);
  }

  /** Nothing before it says where the log began. */
  @Test
  void aFlippedBitInTheFirstRecordIsDamage() throws IOException {
    Places.flip(logs.getFirst(), 10);
    assertDamage(logs.getFirst());
  }

  @Test
  void aSessionThatDidNotBeginIsCut() throws IOException {
    Path place = folder.resolve("again");
    ConnectionOptions options = Places.at(place);
    Places.fill(options, 10);
    final long synced = SyncedPosition.read(place);
    Path copy = folder.resolve("copy");
    try (Connection connection = Kvist.open(options)) {
      connection.ping();
      copy(place, copy);
    }
    Files.delete(copy.resolve(SyncedPosition.FILE_NAME));
    try (SyncedPosition position = SyncedPosition.open(copy)) {
      position.advance(synced);
    }
    Path last = Places.files(copy, ".log").getLast();
    cut(last, 5);
    try (Connection connection = Kvist.open(Places.at(copy))) {
      assertEquals(10, connection.store("b").reader().keys(KeyRange.all()).toList().size());
    }
  }

  @Test
  void zerosInWhatWasSyncedAreDamage() throws IOException {
    zero(logs.get(1), 4096, 4096);
    assertDamage(logs.get(1));
  }

  @Test
  void aMissingFileOfWhatWasSyncedIsDamage() throws IOException {
    Files.delete(logs.get(1));
    assertDamage(logs.get(2));
  }

  @Test
  void aDamagedSyncedPositionIsTold() throws IOException {
    try (SyncedPosition synced = SyncedPosition.open(crashed)) {
      synced.advance(newest);
      synced.advance(newest);
    }
    Path file = crashed.resolve(SyncedPosition.FILE_NAME);
    Places.flip(file, 3);
    assertEquals(newest, SyncedPosition.read(crashed));
    Places.flip(file, 20);
    var failed =
        assertThrows(KvException.Corrupted.class, () -> Kvist.open(options(crashed)).close());
    assertEquals(file.toString(), failed.file());
  }

  @Test
  void aReadOnlyOpenCutsNothingAndReadsNoHole() throws IOException {
    Path last = logs.getLast();
    cut(last, Files.size(last) - 5);
    var before = Places.content(crashed);
    try (Connection connection = Kvist.open(options(crashed).with("read_only", "true"))) {
      assertEquals(ENTRIES - 1, prefix(connection));
    }
    assertEquals(before, Places.content(crashed));
    zero(logs.get(1), 4096, 4096);
    assertThrows(
        KvException.IoFailed.class,
        () -> Kvist.open(options(crashed).with("read_only", "true")).close());
  }

  @Test
  void aBackupKnowsItsEnd() throws IOException {
    Path backup = folder.resolve("backup");
    try (Connection connection = Kvist.open(options(crashed))) {
      connection.maintenance().backup(backup);
    }
    assertTrue(SyncedPosition.read(backup) >= newest);
  }
}

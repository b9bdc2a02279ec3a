package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.LogRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;

/**
 * A store that was killed when RocksDB had synced a log by itself, behind the synced position, and
 * had written that down in the MANIFEST: what was damaged of it is no end of the log.
 */
final class SyncedLogTest {
  private static final int ENTRIES = 2_000;

  @TempDir private Path folder;
  private Path crashed;
  private Path log;

  /** One bucket has its records in a table, the other one in the same log alone. */
  @BeforeEach
  void crash() throws IOException, RocksDBException {
    Path place = folder.resolve("store");
    crashed = folder.resolve("crashed");
    Store store = Places.open(options(place));
    try (Connection connection = new RocksConnection(store);
        var flush = new FlushOptions().setWaitForFlush(true)) {
      for (int i = 0; i < ENTRIES; i++) {
        connection.store("b").writer().put(key(i), Places.value(i));
        connection.store("c").writer().put(key(i), Places.value(ENTRIES + i));
      }
      log = Places.files(place, ".log").getLast();
      store.database.rocks.flush(flush, List.of(store.database.ownFamily("b")));
      Files.createDirectories(crashed);
      try (var paths = Files.list(place)) {
        for (Path path : paths.filter(Files::isRegularFile).toList()) {
          Files.copy(path, crashed.resolve(path.getFileName()));
        }
      }
    }
    log = crashed.resolve(log.getFileName());
    Manifest manifest = Manifest.read(crashed);
    assertEquals(Retention.number(log), manifest.syncedLog);
    assertEquals(Files.size(log), manifest.syncedLogBytes);
  }

  private static ConnectionOptions options(Path place) {
    return Places.at(place).with("single_bucket_mode", "false").with("flush_interval", "1h");
  }

  private static byte[] key(int i) {
    return utf8("k%05d".formatted(i));
  }

  /** Returns what is left of the bucket whose records were in the log. */
  private int repair(int suspectBelow) {
    Repair repair = new RocksBackend().repair(options(crashed));
    assertFalse(repair.damages().isEmpty());
    Set<String> suspects = Set.copyOf(repair.suspects());
    try (Connection connection = Kvist.open(options(crashed))) {
      var whole = connection.store("b").reader();
      for (int i = 0; i < ENTRIES; i++) {
        assertArrayEquals(Places.value(i), whole.get(key(i)));
      }
      List<byte[]> left = connection.store("c").reader().keys(KeyRange.all()).toList();
      for (byte[] key : left) {
        boolean mayBeOlder = Arrays.compareUnsigned(key, key(suspectBelow)) < 0;
        assertEquals(mayBeOlder, suspects.contains("c/" + utf8(key)), () -> utf8(key));
      }
      return left.size();
    }
  }

  @Test
  void aFlippedBitIsDamage() throws IOException {
    RepairSample.flipAt(log, "value " + (ENTRIES + ENTRIES / 2) + " ");
    Places.mustBeDamaged(options(crashed), log);
    assertEquals(ENTRIES - 1, repair(ENTRIES / 2));
  }

  @Test
  void aFlippedBitInTheFirstRecordIsDamage() throws IOException {
    Places.flip(log, 10);
    Places.mustBeDamaged(options(crashed), log);
  }

  @Test
  void anEndThatIsGoneIsDamage() throws IOException {
    Files.write(log, Arrays.copyOf(Files.readAllBytes(log), (int) Files.size(log) / 2));
    Places.mustBeDamaged(options(crashed), log);
    int left = repair(ENTRIES);
    assertTrue(left > 100 && left < ENTRIES - 100, () -> "left " + left);
  }

  @Test
  void aFileThatIsGoneIsDamage() throws IOException {
    Files.delete(log);
    assertThrows(KvException.Corrupted.class, () -> Kvist.open(options(crashed)).close());
    assertEquals(0, repair(ENTRIES));
  }

  /** RocksDB ends a process that opens such a store and does not say that it knows of this. */
  @Test
  void theLogCanBeShown() {
    var records = new ArrayList<LogRecord>();
    new RocksBackend().readLog(options(crashed), records::add);
    assertEquals(
        2 * ENTRIES,
        records.stream()
            .filter(each -> each.operation().equals("put"))
            .filter(each -> Set.of("b", "c").contains(each.bucket()))
            .count());
  }
}

package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;

/** Damages the log of a closed store, and repairs it. */
final class RepairLogTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBitInTheLog(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Path log = sample.largest(".log");
    RepairSample.flipAt(log, "round 3 of 305");
    Repair repair = sample.repaired(Places.name(log) + ", bytes ");
    assertTrue(
        repair
            .damages()
            .getFirst()
            .endsWith(": 1 change cannot be read; of which keys is not known"),
        repair::toString);
    // What follows in the same block is there.
    assertEquals(Set.of("a/key0305"), sample.check(repair));
    assertTrue(repair.suspects().contains("a/key0305"), repair::toString);
    assertTrue(repair.suspects().contains("a/key0001"), repair::toString);
    assertFalse(repair.suspects().contains("b/key0505"), "it was written after that");
    sample.checkSound();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theLogIsMissing(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    for (Path log : Places.files(folder, ".log")) {
      Files.delete(log);
    }
    Repair repair = sample.repaired("the log's");
    Set<String> lost = sample.check(repair);
    assertTrue(Set.copyOf(repair.suspects()).containsAll(lost), () -> lost + " of " + repair);
    assertFalse(lost.isEmpty());
    sample.checkSound();
  }

  /** Only a watch would read it. */
  @Test
  void aBitInTheArchiveCostsNoRecord() throws IOException {
    RepairSample sample = RepairSample.inLog(folder, true);
    Path log = Places.files(folder.resolve(Retention.ARCHIVE), ".log").getFirst();
    RepairSample.flipAt(log, "round 1 of 301");
    sample.losesNothing("archive/" + Places.name(log) + ", bytes ");
  }

  /**
   * A store of which nothing but the log has ever had the key {@code gone}: its marker was
   * forgotten and compacted away.
   *
   * @return the logs that tell of it, of which the first has its value
   */
  private List<Path> forgotten(ConnectionOptions options) throws IOException, RocksDBException {
    Store store = Places.open(options);
    try (Connection connection = new RocksConnection(store);
        var flush = new FlushOptions().setWaitForFlush(true)) {
      KvStore bucket = connection.store("b");
      bucket.writer().put(utf8("gone"), utf8("v"));
      bucket.writer().put(utf8("stays"), utf8("v"));
      store.database.rocks.flush(flush, store.database.allFamilies());
      bucket.writer().delete(utf8("gone"));
      long inAnHour = System.nanoTime() + Duration.ofHours(1).toNanos();
      assertTrue(store.expiry.forgetMarkers(Long.MAX_VALUE, Long.MAX_VALUE, inAnHour));
      assertNull(bucket.reader().entry(utf8("gone")));
      connection.maintenance().compact();
      bucket.writer().put(utf8("later"), utf8("v"));
    }
    var telling = new ArrayList<Path>();
    for (Path place : List.of(folder.resolve(Retention.ARCHIVE), folder)) {
      for (Path log : Places.files(place, ".log")) {
        if (new String(Files.readAllBytes(log), ISO_8859_1).contains("gone")) {
          telling.add(log);
        }
      }
    }
    assertTrue(telling.size() > 1, telling::toString);
    return telling;
  }

  private ConnectionOptions logging(boolean single) {
    return Places.at(folder)
        .with("single_bucket_mode", Boolean.toString(single))
        .with("retention_bytes", "1GiB");
  }

  private void dropLogsOfTheDeletion(ConnectionOptions options) throws Exception {
    List<Path> telling = forgotten(options);
    for (Path log : telling.subList(1, telling.size())) {
      Files.delete(log);
    }
  }

  /** What tables are sound for is not taken from older logs: they may lack the deletion. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLogWithoutTheDeletionBringsNothingBack(boolean single) throws Exception {
    ConnectionOptions options = logging(single);
    dropLogsOfTheDeletion(options);
    byte[] noPosition = new byte[32];
    Arrays.fill(noPosition, (byte) 5);
    Files.write(folder.resolve(SyncedPosition.FILE_NAME), noPosition);
    Repair repair = new RocksBackend().repair(options);
    RepairSample.says(repair, "synced: ");
    assertEquals(List.of(), repair.suspects(), repair::toString);
    assertEquals(List.of("later", "stays"), keys(options));
  }

  /**
   * Where tables may be missing the log is all there is, and it is said what may be wrong of it.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatComesBackIsNamed(boolean single) throws Exception {
    ConnectionOptions options = logging(single);
    dropLogsOfTheDeletion(options);
    Files.delete(folder.resolve("CURRENT"));
    Repair repair = new RocksBackend().repair(options);
    RepairSample.says(repair, "CURRENT is missing");
    assertTrue(repair.suspects().contains("b/gone"), repair::toString);
    assertFalse(repair.suspects().contains("b/later"), repair::toString);
    assertEquals(List.of("gone", "later", "stays"), keys(options));
  }

  /** A whole log has the deletion as well. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aWholeLogBringsNothingBack(boolean single) throws Exception {
    ConnectionOptions options = logging(single);
    forgotten(options);
    Files.delete(folder.resolve("CURRENT"));
    Repair repair = new RocksBackend().repair(options);
    RepairSample.says(repair, "CURRENT is missing");
    assertEquals(List.of(), repair.suspects(), repair::toString);
    assertEquals(List.of("later", "stays"), keys(options));
  }

  private static List<String> keys(ConnectionOptions options) {
    try (Connection connection = Kvist.open(options)) {
      return connection.store("b").reader().keys(KeyRange.all()).toList().stream()
          .map(Kvist::utf8)
          .toList();
    }
  }

  @Test
  void anOpenTakesAwayWhatAKilledRepairLeft() throws IOException {
    RepairSample sample = RepairSample.inTables(folder, true);
    Path left = Files.createDirectories(folder.resolve("repaired/copy"));
    Files.writeString(left.resolve("000001.sst"), "of a copy");
    Kvist.open(sample.options.with("read_only", "true")).close();
    assertTrue(Files.exists(left));
    Kvist.open(sample.options).close();
    assertFalse(Files.exists(folder.resolve("repaired")));
  }
}

package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;

/** Damages the tables of a closed store, and repairs it. */
final class RepairTableTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBitInATableCostsItsBlock(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Path table = sample.largest(".sst");
    RepairSample.flipAt(table, "round 1 of 301");
    Repair repair = sample.repair();
    RepairSample.says(repair, Places.name(table) + ": ");
    Set<String> lost = sample.check(repair);
    // Those of a block, not of the table.
    assertTrue(lost.size() > 5 && lost.size() < 120, lost::toString);
    assertTrue(lost.stream().anyMatch(key -> key.endsWith("/key0301")), lost::toString);
    // Some of them are newer in the log.
    int told = Integer.parseInt(repair.damages().getFirst().split(" ", -1)[1]);
    assertTrue(told >= lost.size() && told < lost.size() + 4, repair::toString);
    assertTrue(repair.bytesDropped() > 2_000 && repair.bytesDropped() < 9_000, repair::toString);
    sample.checkSound();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTableIsMissing(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Path table = sample.largest(".sst");
    Files.delete(table);
    Repair repair = sample.repaired(Places.name(table) + ": the file is missing");
    assertFalse(sample.check(repair).isEmpty());
    sample.checkSound();
  }

  @Test
  void aTableIsCut() throws IOException {
    RepairSample sample = RepairSample.inTables(folder, true);
    Path table = sample.largest(".sst");
    try (var file = new RandomAccessFile(table.toFile(), "rw")) {
      file.setLength(Files.size(table) / 2);
    }
    Repair repair = sample.repaired(Places.name(table) + " cannot be read");
    assertFalse(sample.check(repair).isEmpty());
    sample.checkSound();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anotherTableIsInItsPlace(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Path table = sample.largest(".sst");
    List<Path> others = new ArrayList<>(Places.files(sample.directory, ".sst"));
    others.remove(table);
    Files.copy(others.getLast(), table, StandardCopyOption.REPLACE_EXISTING);
    Repair repair = sample.repaired(Places.name(table) + " is another table than was written");
    assertFalse(sample.check(repair).isEmpty());
    sample.checkSound();
  }

  /** What tables lost is in the log, with the deletions that came after it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theLogHasWhatTablesLost(boolean single) throws IOException {
    RepairSample sample = RepairSample.inLog(folder, single);
    for (Path table : Places.files(folder, ".sst")) {
      Files.delete(table);
    }
    sample.mustNotOpen();
    Repair repair = sample.repair();
    assertEquals(List.of(), repair.suspects());
    assertEquals(Set.of(), sample.check(repair));
    sample.checkSound();
  }

  /** RocksDB's own deletions, of markers that were old enough, are in tables alone. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsDeletedStaysDeleted(boolean single) throws IOException {
    ConnectionOptions options =
        Places.at(folder)
            .with("single_bucket_mode", Boolean.toString(single))
            .with("retention_bytes", "0");
    try (Connection connection = Kvist.open(options)) {
      connection.store("b").writer().put(utf8("gone"), utf8("v"));
      connection.store("b").writer().put(utf8("stays"), utf8("v"));
      connection.maintenance().compact();
    }
    Store store = Places.open(options);
    try (Connection connection = new RocksConnection(store);
        var flush = new FlushOptions().setWaitForFlush(true)) {
      connection.store("b").writer().delete(utf8("gone"));
      store.database.rocks.flush(flush, store.database.allFamilies());
      long inAnHour = System.nanoTime() + Duration.ofHours(1).toNanos();
      assertTrue(store.expiry.forgetMarkers(Long.MAX_VALUE, Long.MAX_VALUE, inAnHour));
      assertNull(connection.store("b").reader().entry(utf8("gone")));
      store.database.rocks.flush(flush, store.database.allFamilies());
    } catch (RocksDBException e) {
      throw new AssertionError(e);
    }
    Files.delete(folder.resolve("CURRENT"));
    Repair repair = new RocksBackend().repair(options);
    assertEquals(List.of(), repair.suspects(), repair::toString);
    try (Connection connection = Kvist.open(options)) {
      assertNull(connection.store("b").reader().get(utf8("gone")));
      assertEquals(
          "v", utf8(Objects.requireNonNull(connection.store("b").reader().get(utf8("stays")))));
    }
  }

  @Test
  void aMissingFamilyIsNamedAndItsRecordsOfTheLogStay() throws IOException, RocksDBException {
    RepairSample sample = RepairSample.inLog(folder, false);
    Settings settings = Settings.read(new RocksBackend(), sample.options);
    Database database = Database.open(folder, settings);
    database.dropOwnFamily("b");
    database.close();
    Repair repair = sample.repaired("the column family of bucket b is missing");
    assertEquals(Set.of(), sample.check(repair));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBucketWithoutItsNameGetsAnother(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    for (Path table : Places.files(folder, ".sst")) {
      if (new String(Files.readAllBytes(table), ISO_8859_1).contains("kvist\u0000")
          || Files.size(table) < 1_600) {
        Files.delete(table);
      }
    }
    sample.mustNotOpen();
    Repair repair = sample.repair();
    try (Connection connection = Kvist.open(sample.options)) {
      List<String> names = new ArrayList<>();
      connection.buckets().forEachRemaining(names::add);
      String name = single ? "recovered-1" : "a";
      assertTrue(names.contains(name), () -> names + " " + repair);
      assertEquals(
          "round 1 of 1",
          utf8(Objects.requireNonNull(connection.store(name).reader().get(utf8("key0001")))));
    }
    assertEquals(
        single,
        repair.damages().stream().anyMatch(line -> line.contains("lost its name")),
        repair::toString);
  }
}

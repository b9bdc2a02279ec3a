package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.Kvist;
import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;

/** Damages the files of a closed store, each kind and in each way, and repairs it. */
final class RepairTest {
  @TempDir private Path folder;

  /** The log has nothing of what the tables have. */
  private RepairSample sample(boolean single) throws IOException {
    RepairSample sample = RepairSample.make(folder, single, "0");
    // Retention may not have come to it.
    Trees.delete(folder.resolve(Retention.ARCHIVE));
    return sample;
  }

  /** The log has all there ever was. */
  private RepairSample logged(boolean single) throws IOException {
    return RepairSample.make(folder, single, "1GiB");
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSoundStoreStaysAsItIs(boolean single) throws IOException {
    RepairSample sample = sample(single);
    sample.checkSound();
    assertTrue(sample.repair().records() > RepairSample.KEYS);
  }

  // --- what says which files there are ----------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void currentIsMissing(boolean single) throws IOException {
    RepairSample sample = sample(single);
    Files.delete(folder.resolve("CURRENT"));
    sample.mustNotOpen();
    losesNothing(sample, "CURRENT is missing");
  }

  @Test
  void currentIsGarbage() throws IOException {
    RepairSample sample = sample(true);
    Files.write(folder.resolve("CURRENT"), new byte[] {0, 1, 2});
    sample.mustNotOpen();
    losesNothing(sample, "CURRENT names no MANIFEST");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theManifestIsMissing(boolean single) throws IOException {
    RepairSample sample = sample(single);
    Files.delete(manifest());
    sample.mustNotOpen();
    losesNothing(sample, "CURRENT names no MANIFEST that is there, and there is none");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBitInTheManifest(boolean single) throws IOException {
    RepairSample sample = sample(single);
    Path manifest = manifest();
    Places.flip(manifest, Files.size(manifest) / 2);
    sample.mustNotOpen();
    losesNothing(sample, name(manifest) + ", bytes ");
  }

  /**
   * Nothing says that they are not in use, and compaction took the numbers of newer records away.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void olderTablesDoNotWin(boolean single) throws IOException {
    RepairSample sample = sample(single);
    assertTrue(sample.bringBack() > 1);
    Files.delete(manifest());
    losesNothing(sample, "CURRENT names no MANIFEST");
  }

  /** With a MANIFEST they are not even looked at. */
  @Test
  void tablesThatAreNotInUseAreNotRead() throws IOException {
    RepairSample sample = sample(true);
    assertTrue(sample.bringBack() > 1);
    Files.write(folder.resolve("999999.sst"), new byte[] {1, 2, 3});
    Files.write(
        folder.resolve(SyncedPosition.FILE_NAME),
        "no position, but long enough".getBytes(ISO_8859_1));
    Repair repair = sample.repair();
    assertTrue(
        repair.damages().stream().noneMatch(line -> line.contains(".sst")), repair::toString);
    assertEquals(Set.of(), sample.check(repair));
  }

  private Path manifest() throws IOException {
    try (var paths = Files.list(folder)) {
      return paths.filter(path -> name(path).startsWith("MANIFEST-")).findAny().orElseThrow();
    }
  }

  @Test
  void withoutOptionsItIsSound() throws IOException {
    RepairSample sample = sample(true);
    try (var paths = Files.list(folder)) {
      for (Path path : paths.filter(path -> name(path).startsWith("OPTIONS-")).toList()) {
        Files.delete(path);
      }
    }
    sample.checkSound();
  }

  @Test
  void theSyncedPositionIsDamaged() throws IOException {
    RepairSample sample = sample(true);
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) 5);
    Files.write(folder.resolve(SyncedPosition.FILE_NAME), bytes);
    sample.mustNotOpen();
    losesNothing(sample, "synced: ");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theMarkIsDamaged(boolean single) throws IOException {
    RepairSample sample = sample(single);
    Files.writeString(folder.resolve(DataDirectory.MARK), "?");
    sample.mustNotOpen();
    losesNothing(sample, DataDirectory.MARK);
  }

  private static void losesNothing(RepairSample sample, String place) throws IOException {
    Repair repair = sample.repair();
    RepairSample.says(repair, place);
    assertEquals(List.of(), repair.suspects());
    assertEquals(Set.of(), sample.check(repair));
    sample.checkSound();
  }

  // --- tables -----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBitInATableCostsItsBlock(boolean single) throws IOException {
    RepairSample sample = sample(single);
    Path table = sample.largest(".sst");
    RepairSample.flipAt(table, "round 1 of 301");
    Repair repair = sample.repair();
    RepairSample.says(repair, name(table) + ": ");
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
    RepairSample sample = sample(single);
    Path table = sample.largest(".sst");
    Files.delete(table);
    sample.mustNotOpen();
    Repair repair = sample.repair();
    RepairSample.says(repair, name(table) + ": the file is missing");
    assertFalse(sample.check(repair).isEmpty());
    sample.checkSound();
  }

  @Test
  void aTableIsCut() throws IOException {
    RepairSample sample = sample(true);
    Path table = sample.largest(".sst");
    try (var file = new RandomAccessFile(table.toFile(), "rw")) {
      file.setLength(Files.size(table) / 2);
    }
    sample.mustNotOpen();
    Repair repair = sample.repair();
    RepairSample.says(repair, name(table) + " cannot be read");
    assertFalse(sample.check(repair).isEmpty());
    sample.checkSound();
  }

  /** What tables lost is in the log, with the deletions that came after it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theLogHasWhatTablesLost(boolean single) throws IOException {
    RepairSample sample = logged(single);
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
    Settings settings = Settings.read(new RocksBackend(), options);
    Store store =
        Store.open(
            folder,
            DataDirectory.own(folder, single),
            settings,
            KvObserver.NONE,
            System::currentTimeMillis);
    try (Connection connection = new RocksConnection(store);
        var flush = new FlushOptions().setWaitForFlush(true)) {
      connection.store("b").writer().delete(utf8("gone"));
      store.database.rocks.flush(flush, store.database.allFamilies());
      store.expiry.forgetMarkers(Long.MAX_VALUE, Long.MAX_VALUE);
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
    RepairSample sample = logged(false);
    Settings settings = Settings.read(new RocksBackend(), sample.options);
    Database database = Database.open(folder, settings);
    database.dropOwnFamily("b");
    database.close();
    sample.mustNotOpen();
    Repair repair = sample.repair();
    RepairSample.says(repair, "the column family of bucket b is missing");
    assertEquals(Set.of(), sample.check(repair));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBucketWithoutItsNameGetsAnother(boolean single) throws IOException {
    RepairSample sample = sample(single);
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

  // --- large values -----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBitInALargeValueCostsThatOne(boolean single) throws IOException {
    RepairSample sample = sample(single);
    Path blob = sample.largest(".blob");
    RepairSample.flipAt(blob, "round 1 of 300");
    Repair repair = sample.repair();
    assertEquals(1, repair.suspects().size(), repair::toString);
    assertTrue(repair.suspects().getFirst().endsWith("/big300"), repair::toString);
    assertEquals(Set.copyOf(repair.suspects()), sample.check(repair));
    RepairSample.says(repair, name(blob) + ", bytes ");
    sample.checkSound();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "lz4", "zstd"})
  void bitsInLargeValuesCostThose(String compression) throws IOException {
    RepairSample sample = RepairSample.make(folder, true, "0", compression);
    Path blob = sample.largest(".blob");
    RepairSample.flipAt(blob, "big300");
    Places.flip(blob, Files.size(blob) / 2);
    Repair repair = sample.repair();
    Set<String> lost = sample.check(repair);
    assertEquals(Set.copyOf(repair.suspects()), lost);
    assertTrue(!lost.isEmpty() && lost.size() <= 2, lost::toString);
    sample.checkSound();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theEndsOfAFileOfLargeValuesAreDamaged(boolean single) throws IOException {
    RepairSample sample = sample(single);
    Path blob = sample.largest(".blob");
    Places.flip(blob, 9);
    Places.flip(blob, Files.size(blob) - 2);
    losesNothing(sample, name(blob));
  }

  @Test
  void aFileOfLargeValuesIsCut() throws IOException {
    RepairSample sample = sample(true);
    Path blob = sample.largest(".blob");
    try (var file = new RandomAccessFile(blob.toFile(), "rw")) {
      file.setLength(Files.size(blob) / 2);
    }
    Repair repair = sample.repair();
    Set<String> lost = sample.check(repair);
    assertEquals(Set.copyOf(repair.suspects()), lost);
    assertTrue(lost.size() > 20 && lost.size() < 40, lost::toString);
    sample.checkSound();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "lz4", "zstd"})
  void aFileOfLargeValuesIsMissing(String compression) throws IOException {
    RepairSample sample = RepairSample.make(folder, true, "0", compression);
    for (Path blob : Places.files(folder, ".blob")) {
      Files.delete(blob);
    }
    Repair repair = sample.repair();
    assertEquals(2 * RepairSample.KEYS / 20, repair.suspects().size(), repair::toString);
    assertEquals(Set.copyOf(repair.suspects()), sample.check(repair));
    sample.checkSound();
  }

  @Test
  void theLogHasALargeValueThatIsDamaged() throws IOException {
    RepairSample sample = logged(true);
    RepairSample.flipAt(sample.largest(".blob"), "round 1 of 300");
    Repair repair = sample.repair();
    assertEquals(List.of(), repair.suspects());
    assertEquals(Set.of(), sample.check(repair));
  }

  // --- the log ----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBitInTheLog(boolean single) throws IOException {
    RepairSample sample = sample(single);
    Path log = sample.largest(".log");
    RepairSample.flipAt(log, "round 3 of 305");
    sample.mustNotOpen();
    Repair repair = sample.repair();
    RepairSample.says(repair, name(log) + ", bytes ");
    assertTrue(
        repair
            .damages()
            .getFirst()
            .endsWith(": 1 changes cannot be read; of which keys is not known"),
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
    RepairSample sample = sample(single);
    for (Path log : Places.files(folder, ".log")) {
      Files.delete(log);
    }
    sample.mustNotOpen();
    Repair repair = sample.repair();
    RepairSample.says(repair, "the log's");
    Set<String> lost = sample.check(repair);
    assertTrue(Set.copyOf(repair.suspects()).containsAll(lost), () -> lost + " of " + repair);
    assertFalse(lost.isEmpty());
    sample.checkSound();
  }

  /** Only a watch would read it. */
  @Test
  void aBitInTheArchiveCostsNoRecord() throws IOException {
    RepairSample sample = logged(true);
    Path log = Places.files(folder.resolve(Retention.ARCHIVE), ".log").getFirst();
    RepairSample.flipAt(log, "round 1 of 301");
    losesNothing(sample, "archive/" + name(log) + ", bytes ");
  }

  @Test
  void anOpenTakesAwayWhatAKilledRepairLeft() throws IOException {
    RepairSample sample = sample(true);
    Path left = Files.createDirectories(folder.resolve("repaired/copy"));
    Files.writeString(left.resolve("000001.sst"), "of a copy");
    Kvist.open(sample.options.with("read_only", "true")).close();
    assertTrue(Files.exists(left));
    Kvist.open(sample.options).close();
    assertFalse(Files.exists(folder.resolve("repaired")));
  }

  // --- refusals ---------------------------------------------------------------------------------

  @Test
  void aStoreInUseIsRefused() throws IOException {
    RepairSample sample = sample(true);
    try (var _ = Kvist.open(sample.options)) {
      assertThrows(KvException.AlreadyOwned.class, sample::repair);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MANIFEST", "000001.vlog", "KEYREGISTRY", "000007.sst", "CURRENT"})
  void whatIsNotKvistsIsRefusedAndNotTouched(String name) throws IOException {
    Files.writeString(folder.resolve(name), "of somebody else");
    Map<String, String> before = Places.content(folder);
    assertThrows(KvException.Unsupported.class, () -> new RocksBackend().repair(Places.at(folder)));
    assertEquals(before, Places.content(folder));
  }

  @Test
  void whatCannotBeRepairedIsRefused() {
    var backend = new RocksBackend();
    ConnectionOptions nothing = Places.at(folder.resolve("nothing"));
    assertThrows(IllegalArgumentException.class, () -> backend.repair(nothing));
    assertFalse(Files.exists(folder.resolve("nothing")));
    assertThrows(
        IllegalArgumentException.class,
        () -> backend.repair(Places.at(folder).with("read_only", "true")));
    assertThrows(
        KvException.Unsupported.class,
        () -> backend.repair(Places.at(folder).with("memory_mode", "true")));
    assertThrows(KvException.Unsupported.class, () -> backend.repair(Places.at(folder)));
  }
}

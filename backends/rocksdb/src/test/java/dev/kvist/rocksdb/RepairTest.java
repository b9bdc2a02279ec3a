package dev.kvist.rocksdb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Repairs closed stores of which the files are damaged that say which files there are, and refuses
 * what is none.
 */
final class RepairTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSoundStoreStaysAsItIs(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    sample.checkSound();
    assertTrue(sample.repair().records() > RepairSample.KEYS);
  }

  /** A repair that goes on would fail at it, each time. */
  @ParameterizedTest
  @ValueSource(strings = {"MANIFEST-000005", "000099.log", "archive/000077.log", "IDENTITY"})
  void whatHasTheNameOfAFileAndIsNoneIsNamed(String name) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, true);
    Path file = folder.resolve(name);
    Files.deleteIfExists(file);
    Files.createDirectories(file.resolveSibling(""));
    for (boolean link : new boolean[] {true, false}) {
      if (link) {
        Files.createSymbolicLink(file, Path.of("nowhere"));
      } else {
        Files.createDirectory(file);
      }
      var refused = assertThrows(KvException.IoFailed.class, sample::repair);
      assertTrue(String.valueOf(refused.getMessage()).contains(file + " has"), refused::getMessage);
      Files.delete(file);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void currentIsMissing(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Files.delete(folder.resolve("CURRENT"));
    sample.mustNotOpen();
    sample.losesNothing("CURRENT is missing");
  }

  @Test
  void currentIsGarbage() throws IOException {
    RepairSample sample = RepairSample.inTables(folder, true);
    Files.write(folder.resolve("CURRENT"), new byte[] {0, 1, 2});
    sample.mustNotOpen();
    sample.losesNothing("CURRENT names no MANIFEST");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theManifestIsMissing(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Files.delete(manifest());
    sample.mustNotOpen();
    sample.losesNothing("CURRENT names no MANIFEST that is there, and there is none");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBitInTheManifest(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Path manifest = manifest();
    Places.flip(manifest, Files.size(manifest) / 2);
    sample.mustNotOpen();
    sample.losesNothing(Places.name(manifest) + ", bytes ");
  }

  /**
   * Nothing says that they are not in use, and compaction took the numbers of newer records away.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void olderTablesDoNotWin(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    assertTrue(sample.bringBack() > 1);
    Files.delete(manifest());
    sample.losesNothing("CURRENT names no MANIFEST");
  }

  /** With a MANIFEST they are not even looked at. */
  @Test
  void tablesThatAreNotInUseAreNotRead() throws IOException {
    RepairSample sample = RepairSample.inTables(folder, true);
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
      return paths
          .filter(path -> Places.name(path).startsWith("MANIFEST-"))
          .findAny()
          .orElseThrow();
    }
  }

  @Test
  void withoutOptionsItIsSound() throws IOException {
    RepairSample sample = RepairSample.inTables(folder, true);
    try (var paths = Files.list(folder)) {
      for (Path path : paths.filter(path -> Places.name(path).startsWith("OPTIONS-")).toList()) {
        Files.delete(path);
      }
    }
    sample.checkSound();
  }

  @Test
  void theSyncedPositionIsDamaged() throws IOException {
    RepairSample sample = RepairSample.inTables(folder, true);
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) 5);
    Files.write(folder.resolve(SyncedPosition.FILE_NAME), bytes);
    sample.mustNotOpen();
    sample.losesNothing("synced: ");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theMarkIsDamaged(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Files.writeString(folder.resolve(DataDirectory.MARK), "?");
    sample.mustNotOpen();
    sample.losesNothing(DataDirectory.MARK);
  }

  /** Nor does any other damage of it pass for the other way of keeping buckets. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBitOfTheMarkIsDamaged(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Path mark = folder.resolve(DataDirectory.MARK);
    byte[] sound = Files.readAllBytes(mark);
    for (int bit = "1 ".length() * Byte.SIZE; bit < (sound.length - 1) * Byte.SIZE; bit++) {
      byte[] damaged = sound.clone();
      damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      Files.write(mark, damaged);
      assertThrows(KvException.Corrupted.class, () -> Kvist.open(sample.options).close());
    }
    // What the families tell counts more than an option.
    Repair repair =
        new RocksBackend()
            .repair(sample.options.with("single_bucket_mode", Boolean.toString(!single)));
    RepairSample.says(repair, DataDirectory.MARK);
    assertEquals(Set.of(), sample.check(repair));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOpenRepairsWhenItIsToldTo(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Places.flip(manifest(), Files.size(manifest()) / 2);
    Map<String, String> damaged = Places.content(folder);
    ConnectionOptions repairing = sample.options.with("repair_on_open", "true");
    assertThrows(
        KvException.Corrupted.class, () -> Kvist.open(repairing.with("read_only", "true")).close());
    assertThrows(
        KvException.Corrupted.class,
        () -> Kvist.open(sample.options.with("read_only", "true")).close());
    assertEquals(damaged, Places.content(folder), "without being told it touches nothing");
    Kvist.open(repairing).close();
    Repair repair = RepairReport.read(folder.resolve("damaged-1"));
    RepairSample.says(repair, "MANIFEST-");
    assertEquals(Set.of(), sample.check(repair));
    // What is sound is opened, and nothing else.
    Kvist.open(repairing).close();
    assertFalse(Files.exists(folder.resolve("damaged-2")));
  }

  @Test
  void aStoreInUseIsRefused() throws IOException {
    RepairSample sample = RepairSample.inTables(folder, true);
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

package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.Kvist;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.LogRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Damages the files of a closed store in one place, and repairs it. */
final class RepairTest extends RepairFixture {
  @Test
  void aSoundStoreStaysAsItIs() throws IOException {
    Repair repair = repaired(List.of());
    assertEquals(List.of(), repair.damages());
    assertEquals("", repair.keptCopy());
    assertEquals(0, repair.bytesDropped());
    assertTrue(repair.records() >= 2 * KEYS, repair::toString);
    try (Connection connection = Kvist.open(options());
        var watch =
            connection.store("demo").watcher().watch(WatchScope.all(), WatchOptions.from(end))) {
      assertEquals("new", watch.next() instanceof KvUpdate.Put put ? Kvist.utf8(put.key()) : "");
    }
  }

  @Test
  void aDamagedValueNamesItsKeyAndTheOlderOneComesBackInTheOpen() throws IOException {
    LogRecord record = record("key9");
    flip(record.file(), record.offset() + record.size() + 36);
    Repair repair = repaired(List.of("demo/key9"));
    saysDamaged(record.file() + ", bytes " + record.offset() + " to ", repair);
    try (Connection connection = Kvist.open(options())) {
      // The one before is the newest that can be read: it is there, and it is listed.
      assertEquals("round 2 of 9", get(connection, "key9"));
    }
  }

  @Test
  void aDamagedHeaderIsFoundOutByTheIndex() throws IOException {
    LogRecord record = record("key9");
    flip(record.file(), record.offset() + 20);
    Repair repair = repaired(List.of("demo/key9"));
    saysDamaged(record.file() + ", bytes " + record.offset() + " to ", repair);
    assertTrue(repair.damages().getFirst().contains("1 record cannot be read"), repair::toString);
    assertTrue(
        repair.damages().getFirst().contains("; it was the newest of its key"), repair::toString);
  }

  @Test
  void withoutAnIndexEveryOlderKeyIsSuspect() throws IOException {
    LogRecord record = record("key9");
    flip(record.file(), record.offset() + 20);
    Files.delete(directory.resolve("last_state/index-000000"));
    Repair repair = backend.repair(options());
    assertTrue(repair.suspects().contains("demo/key9"), repair::toString);
    assertTrue(repair.suspects().contains("demo/key8") == false, repair::toString);
    assertTrue(repair.suspects().contains("demo/old1"), repair::toString);
    assertFalse(repair.suspects().contains("demo/key10"), repair::toString);
  }

  @Test
  void aDeletionThatIsLostIsTold() throws IOException {
    LogRecord record = record("key8");
    assertEquals("delete", record.operation());
    flip(record.file(), record.offset() + 20);
    repaired(List.of("demo/key8"));
  }

  @Test
  void anInflatedLengthHidesNothingBehindIt() throws IOException {
    LogRecord record = record("key9");
    overwrite(record.file(), record.offset() + 8, 0xFF, 0xFF, 0x00, 0x00);
    repaired(List.of("demo/key9"));
  }

  @Test
  void zerosInTheMiddle() throws IOException {
    LogRecord record = record("key9");
    overwrite(
        record.file(),
        record.offset(),
        new int[(int) (record("key11").offset() - record.offset())]);
    Repair repair = repaired(List.of("demo/key10", "demo/key9"));
    assertTrue(repair.damages().getFirst().contains("2 records cannot be read"), repair::toString);
  }

  @Test
  void zerosAtTheTail() throws IOException {
    LogRecord record = record("key398");
    long size = Files.size(directory.resolve(record.file()));
    overwrite(record.file(), record.offset(), new int[(int) (size - record.offset())]);
    assertThrows(KvException.Corrupted.class, () -> Kvist.open(options()).close());
    repaired(List.of("demo/key398", "demo/key399", "demo/key8"));
  }

  @Test
  void aTruncatedSegment() throws IOException {
    LogRecord record = record("key9");
    try (var access = new RandomAccessFile(directory.resolve(record.file()).toFile(), "rw")) {
      access.setLength(record.offset() + 10);
    }
    assertThrows(KvException.Corrupted.class, () -> Kvist.open(options()).close());
    Repair repair = backend.repair(options());
    assertTrue(repair.suspects().contains("demo/key9"), repair::toString);
    assertFalse(repair.suspects().contains("demo/old1"), repair::toString);
    saysDamaged(record.file() + ", bytes " + record.offset() + " to ", repair);
  }

  @Test
  void aDamagedRecordOfTheState() throws IOException {
    LogRecord record = record("old5");
    assertTrue(record.file().startsWith("last_state/"), record::toString);
    flip(record.file(), record.offset() + 20);
    Repair repair = backend.repair(options());
    saysDamaged(record.file() + ", bytes " + record.offset() + " to ", repair);
    assertEquals(List.of("demo/old5"), repair.suspects(), "nothing older of it is there");
    assertEquals(0, repair.unnamed());
    try (Connection connection = Kvist.open(options())) {
      assertNull(get(connection, "old5"));
      assertEquals("first 6", get(connection, "old6"));
      assertEquals(List.of(), connection.maintenance().verify().damages());
    }
  }

  /** The key itself is damaged, so that just the ordered keys have it. */
  @Test
  void aKeyOfWhichNothingIsLeftIsNamedByTheOrderedKeys() throws IOException {
    damageKey("old5");
    repaired(List.of("demo/old5"));
  }

  @Test
  void withoutAnIndexTheOrderedKeysNameWhatIsGone() throws IOException {
    damageKey("old5");
    Files.delete(directory.resolve("last_state/index-000000"));
    Repair repair = backend.repair(options());
    assertTrue(repair.suspects().contains("demo/old5"), repair::toString);
    assertEquals(0, repair.unnamed());
  }

  @Test
  void withoutTheOrderedKeysTheNumberIsTold() throws IOException {
    damageKey("old5");
    deleteDerived("keys-");
    Repair repair = backend.repair(options());
    assertEquals(List.of(), repair.suspects());
    assertEquals(1, repair.unnamed());
  }

  @Test
  void withNothingToGoByNotEvenTheNumberIsKnown() throws IOException {
    damageKey("old5");
    deleteDerived("keys-");
    deleteDerived("index-");
    Repair repair = backend.repair(options());
    assertEquals(Repair.UNKNOWN, repair.unnamed());
    String report = Files.readString(Path.of(repair.keptCopy()).resolve("report"));
    assertTrue(report.contains("\nmore keys, not known by name: an unknown number\n"), report);
  }

  @Test
  void eachKeyOfALostStateSegmentIsNamed() throws IOException {
    // Not the first one, which has the name of the bucket.
    String file = record("old399").file();
    var there = log().stream().filter(r -> r.file().equals(file) && r.key().startsWith("old"));
    List<String> lost = there.map(r -> "demo/" + r.key()).toList();
    assertTrue(lost.size() > 20, lost::toString);
    Files.delete(directory.resolve(file));
    assertThrows(KvException.Corrupted.class, () -> Kvist.open(options()).close());
    Repair repair = backend.repair(options());
    assertTrue(repair.suspects().containsAll(lost), () -> lost + " and " + repair);
    assertEquals(0, repair.unnamed());
  }

  /** A copy that somebody put back knows nothing of what came later. */
  @Test
  void anIndexFromLongAgoIsNotAsked() throws IOException {
    Path index = directory.resolve("last_state/index-000000");
    byte[] before = Files.readAllBytes(index);
    try (Connection connection = Kvist.open(options())) {
      connection.store("demo").writer().put(Kvist.utf8("later"), Kvist.utf8("1"));
      connection.store("demo").writer().put(Kvist.utf8("last"), Kvist.utf8("2"));
    }
    Files.write(index, before);
    damageKey("later");
    Repair repair = backend.repair(options());
    assertTrue(repair.suspects().contains("demo/later"), repair::toString);
  }

  /** In every copy of its record: compaction may have made one, and kept what it copied. */
  private void damageKey(String key) throws IOException {
    for (LogRecord record : log()) {
      if (record.key().equals(key)) {
        overwrite(record.file(), record.offset() + 37, 0xFF);
      }
    }
  }

  private void deleteDerived(String prefix) throws IOException {
    try (var files = Files.list(directory.resolve("last_state"))) {
      for (Path file : files.filter(path -> path.toString().contains(prefix)).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aDamagedHeaderOfASegmentTakesNoRecord() throws IOException {
    for (String key : List.of("key9", "old5")) {
      String file = record(key).file();
      flip(file, 30);
      Repair repair = repaired(List.of());
      saysDamaged(file + ", bytes 0 to 64: the header is damaged", repair);
    }
  }

  @Test
  void derivedFilesAreMadeAnew() throws IOException {
    for (String file : List.of("index-000000", "keys-")) {
      Path found;
      try (var files = Files.list(directory.resolve("last_state"))) {
        found =
            files
                .filter(path -> path.getFileName().toString().startsWith(file))
                .findAny()
                .orElseThrow();
      }
      flip(directory.relativize(found).toString(), Files.size(found) / 2);
      backend.repair(options());
      try (var files = Files.list(directory.resolve("last_state"))) {
        assertTrue(files.allMatch(path -> path.toString().endsWith(".log")), "derived files stay");
      }
      Repair repair = repaired(List.of());
      assertEquals(List.of(), repair.damages());
    }
  }

  @Test
  void aMissingSegmentIsTold() throws IOException {
    Files.delete(directory.resolve(record("key9").file()));
    assertThrows(KvException.Corrupted.class, () -> Kvist.open(options()).close());
    Repair repair = backend.repair(options());
    assertTrue(repair.suspects().contains("demo/key9"), repair::toString);
    assertFalse(repair.damages().isEmpty());
  }

  @Test
  void cursorsAndVersionsOfBeforeAreNotGivenAgain() throws IOException {
    LogRecord record = record("key9");
    flip(record.file(), record.offset() + 20);
    repaired(List.of("demo/key9"));
    try (Connection connection = Kvist.open(options())) {
      var watcher = connection.store("demo").watcher();
      assertThrows(
          KvException.CursorExpired.class,
          () -> watcher.watch(WatchScope.all(), WatchOptions.from(end)).close());
    }
  }

  /** Wherever the zeros end, what follows them says that they were something else. */
  @Test
  void zerosBeforeWhatWasSyncedAreNotTheEndOfTheLog() throws IOException {
    List<LogRecord> log = log();
    LogRecord gap = log.get(log.size() - 4);
    LogRecord following = log.get(log.size() - 2);
    assertEquals(gap.file(), following.file());
    long length = following.offset() - gap.offset();
    for (int zeros = (int) length - 20; zeros < length; zeros++) {
      overwrite(gap.file(), gap.offset(), new int[zeros]);
      Files.deleteIfExists(directory.resolve("last_state/index-000000"));
      assertThrows(KvException.Corrupted.class, () -> Kvist.open(options()).close());
    }
  }

  @Test
  void aBucketWithoutItsNameGetsAnother() throws IOException {
    // Compaction may have copied it, and not have come to delete what it copied from.
    for (LogRecord record : log()) {
      if (record.key().equals("demo")) {
        flip(record.file(), record.offset() + 20);
      }
    }
    Repair repair = backend.repair(options());
    assertTrue(
        repair.damages().stream().anyMatch(line -> line.contains("lost its name")),
        repair::toString);
    try (Connection connection = Kvist.open(options())) {
      String name = connection.buckets().next();
      assertTrue(name.startsWith("recovered-"), name);
      byte[] value = connection.store(name).reader().get(Kvist.utf8("key9"));
      assertEquals("round 3 of 9", Kvist.utf8(Objects.requireNonNull(value)));
    }
  }

  @Test
  void repairOnOpenKeepsACopy() throws IOException {
    LogRecord record = record("key398");
    long size = Files.size(directory.resolve(record.file()));
    overwrite(record.file(), record.offset(), new int[(int) (size - record.offset())]);
    try (Connection connection = Kvist.open(options().with("repair_on_open", "true"))) {
      assertEquals("round 3 of 397", get(connection, "key397"));
    }
    assertTrue(Files.isRegularFile(directory.resolve("damaged-1/report")));
  }
}

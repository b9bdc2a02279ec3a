package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.Kvist;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.LogRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damages the files of a closed store in one place, and repairs it. */
final class RepairTest {
  private static final int KEYS = 400;

  @TempDir Path directory;
  private final SimpleBackend backend = new SimpleBackend();
  private WatchCursor end = WatchCursor.of(0, 0);

  /**
   * Every key twice, the first time so long ago that compaction has moved it; then some deleted.
   */
  @BeforeEach
  void fill() {
    try (Connection connection = Kvist.open(options())) {
      var writer = connection.store("demo").writer();
      for (int i = 0; i < KEYS; i++) {
        writer.put(Kvist.utf8("old" + i), Kvist.utf8("first " + i));
      }
      for (int round = 1; round <= 2; round++) {
        for (int i = 0; i < KEYS; i++) {
          writer.put(Kvist.utf8("key" + i), Kvist.utf8("round " + round + " of " + i));
        }
      }
      writer.delete(Kvist.utf8("key7"));
    }
    try (Connection connection = Kvist.open(options().with("retention_bytes", "20KiB"))) {
      connection.maintenance().compact();
    }
    try (Connection connection = Kvist.open(options())) {
      var writer = connection.store("demo").writer();
      for (int i = 0; i < KEYS; i++) {
        writer.put(Kvist.utf8("key" + i), Kvist.utf8("round 3 of " + i));
      }
      writer.delete(Kvist.utf8("key8"));
      try (var watch =
          connection.store("demo").watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
        while (watch.cursor() == null) {
          watch.next();
        }
        end = Objects.requireNonNull(watch.cursor());
      }
    }
  }

  private ConnectionOptions options() {
    return ConnectionOptions.of("simple", directory.toString())
        // So that nothing moves but when the test says so.
        .with("retention_bytes", "1GiB")
        .with("segment_size", "16KiB");
  }

  private List<LogRecord> log() {
    var records = new ArrayList<LogRecord>();
    backend.readLog(options(), records::add);
    return records;
  }

  /** The newest record of a key. */
  private LogRecord record(String key) {
    return log().stream()
        .filter(record -> record.key().equals(key))
        .reduce((_, later) -> later)
        .orElseThrow();
  }

  private void overwrite(String file, long offset, int... bytes) throws IOException {
    try (var access = new RandomAccessFile(directory.resolve(file).toFile(), "rw")) {
      access.seek(offset);
      for (int b : bytes) {
        access.write(b);
      }
    }
  }

  private void flip(String file, long offset) throws IOException {
    try (var access = new RandomAccessFile(directory.resolve(file).toFile(), "rw")) {
      access.seek(offset);
      int before = access.read();
      access.seek(offset);
      access.write(before ^ 0x10);
    }
  }

  /** Repairs, and finds everything else as it was. */
  private Repair repaired(List<String> suspects) {
    Repair repair = backend.repair(options());
    assertEquals(suspects, repair.suspects(), repair::toString);
    assertEquals(0, repair.unnamed(), repair::toString);
    try (Connection connection = Kvist.open(options())) {
      assertEquals(List.of(), connection.maintenance().verify().damages());
      for (int i = 0; i < KEYS; i++) {
        if (!suspects.contains("demo/key" + i)) {
          assertEquals(i == 8 ? null : "round 3 of " + i, get(connection, "key" + i));
        }
        if (!suspects.contains("demo/old" + i)) {
          assertEquals("first " + i, get(connection, "old" + i));
        }
      }
      connection.store("demo").writer().put(Kvist.utf8("new"), Kvist.utf8("after"));
    }
    try (Connection connection = Kvist.open(options())) {
      assertEquals("after", get(connection, "new"));
    }
    return repair;
  }

  private static @Nullable String get(Connection connection, String key) {
    byte[] value = connection.store("demo").reader().get(Kvist.utf8(key));
    return value == null ? null : Kvist.utf8(value);
  }

  private void saysDamaged(String place, Repair repair) {
    assertTrue(
        repair.damages().stream().anyMatch(line -> line.startsWith(place)), repair::toString);
    assertTrue(Files.isRegularFile(Path.of(repair.keptCopy()).resolve("report")));
    assertTrue(Path.of(repair.keptCopy()).startsWith(directory), repair::toString);
    assertFalse(Files.exists(directory.resolve("repaired")));
  }

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
    assertTrue(repair.damages().getFirst().contains("1 of them were the newest"), repair::toString);
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

  /** Its name must not decide which numbers new segments get: there may be none above it. */
  @Test
  void aCopyUnderTheHighestNameIsPutAside() throws IOException {
    LogRecord record = record("key9");
    String stray = "wal/999999999999.log";
    Files.copy(directory.resolve(record.file()), directory.resolve(stray));
    assertThrows(KvException.Corrupted.class, () -> Kvist.open(options()));
    assertTrue(log().stream().anyMatch(each -> each.file().equals(stray) && !each.intact()));
    Repair repair = repaired(List.of());
    saysDamaged(stray, repair);
    assertTrue(Files.exists(Path.of(repair.keptCopy()).resolve("wal-999999999999.log")));
  }

  /** It would be found at the place of another. */
  @Test
  void aCopyWhoseNumberMeetsAnotherIsPutAside() throws IOException {
    LogRecord record = record("key9");
    String name = record.file().substring(4, 16);
    String stray = "wal/%012d.log".formatted(Long.parseLong(name) + Segment.SLOTS);
    Files.copy(directory.resolve(record.file()), directory.resolve(stray));
    saysDamaged(stray, repaired(List.of()));
  }

  @Test
  void sparesUnderHighNamesAreNotUsed() throws IOException {
    var random = new Random(7);
    for (String name : List.of("999999999999", "034359738367", "000000020000")) {
      Files.write(directory.resolve("wal/" + name + ".log"), new byte[16 << 10]);
      try (Connection connection = Kvist.open(options())) {
        var writer = connection.store("demo").writer();
        for (int i = 0; i < 5; i++) {
          byte[] noise = new byte[10_000];
          random.nextBytes(noise);
          writer.put(Kvist.utf8("new" + i), noise);
        }
      }
      assertFalse(Files.exists(directory.resolve("wal/" + name + ".log")), name);
    }
    repaired(List.of());
  }

  @Test
  void whatIsNotKvistsIsRefused() throws IOException {
    Path foreign = directory.resolve("foreign");
    Files.createDirectories(foreign.resolve("wal"));
    Files.write(foreign.resolve("wal/000000000001.log"), new byte[] {1, 2, 3});
    var options = ConnectionOptions.of("simple", foreign.toString());
    assertThrows(KvException.Unsupported.class, () -> backend.repair(options));
    assertEquals(3, Files.size(foreign.resolve("wal/000000000001.log")));
    var nothing = ConnectionOptions.of("simple", directory.resolve("nothing").toString());
    assertThrows(IllegalArgumentException.class, () -> backend.repair(nothing));
    assertFalse(Files.exists(directory.resolve("nothing")));
    var memory = ConnectionOptions.of("memory", "");
    assertThrows(KvException.Unsupported.class, () -> new MemoryBackend().repair(memory));
    assertThrows(KvException.Unsupported.class, () -> new MemoryBackend().readLog(memory, _ -> {}));
  }

  @Test
  void aStoreInUseIsRefused() {
    try (var _ = Kvist.open(options())) {
      assertThrows(KvException.AlreadyOwned.class, () -> backend.repair(options()));
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

  // --- the log ----------------------------------------------------------------------------------

  @Test
  void theLogIsReadPastDamage() throws IOException {
    LogRecord value = record("key20");
    flip(value.file(), value.offset() + value.size() + 36);
    LogRecord header = record("key30");
    flip(header.file(), header.offset() + 20);
    List<LogRecord> log = log();
    assertFalse(record("key20").intact());
    LogRecord damaged =
        log.stream().filter(r -> r.operation().equals("damaged")).findFirst().orElseThrow();
    assertEquals(header.file(), damaged.file());
    assertEquals(header.offset(), damaged.offset());
    assertNull(damaged.cursor());
    assertEquals(2, log.stream().filter(r -> !r.intact()).count());
    assertTrue(record("key31").intact());
    assertEquals("demo", record("key31").bucket());
  }

  @Test
  void theLogOfAnOpenStoreIsReadAndNothingIsWritten() throws IOException {
    try (Connection connection = Kvist.open(options())) {
      connection.store("demo").writer().put(Kvist.utf8("now"), Kvist.utf8("here"));
      assertEquals("put", record("now").operation());
      assertTrue(log().stream().allMatch(LogRecord::intact));
    }
    var before = Files.getLastModifiedTime(directory.resolve("owner"));
    assertEquals("put", record("now").operation());
    assertEquals(before, Files.getLastModifiedTime(directory.resolve("owner")));
  }
}

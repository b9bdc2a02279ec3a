package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.StorageType;
import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.LogFile;
import dev.kvist.spi.LogRecord;
import dev.kvist.tck.SimulatedCrash;
import dev.kvist.tck.SimulatedDisk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Without an index the log itself says which segments there must be (K9). */
final class MissingSegmentTest extends RepairFixture {
  private static final long NOW = 1_750_000_000_000L;
  private static final byte[] KEY = Kvist.utf8("k");

  @TempDir Path another;

  private void loseIndex() throws IOException {
    Files.delete(directory.resolve("last_state/index-000000"));
  }

  private static List<String> files(Path directory, String folder) throws IOException {
    try (var files = Files.list(directory.resolve(folder))) {
      return files
          .map(file -> folder + "/" + file.getFileName())
          .filter(file -> Spares.id(file) >= 0)
          .sorted()
          .toList();
    }
  }

  /** Does not open, and names the place. */
  private void refuses(String file, long offset) {
    for (String readOnly : List.of("false", "true")) {
      var error =
          assertThrows(
              KvException.Corrupted.class,
              () -> Kvist.open(options().with("read_only", readOnly)).close());
      assertEquals(directory.resolve(file).toString(), error.file());
      assertEquals(offset, error.offset());
    }
  }

  @Test
  void nothingIsMissedInASoundStore() throws IOException {
    for (int i = 0; i < 3; i++) {
      loseIndex();
      assertEquals(List.of(), repaired(List.of()).damages());
      loseIndex();
      try (Connection connection = Kvist.open(options().with("retention_bytes", "20KiB"))) {
        connection.maintenance().compact();
        connection.maintenance().backup(another.resolve("copy" + i));
      }
      try (Connection copy = Kvist.open("simple:" + another.resolve("copy" + i))) {
        assertEquals("first 3", get(copy, "old3"));
        assertEquals("round 3 of 9", get(copy, "key9"));
      }
    }
  }

  @Test
  void aStateSegment() throws IOException {
    String file = record("old399").file();
    assertTrue(file.startsWith("last_state/"), file);
    List<String> lost =
        log().stream()
            .filter(record -> record.file().equals(file) && record.key().startsWith("old"))
            .map(record -> "demo/" + record.key())
            .toList();
    Files.delete(directory.resolve(file));
    loseIndex();
    refuses(file, 0);
    Repair repair = backend.repair(options());
    saysDamaged(file + ", which is missing: ", repair);
    assertTrue(repair.suspects().containsAll(lost), () -> lost + " and " + repair);
    try (Connection connection = Kvist.open(options())) {
      assertEquals("round 3 of 9", get(connection, "key9"));
    }
  }

  /** Cut where a record ends, so that every byte that is left is right. */
  @Test
  void theEndOfAStateSegment() throws IOException {
    LogRecord last = record("old399");
    try (var access = new RandomAccessFile(directory.resolve(last.file()).toFile(), "rw")) {
      access.setLength(last.offset());
    }
    loseIndex();
    refuses(last.file(), last.offset());
    Repair repair = backend.repair(options());
    saysDamaged(last.file() + ", bytes " + last.offset() + " to ", repair);
    assertTrue(repair.suspects().contains("demo/old399"), repair::toString);
    assertEquals(0, repair.unnamed());
  }

  /** The same of one that a later process found, and left where it was. */
  @Test
  void theEndOfAnEarlierStateSegment() throws IOException {
    LogRecord last = record("old399");
    Settings settings = Settings.read(backend, options().with("retention_bytes", "0"));
    Store store =
        Store.open(
            DiskDirectory.open(directory, false), settings, KvObserver.NONE, () -> NOW, true);
    KvStore bucket = new SimpleConnection(store, StorageType.FILE).store("demo");
    for (int i = 0; i < KEYS; i++) {
      bucket.writer().put(Kvist.utf8("key" + i), Kvist.utf8("round 3 of " + i));
    }
    store.compaction.round(() -> store.engine.traffic.compactions.sum() > 0);
    assertEquals(1, store.engine.traffic.compactions.sum());
    store.close();
    assertEquals(last.file(), record("old399").file());

    loseIndex();
    try (Connection connection = Kvist.open(options())) {
      assertEquals("first 399", get(connection, "old399"));
    }
    try (var access = new RandomAccessFile(directory.resolve(last.file()).toFile(), "rw")) {
      access.setLength(last.offset());
    }
    loseIndex();
    refuses(last.file(), last.offset());
  }

  @Test
  void theOldestSegmentOfTheLog() throws IOException {
    String file = files(directory, "wal").getFirst();
    Files.delete(directory.resolve(file));
    loseIndex();
    refuses(file, 0);
    Repair repair = backend.repair(options());
    saysDamaged(file + ", which is missing: ", repair);
    assertTrue(repair.suspects().contains("demo/old3"), "an older value may have come back");
  }

  /** Nothing was ever compacted, so that no mark says it. */
  @Test
  void theFirstSegmentOfAYoungLog() throws IOException {
    ConnectionOptions young =
        ConnectionOptions.of("simple", another.toString()).with("segment_size", "16KiB");
    try (Connection connection = Kvist.open(young)) {
      for (int i = 0; i < KEYS; i++) {
        connection.store("demo").writer().put(Kvist.utf8("key" + i), new byte[100]);
      }
    }
    String file = files(another, "wal").getFirst();
    Files.delete(another.resolve(file));
    Files.delete(another.resolve("last_state/index-000000"));
    var error = assertThrows(KvException.Corrupted.class, () -> Kvist.open(young).close());
    assertEquals(another.resolve(file).toString(), error.file());
    Repair repair = backend.repair(young);
    assertTrue(
        repair.damages().stream().anyMatch(line -> line.startsWith(file + ", which is missing")),
        repair::toString);
    assertTrue(!repair.suspects().isEmpty() || repair.unnamed() != 0, repair::toString);
  }

  /** The process that made the first segment died before it was on the device. */
  @ParameterizedTest
  @ValueSource(longs = {2, 3})
  void aSegmentThatAPowerLossTookIsNotMissed(long seed) throws IOException {
    Settings settings = Settings.read(backend, options().with("sync_writes", "false"));
    boolean crashed = true;
    for (int point = 1; crashed; point++) {
      var disk = new SimulatedDisk(seed, true);
      disk.crashAt(point);
      try {
        CrashSimulation.abandon(Store.open(disk, settings, KvObserver.NONE, () -> NOW, true));
      } catch (SimulatedCrash e) {
        // As it should, until a point that an open does not reach.
      }
      crashed = disk.crashed();
      SimulatedDisk killed = disk.afterKill();
      Store store = Store.open(killed, settings, KvObserver.NONE, () -> NOW + 1, true);
      // Begins a segment, which is forced; the put is not.
      new SimpleConnection(store, StorageType.FILE).store("b").writer().put(KEY, KEY);
      CrashSimulation.abandon(store);
      for (double survival : List.of(0.0, 0.3, 0.6, 0.9)) {
        SimulatedDisk left = killed.afterPowerLoss(survival);
        Store.open(left, settings, KvObserver.NONE, () -> NOW + 2, true).close();
      }
    }
  }

  /** What was repaired is told as well. */
  @Test
  void aStateSegmentOfARepairedStore() throws IOException {
    flip(record("key9").file(), record("key9").offset() + 20);
    backend.repair(options());
    String file = record("old399").file();
    Files.delete(directory.resolve(file));
    refuses(file, 0);
  }

  /**
   * Compaction goes on where the log has no room for what must be said: it stands elsewhere then.
   */
  @Test
  void aFullStoreSaysItInAStateSegment() throws IOException {
    var disk = new SimulatedDisk(7, true);
    Settings settings =
        Settings.read(
            new MemoryBackend(),
            ConnectionOptions.parse("memory:?segment_size=16KiB&retention_bytes=0"));
    Store store = Store.open(disk, settings, KvObserver.NONE, () -> NOW, true);
    KvStore bucket = new SimpleConnection(store, StorageType.FILE).store("b");
    for (int i = 0; i < 1_000; i++) {
      bucket.writer().put(Kvist.utf8("k" + i), new byte[100]);
      if (i == 500) {
        store.compaction.all();
      }
    }
    disk.limit(1L << 40);
    disk.limit((1L << 40) - disk.freeBytes());
    int deleted = 0;
    try {
      while (bucket.writer().delete(Kvist.utf8("k" + deleted))) {
        deleted++;
      }
    } catch (KvException.StoreFull e) {
      // Now nothing more fits into the log.
    }
    assertNotEquals(0, deleted);
    try {
      store.compaction.round(() -> false);
    } catch (KvException.StoreFull e) {
      // It came as far as there was room.
    }
    assertTrue(stateSaysIt(disk), "the log had room");
    CrashSimulation.abandon(store);

    SimulatedDisk left = disk.afterPowerLoss(0);
    left.limit(Long.MAX_VALUE);
    Store again = Store.open(left, settings, KvObserver.NONE, () -> NOW + 1, true);
    bucket = new SimpleConnection(again, StorageType.FILE).store("b");
    for (int i = 0; i < 1_000; i++) {
      byte[] expected = i < deleted ? null : new byte[100];
      assertArrayEquals(expected, bucket.reader().get(Kvist.utf8("k" + i)));
    }
    again.close();
  }

  private static boolean stateSaysIt(SimulatedDisk disk) throws IOException {
    boolean said = false;
    for (String name : disk.list("last_state")) {
      if (Spares.id(name) >= 0) {
        try (LogFile file = disk.open(name, false)) {
          RecordCursor record =
              new RecordCursor(new Segment(file), SegmentLayout.HEADER_BYTES, true, Scratch.get());
          while (record.next(file.memory().byteSize())) {
            said |= InventoryCheck.isInventory(record);
          }
        }
      }
    }
    return said;
  }
}

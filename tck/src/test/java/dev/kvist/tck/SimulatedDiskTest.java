package dev.kvist.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each promise of the simulated disk's failure model, by a test that a wrong model would fail. */
final class SimulatedDiskTest implements LogDirectoryContract {
  private static final int SIZE = 8 * 512;

  @Override
  public LogDirectory newDirectory() {
    return new SimulatedDisk(1);
  }

  @Test
  void aKillKeepsEverythingAndTheBoot() throws IOException {
    for (long seed = 0; seed < 50; seed++) {
      var disk = new SimulatedDisk(seed);
      LogFile file = disk.create("wal/1", SIZE);
      store(file, 0, 1);
      store(file, 700, 2);
      file.memory().set(ValueLayout.JAVA_BYTE, 2000, (byte) 3); // never announced
      String identity = disk.identity("wal/1");
      String boot = disk.bootId();

      SimulatedDisk after = disk.afterKill();

      assertEquals(List.of("wal/1"), after.list("wal"));
      assertEquals(identity, after.identity("wal/1"));
      assertEquals(boot, after.bootId());
      try (LogFile left = after.open("wal/1", true)) {
        assertEquals(SIZE, left.memory().byteSize());
        assertEquals(1, load(left, 0));
        assertEquals(2, load(left, 700));
        assertEquals(3, load(left, 2000));
      }
      assertEquals(List.of("wal/1"), after.afterKill().list("wal"));
    }
  }

  @Test
  void whatWasNotForcedMayVanishOrStaySectorBySector() throws IOException {
    Set<List<Integer>> outcomes = new HashSet<>();
    for (long seed = 0; seed < 300; seed++) {
      var disk = diskWithFile(seed);
      LogFile file = disk.open("a", true);
      store(file, 0, 1);
      store(file, 511, 1); // the same sector
      store(file, 512, 2);
      file.memory().set(ValueLayout.JAVA_BYTE, 3000, (byte) 3); // never announced
      LogFile left = disk.afterPowerLoss().open("a", false);
      // Both bytes of a sector can only differ by an eviction between their two announcements.
      outcomes.add(List.of(load(left, 511), load(left, 512), load(left, 3000)));
    }
    assertEquals(8, outcomes.size(), "every combination: " + outcomes);
  }

  @Test
  void aSectorComesBackAsItWasAtSomeTime() throws IOException {
    Set<Integer> versions = new HashSet<>();
    for (long seed = 0; seed < 300; seed++) {
      var disk = diskWithFile(seed);
      LogFile file = disk.open("a", true);
      for (int version = 1; version <= 4; version++) {
        store(file, 600, version);
      }
      versions.add(load(disk.afterPowerLoss().open("a", false), 600));
    }
    assertEquals(Set.of(0, 1, 2, 3, 4), versions);
  }

  @Test
  void whatWasForcedNeverVanishes() throws IOException {
    for (long seed = 0; seed < 300; seed++) {
      var disk = diskWithFile(seed);
      LogFile file = disk.open("a", true);
      store(file, 600, 1);
      file.force(600, 1);
      store(file, 3000, 2);
      for (double survival : new double[] {0, 0.5, 1}) {
        assertEquals(1, load(disk.afterPowerLoss(survival).open("a", false), 600));
      }
      assertEquals(1, load(disk.afterPowerLoss().open("a", false), 600));
    }
  }

  @Test
  void forceIsForItsRangeAlone() throws IOException {
    var disk = diskWithFile(5);
    LogFile file = disk.open("a", true);
    file.memory().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    file.memory().set(ValueLayout.JAVA_BYTE, 600, (byte) 2);
    file.memory().set(ValueLayout.JAVA_BYTE, 1100, (byte) 3);
    file.force(600, 1);
    LogFile left = disk.afterPowerLoss(0).open("a", false);
    assertEquals(0, load(left, 0));
    assertEquals(2, load(left, 600));
    assertEquals(0, load(left, 1100));
    LogFile all = disk.afterPowerLoss(1).open("a", false);
    assertEquals(1, load(all, 0));
    assertEquals(3, load(all, 1100));
  }

  @Test
  void aCrashAmidAForceLeavesPartOfIt() throws IOException {
    Set<Integer> arrived = new HashSet<>();
    for (long seed = 0; seed < 100; seed++) {
      var disk = diskWithFile(seed);
      LogFile file = disk.open("a", true);
      file.memory().fill((byte) 1);
      disk.crashAt(disk.crashPoints() + 2);
      assertThrows(SimulatedCrash.class, () -> file.force(0, SIZE));
      LogFile left = disk.afterPowerLoss(0).open("a", false);
      int sectors = 0;
      for (int offset = 0; offset < SIZE; offset += 512) {
        sectors += load(left, offset);
      }
      arrived.add(sectors);
    }
    assertTrue(arrived.size() >= 4, "sectors that arrived: " + arrived);
  }

  @Test
  void aStoreThatFailsArrivesInPart() throws IOException {
    var disk = diskWithFile(1);
    disk.create("b", SIZE).close();
    LogFile file = disk.open("a", true);
    LogFile other = disk.open("b", true);
    disk.failStores("a");
    assertThrows(InternalError.class, () -> file.store(0, new byte[] {1, 1, 1, 1}, 4));
    assertThrows(InternalError.class, () -> file.written(0, 4));
    other.store(0, new byte[] {2}, 1);
    disk.failStores("none");
    file.store(8, new byte[] {3}, 1);
    SimulatedDisk after = disk.afterKill();
    LogFile left = after.open("a", false);
    assertEquals(1, load(left, 1));
    assertEquals(0, load(left, 2));
    assertEquals(3, load(left, 8));
    assertEquals(2, load(after.open("b", false), 0));
  }

  @Test
  void entriesNeedASync() throws IOException {
    var disk = diskWithFile(1);
    disk.create("b", SIZE).close();
    disk.rename("a", "c");
    assertEquals(List.of("b", "c"), disk.list(""));
    assertEquals(List.of("a"), disk.afterPowerLoss(0).list(""));

    var synced = diskWithFile(1);
    synced.create("b", SIZE).close();
    synced.rename("a", "c");
    synced.sync("");
    assertEquals(List.of("b", "c"), synced.afterPowerLoss(0).list(""));

    var deleted = diskWithFile(1);
    deleted.delete("a");
    assertEquals(List.of("a"), deleted.afterPowerLoss(0).list(""));
    assertEquals(List.of(), deleted.afterPowerLoss(1).list(""));
  }

  @Test
  void aSyncIsForItsFolderAloneAndAMoveNeedsBoth() throws IOException {
    var disk = new SimulatedDisk(1);
    disk.create("x/a", SIZE).close();
    disk.create("y/b", SIZE).close();
    disk.sync("x");
    disk.rename("x/a", "y/a");
    disk.sync("y");
    SimulatedDisk left = disk.afterPowerLoss(0);
    assertEquals(List.of("x/a"), left.list("x"));
    assertEquals(List.of("y/b"), left.list("y"));
  }

  @Test
  void unsyncedEntriesSurviveInOrderOfTheirNames() throws IOException {
    Set<List<String>> outcomes = new HashSet<>();
    for (long seed = 0; seed < 200; seed++) {
      var disk = new SimulatedDisk(seed);
      disk.create("a", 512).close();
      disk.create("z", 512).close();
      disk.rename("a", "b");
      disk.delete("b");
      outcomes.add(disk.afterPowerLoss(0.5).list(""));
    }
    // Never a and b together; z comes and goes by itself.
    assertEquals(
        Set.of(
            List.of(),
            List.of("a"),
            List.of("b"),
            List.of("z"),
            List.of("a", "z"),
            List.of("b", "z")),
        outcomes);
  }

  @Test
  void noEntrySurvivesWithoutTheEarlierOnesOfItsName() throws IOException {
    Set<List<String>> outcomes = new HashSet<>();
    for (long seed = 0; seed < 200; seed++) {
      var disk = diskWithFile(seed);
      String old = disk.identity("a");
      disk.rename("a", "b");
      disk.create("a", 512).close();
      SimulatedDisk left = disk.afterPowerLoss(0.5);
      outcomes.add(left.list(""));
      assertEquals(old, left.identity(left.list("").contains("b") ? "b" : "a"), "a lost file");
    }
    assertEquals(Set.of(List.of("a"), List.of("b"), List.of("a", "b")), outcomes);

    var moved = new SimulatedDisk(1);
    moved.create("x/a", SIZE).close();
    moved.sync("x");
    String old = moved.identity("x/a");
    moved.rename("x/a", "y/a");
    moved.create("x/a", SIZE).close();
    moved.sync("x");
    assertEquals(old, moved.afterPowerLoss(0).identity("y/a"));
  }

  @Test
  void aNewFileMayBeShort() throws IOException {
    Set<Long> sizes = new HashSet<>();
    for (long seed = 0; seed < 200; seed++) {
      var disk = new SimulatedDisk(seed);
      disk.create("a", SIZE).force(512, 1);
      disk.sync("");
      sizes.add(disk.afterPowerLoss().open("a", false).memory().byteSize());
      assertEquals(1024, disk.afterPowerLoss(0).open("a", false).memory().byteSize());
    }
    assertTrue(
        sizes.contains(1024L) && sizes.contains((long) SIZE) && sizes.size() > 3, "" + sizes);

    var empty = new SimulatedDisk(1);
    empty.create("a", SIZE).close();
    empty.sync("");
    assertEquals(0, empty.afterPowerLoss(0).open("a", false).memory().byteSize());

    var synced = new SimulatedDisk(1, true);
    synced.create("a", SIZE).close();
    synced.sync("");
    assertEquals(SIZE, synced.afterPowerLoss(0).open("a", false).memory().byteSize());
  }

  @Test
  void aPowerLossIsANewBootWithTheSameInodes() throws IOException {
    var disk = diskWithFile(1);
    SimulatedDisk after = disk.afterPowerLoss();
    assertEquals(disk.afterKill().identity("a"), after.identity("a"));
    assertEquals("boot 2", after.bootId());
    assertEquals("boot 3", after.afterPowerLoss().bootId());
  }

  @Test
  void aCrashComesAtEachPointAndEndsTheProcess() throws IOException {
    var counting = new SimulatedDisk(1);
    scenario(counting);
    long points = counting.crashPoints();
    // create 3, written 1, force 3, rename 2, sync 2, delete 2, truncate 2
    assertEquals(15, points);
    for (long point = 1; point <= points; point++) {
      var disk = new SimulatedDisk(1);
      disk.crashAt(point);
      assertThrows(SimulatedCrash.class, () -> scenario(disk));
      assertTrue(disk.crashed());
      assertEquals(point, disk.crashPoints());
      assertThrows(SimulatedCrash.class, () -> disk.list(""));
      assertThrows(SimulatedCrash.class, disk::freeBytes);
      assertThrows(SimulatedCrash.class, () -> disk.create("other", 512));
      assertThrows(SimulatedCrash.class, disk::close);
      assertFalse(disk.afterKill().crashed());
      disk.afterPowerLoss().list("");
    }
  }

  @Test
  void aCrashAmidCreateLeavesAShortFile() throws IOException {
    var disk = new SimulatedDisk(3);
    disk.crashAt(2);
    assertThrows(SimulatedCrash.class, () -> disk.create("a", SIZE));
    SimulatedDisk left = disk.afterKill();
    assertEquals(List.of("a"), left.list(""));
    assertTrue(left.open("a", false).memory().byteSize() <= SIZE);
  }

  @Test
  void storesAfterTheCrashReachNobody() throws IOException {
    var disk = diskWithFile(1);
    LogFile file = disk.open("a", true);
    var memory = file.memory();
    memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    disk.crashAt(disk.crashPoints() + 1);
    assertThrows(SimulatedCrash.class, () -> file.written(0, 1));
    memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 9);
    assertThrows(SimulatedCrash.class, file::memory);
    assertEquals(1, load(disk.afterKill().open("a", false), 0));
    assertEquals(1, load(disk.afterPowerLoss(1).open("a", false), 0));
  }

  @Test
  void aFailedForceLosesWhatALaterOneClaims() throws IOException {
    Set<Integer> left = new HashSet<>();
    for (long seed = 0; seed < 100; seed++) {
      var disk = diskWithFile(seed);
      LogFile file = disk.open("a", true);
      store(file, 600, 1);
      disk.failForce(2);
      file.force(0, 1);
      assertThrows(IOException.class, () -> file.force(600, 1));
      file.force(600, 1); // "succeeds"
      assertEquals(1, load(disk.afterKill().open("a", false), 600));
      left.add(load(disk.afterPowerLoss(1).open("a", false), 600));
    }
    assertEquals(Set.of(0, 1), left);

    var again = diskWithFile(1);
    LogFile file = again.open("a", true);
    store(file, 600, 1);
    again.failForce(1);
    assertThrows(IOException.class, () -> file.force(600, 1));
    store(file, 600, 2);
    file.force(600, 1);
    assertEquals(2, load(again.afterPowerLoss(0).open("a", false), 600));
  }

  @Test
  void aFullDiskRefusesFilesUntilThereIsRoom() throws IOException {
    var disk = new SimulatedDisk(1);
    disk.limit(3 * SIZE);
    disk.create("a", SIZE).close();
    LogFile open = disk.create("b", SIZE);
    assertEquals(SIZE, disk.freeBytes());
    assertThrows(IOException.class, () -> disk.create("c", SIZE + 1));
    assertEquals(List.of("a", "b"), disk.list(""));
    disk.delete("b");
    assertEquals(SIZE, disk.freeBytes(), "a deleted file that is open still takes its room");
    open.close();
    assertEquals(2 * SIZE, disk.freeBytes());
    disk.create("c", SIZE + 1).close();
    disk.limit(10 * SIZE);
    disk.create("d", 5 * SIZE).close();
    assertEquals(10 * SIZE - SIZE - (SIZE + 1) - 5 * SIZE, disk.afterKill().freeBytes());
  }

  @Test
  void creationsAndSyncsFailOnce() throws IOException {
    var disk = new SimulatedDisk(1);
    disk.failCreate(2);
    disk.create("a", 512).close();
    assertThrows(IOException.class, () -> disk.create("b", 512));
    assertEquals(List.of("a"), disk.list(""));
    disk.create("b", 512).close();
    disk.failSync(1);
    assertThrows(IOException.class, () -> disk.sync(""));
    assertEquals(List.of(), disk.afterPowerLoss(0).list(""));
  }

  @Test
  void aFlippedBitIsThereForGood() throws IOException {
    var disk = diskWithFile(1);
    LogFile file = disk.open("a", true);
    disk.flipBit("a", 600, 3);
    assertEquals(8, load(file, 600));
    assertEquals(8, load(disk.afterKill().open("a", false), 600));
    assertEquals(8, load(disk.afterPowerLoss(0).open("a", false), 600));
  }

  @Test
  void filesLeftOpenShowAtClose() throws IOException {
    var disk = diskWithFile(1);
    LogFile file = disk.open("a", true);
    assertThrows(IllegalStateException.class, disk::close);
    assertThrows(IllegalStateException.class, () -> disk.truncate("a", 0));
    file.close();
    disk.close();
    assertEquals(List.of("a"), disk.afterKill().list(""));
  }

  @Test
  void theSameSeedIsTheSameDisk() throws IOException {
    for (long seed = 0; seed < 20; seed++) {
      assertEquals(fingerprint(seed), fingerprint(seed));
    }
    assertNotEquals(fingerprint(1), fingerprint(2));
  }

  private static String fingerprint(long seed) throws IOException {
    var disk = new SimulatedDisk(seed);
    LogFile file = disk.create("a", SIZE);
    disk.sync("");
    for (int i = 1; i < 100; i++) {
      store(file, i * 40L, i);
    }
    byte[] left = disk.afterPowerLoss().open("a", false).memory().toArray(ValueLayout.JAVA_BYTE);
    return HexFormat.of().formatHex(left);
  }

  private static void scenario(SimulatedDisk disk) throws IOException {
    LogFile file = disk.create("wal/a", SIZE);
    store(file, 10, 1);
    file.force(0, SIZE);
    disk.rename("wal/a", "wal/b");
    disk.sync("wal");
    file.close();
    disk.truncate("wal/b", 512);
    disk.delete("wal/b");
  }

  /** A disk with the durable file {@code a} of zeros. */
  private static SimulatedDisk diskWithFile(long seed) throws IOException {
    var disk = new SimulatedDisk(seed, true);
    disk.create("a", SIZE).close();
    disk.sync("");
    return disk;
  }

  private static void store(LogFile file, long offset, int value) {
    file.memory().set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    file.written(offset, 1);
  }

  private static int load(LogFile file, long offset) {
    return file.memory().get(ValueLayout.JAVA_BYTE, offset);
  }
}

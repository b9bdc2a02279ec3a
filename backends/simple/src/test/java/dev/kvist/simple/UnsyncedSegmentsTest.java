package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.StorageType;
import dev.kvist.tck.SimulatedDisk;
import org.junit.jupiter.api.Test;

/** Segments that a process made and did not sync before it was killed (K8). */
final class UnsyncedSegmentsTest {
  private static final int PUTS = 100;

  private static Store open(SimulatedDisk disk) {
    var settings =
        new Settings(
            false, false, false, 16 << 10, 1_000, 60_000, 4096, 1 << 20, 0, 0, 0, 0, 1 << 20);
    return Store.open(disk, settings, KvObserver.NONE, () -> 1_750_000_000_000L, true);
  }

  private static KvStore bucket(Store store) {
    return new SimpleConnection(store, StorageType.FILE).store("b");
  }

  /** The files are on the device when their names are, too. */
  @Test
  void theNextProcessSyncsTheirNamesToo() {
    var disk = new SimulatedDisk(1);
    Store store = open(disk);
    for (int i = 0; i < PUTS; i++) {
      bucket(store).writer().put(utf8("k" + i), new byte[1_000]);
    }
    assertTrue(store.engine.log.wal().length > 1);
    disk = disk.afterKill();
    CrashSimulation.abandon(store);
    store = open(disk);
    store.committer.sync(true);
    disk = disk.afterPowerLoss(0);
    CrashSimulation.abandon(store);
    store = open(disk);
    for (int i = 0; i < PUTS; i++) {
      assertTrue(bucket(store).reader().exists(utf8("k" + i)), "k" + i);
    }
    store.close();
  }
}

package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.StorageType;
import dev.kvist.tck.SimulatedDisk;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A close that cannot bring everything onto the device says so, and still gives the place free. */
final class FailedCloseTest {
  private static final long NOW = 1_750_000_000_000L;
  private static final int KEYS = 40;

  private final Settings settings =
      Settings.read(
          new MemoryBackend(),
          ConnectionOptions.parse("memory:?segment_size=16KiB&retention_bytes=0"));

  private Store open(SimulatedDisk disk) {
    return Store.open(disk, settings, KvObserver.NONE, () -> NOW, true);
  }

  private static KvStore bucket(Store store) {
    return new SimpleConnection(store, StorageType.FILE).store("b");
  }

  /** What compaction has moved is forced at the close, since the index points at it. */
  @Test
  void whatCompactionMovedCannotBeForced() throws IOException {
    var disk = new SimulatedDisk(17);
    Store store = open(disk);
    for (int i = 0; i < KEYS; i++) {
      bucket(store).writer().put(utf8("k" + i), new byte[1_000]);
    }
    for (int i = 0; i < 4 * KEYS; i++) {
      bucket(store).writer().put(utf8("other"), new byte[1_000]);
    }
    int[] asked = {0};
    store.compaction.round(() -> ++asked[0] > 8);
    assertFalse(disk.list(Log.STATE_FOLDER).isEmpty());
    disk.failSync(1);
    assertThrows(KvException.IoFailed.class, store::close);
    assertThrows(
        IOException.class, () -> disk.list(Log.WAL_FOLDER), "the place was not given free");

    try (Store again = open(disk.afterPowerLoss(0.5))) {
      for (int i = 0; i < KEYS; i++) {
        assertArrayEquals(new byte[1_000], bucket(again).reader().get(utf8("k" + i)));
      }
    }
  }
}

package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.KeyText;
import dev.kvist.KvObserver;
import dev.kvist.StorageType;
import dev.kvist.simple.Ledger.Change;
import dev.kvist.simple.Ledger.Place;
import dev.kvist.spi.Backend.Repair;
import dev.kvist.tck.Bytes;
import dev.kvist.tck.SimulatedCrash;
import dev.kvist.tck.SimulatedDisk;
import java.io.IOException;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Repairs a damaged disk, also with crashes in the middle: afterwards it opens, is sound, and holds
 * for each key the right value, or says that it may not.
 */
final class RepairSimulation {
  private final Random random;
  private final Ledger ledger;
  private final Settings settings;
  private SimulatedDisk disk;

  RepairSimulation(Random random, Ledger ledger, Settings settings, SimulatedDisk damaged) {
    this.random = random;
    this.ledger = ledger;
    this.settings = settings;
    this.disk = damaged;
  }

  /**
   * @param strict whether everything that the ledger knows of was provably on the device
   * @param powerMayGo false after an open that failed: the index, which proves where the log ended,
   *     is believed then just as long as the machine runs
   */
  void run(boolean strict, boolean powerMayGo) throws IOException {
    for (int crashes = random.nextInt(4); crashes > 0; crashes--) {
      crash(powerMayGo);
    }
    Repair repair = StoreRepair.run(disk, settings, () -> ledger.now);
    disk = disk.afterKill();
    Store store = Store.open(disk, settings, KvObserver.NONE, () -> ledger.now, true);
    SimpleConnection connection = new SimpleConnection(store, StorageType.FILE);
    StoreCheck.scan(connection, ledger);
    if (strict) {
      Set<String> suspects = Set.copyOf(repair.suspects());
      for (Place place : ledger.places) {
        check(connection, place, repair, suspects);
      }
    }
    assertEquals(java.util.List.of(), connection.maintenance().verify().damages());
    store.compaction.all();
    StoreCheck.scan(connection, ledger);
    store.close();
  }

  private void crash(boolean powerMayGo) throws IOException {
    disk.crashAt(1 + random.nextInt(random.nextBoolean() ? 30 : 400));
    try {
      StoreRepair.run(disk, settings, () -> ledger.now);
    } catch (SimulatedCrash e) {
      disk = powerMayGo && random.nextBoolean() ? disk.afterPowerLoss() : disk.afterKill();
      return;
    }
    // It was through before: what it reported is not known any more, and the store is sound.
    throw new AlreadyRepaired();
  }

  /** A crash point lay behind the end of the repair. */
  static final class AlreadyRepaired extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private void check(
      SimpleConnection connection, Place place, Repair repair, Set<String> suspects) {
    byte[] value = connection.store(place.bucket()).reader().get(place.key().array());
    @Nullable Change live = ledger.live(place);
    boolean right =
        live == null ? value == null : value != null && live.value.equals(Bytes.of(value));
    boolean told =
        suspects.contains(place.bucket() + "/" + KeyText.print(place.key().array()))
            || (value == null && !repair.damages().isEmpty());
    if (!right && !told) {
      throw new AssertionError(
          place
              + " should be "
              + live
              + ", there is "
              + (value == null ? "nothing" : value.length + " bytes")
              + ", and the repair said "
              + repair);
    }
  }
}

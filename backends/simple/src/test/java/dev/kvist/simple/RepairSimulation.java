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
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Repairs a damaged disk, also with crashes in the middle: afterwards it opens, is sound, and holds
 * for each key the right value, or says that it may not.
 */
final class RepairSimulation {
  static final AtomicLong CRASHES = new AtomicLong();

  private final Random random;
  private final Ledger ledger;
  private final Settings settings;
  private SimulatedDisk disk;
  private @Nullable Repair done;

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
      disk.crashAt(1 + random.nextInt(random.nextBoolean() ? 30 : 200));
      if (repair() != null) {
        break;
      }
      disk = powerMayGo && random.nextBoolean() ? disk.afterPowerLoss() : disk.afterKill();
      CRASHES.incrementAndGet();
    }
    disk.crashAt(-1);
    @Nullable Repair repair = done == null ? repair() : done;
    Objects.requireNonNull(repair, "a repair crashed by itself");
    if (disk.list("damaged-1").contains("damaged-1/report")) {
      // The crash came when all was in place, and nobody was told yet: the file says it.
      repair = RepairReport.read(disk, "damaged-1");
    }
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
    assertEquals(List.of(), connection.maintenance().verify().damages());
    store.compaction.all();
    StoreCheck.scan(connection, ledger);
    store.close();
  }

  private @Nullable Repair repair() throws IOException {
    try {
      done = StoreRepair.run(disk, settings, () -> ledger.now);
    } catch (SimulatedCrash e) {
      done = null;
    }
    return done;
  }

  private void check(
      SimpleConnection connection, Place place, Repair repair, Set<String> suspects) {
    byte[] value = connection.store(place.bucket()).reader().get(place.key().array());
    @Nullable Change live = ledger.live(place);
    boolean right =
        live == null ? value == null : value != null && live.value.equals(Bytes.of(value));
    boolean told =
        suspects.contains(place.bucket() + "/" + KeyText.print(place.key().array()))
            // Its keys are those of a bucket with a new name, then.
            || suspects.contains("the bucket " + place.bucket())
            || (value == null && repair.unnamed() != 0);
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

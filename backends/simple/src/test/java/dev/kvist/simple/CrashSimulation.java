package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.StorageType;
import dev.kvist.simple.Ledger.Mark;
import dev.kvist.tck.SimulatedDisk;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One history of a store on a simulated disk: opened, used, crashed at some crash point or met by a
 * fault, opened again and compared with what was acknowledged, several times. Everything follows
 * from the seed.
 */
final class CrashSimulation {
  private static final int KIB = 1 << 10;
  private static final int GENERATIONS = 6;
  private static final int MOST_MARKS = 12;

  /** How often what was tried out, over all simulations. */
  static final AtomicLong OPENED = new AtomicLong();

  static final AtomicLong CRASHES = new AtomicLong();
  static final AtomicLong FAULTS = new AtomicLong();
  static final AtomicLong REFUSED_FOR_ROOM = new AtomicLong();

  /** Changes that were acknowledged without a sync, and that a power loss took. */
  static final AtomicLong LOST = new AtomicLong();

  static final AtomicLong RESUMED = new AtomicLong();
  static final AtomicLong EXPIRED = new AtomicLong();

  /** What the disk does to a generation of the store. */
  private enum Trouble {
    CRASH,
    FULL,
    FAILED_FORCE,
    FAILED_SYNC,
    FAILED_CREATE
  }

  /** How a generation ended. */
  private enum End {
    UNOPENED,
    DEAD,
    CLOSED
  }

  private final Random random;

  /** Apart, so that seeds of before begin as they did. */
  private final Random copies;

  private final Settings settings;
  private final int keys;
  private final boolean wide;
  private SimulatedDisk disk;
  private Ledger ledger = new Ledger(1_750_000_000_000L);

  CrashSimulation(long seed) {
    // Seeds that lie close together would begin alike.
    random = new Random(new SplittableRandom(seed).nextLong());
    copies = new Random(~seed);
    boolean sync = random.nextBoolean();
    settings = settings(sync);
    keys = random.nextBoolean() ? 20 : 150;
    wide = random.nextInt(30) == 0;
    disk = new SimulatedDisk(random.nextLong(), sync);
  }

  private Settings settings(boolean sync) {
    return new Settings(
        sync,
        false,
        false,
        16 * KIB,
        1_000,
        60_000,
        random.nextBoolean() ? 200 : 4 * KIB,
        new long[] {0, 16 * KIB, 64 * KIB, KIB * KIB}[random.nextInt(4)],
        0,
        random.nextInt(4) == 0 ? 2_000 : 0,
        0,
        0,
        1 << 20);
  }

  void run() throws IOException {
    boolean powerLoss = false;
    for (int generation = 0; generation < GENERATIONS; generation++) {
      Trouble trouble = trouble();
      End end = live(powerLoss, random.nextInt(500), trouble);
      if (end == End.CLOSED) {
        ledger.synced();
      }
      // What the other kind of end would have left is tried as well, and forgotten.
      boolean unsettled = end == End.UNOPENED && powerLoss;
      powerLoss = random.nextBoolean();
      SimulatedDisk other = powerLoss ? disk.afterKill() : disk.afterPowerLoss();
      SimulatedDisk next = powerLoss ? disk.afterPowerLoss() : disk.afterKill();
      ledger.now += random.nextInt(100);
      Ledger kept = ledger.copy();
      disk = copied(other);
      live(!powerLoss || unsettled, 0, Trouble.CRASH);
      ledger = kept;
      disk = copied(next);
      powerLoss |= unsettled;
    }
  }

  /** Some as {@code cp} copies a directory: the index is not believed there. */
  private SimulatedDisk copied(SimulatedDisk left) throws IOException {
    if (copies.nextInt(4) == 0) {
      loseIndex(left);
    }
    return left;
  }

  static void loseIndex(SimulatedDisk disk) throws IOException {
    for (String name : disk.list("last_state")) {
      if (name.contains("index-")) {
        disk.delete(name);
      }
    }
    disk.sync("last_state");
  }

  private Trouble trouble() {
    Trouble trouble =
        random.nextInt(3) > 0
            ? Trouble.CRASH
            : Trouble.values()[random.nextInt(Trouble.values().length)];
    switch (trouble) {
      case CRASH -> disk.crashAt(disk.crashPoints() + crashPoint());
      case FAILED_FORCE -> disk.failForce(1 + random.nextInt(60));
      case FAILED_SYNC -> disk.failSync(1 + random.nextInt(20));
      case FAILED_CREATE -> disk.failCreate(1 + random.nextInt(20));
      case FULL -> {}
    }
    return trouble;
  }

  private int crashPoint() {
    return switch (random.nextInt(4)) {
      case 0 -> 1 + random.nextInt(150);
      case 1 -> 1 + random.nextInt(1_000);
      default -> 1 + random.nextInt(6_000);
    };
  }

  /** Opens the store, checks it, and uses it until it dies or is closed. */
  private End live(boolean powerLoss, int steps, Trouble trouble) throws IOException {
    Store store = null;
    End end = End.UNOPENED;
    try {
      store = Store.open(disk, settings, KvObserver.NONE, () -> ledger.now, true);
      OPENED.incrementAndGet();
      SimpleConnection connection = new SimpleConnection(store, StorageType.FILE);
      LOST.addAndGet(ledger.settle(StoreCheck.scan(connection, ledger), powerLoss));
      end = End.DEAD;
      resume(connection, !powerLoss);
      StoreCheck check = new StoreCheck(store, connection, ledger);
      check.all();
      Workload workload = new Workload(random, store, connection, ledger, keys);
      work(workload, steps, trouble);
      check.all();
      if (random.nextInt(3) > 0) {
        store.close();
        return End.CLOSED;
      }
      abandon(store);
      return end;
    } catch (Throwable e) {
      if (disk.crashed()) {
        CRASHES.incrementAndGet();
      } else if (isOf(trouble, e)) {
        FAULTS.incrementAndGet();
        stillReads(store);
      } else {
        throw e;
      }
      abandon(store);
      return end;
    }
  }

  private void work(Workload workload, int steps, Trouble trouble) throws IOException {
    if (wide && steps > 0) {
      workload.fill(3_000);
    }
    int fullFrom = trouble == Trouble.FULL ? random.nextInt(Math.max(1, steps)) : steps;
    int fullTo = fullFrom + 100;
    for (int i = 0; i < steps; i++) {
      if (i == fullFrom) {
        workload.untilSpare();
        disk.limit(1L << 40);
        disk.limit((1L << 40) - disk.freeBytes() + random.nextInt(40 * KIB));
        workload.full(true);
      } else if (i == fullTo) {
        disk.limit(Long.MAX_VALUE);
        workload.full(false);
      }
      workload.step();
    }
    disk.limit(Long.MAX_VALUE);
    workload.full(false);
    REFUSED_FOR_ROOM.addAndGet(workload.refusedForRoom());
    workload.closeWatches();
  }

  /** Whether an error is how a fault of the disk has to show. */
  private static boolean isOf(Trouble trouble, Throwable e) {
    return switch (trouble) {
      case CRASH, FULL -> false;
      case FAILED_CREATE ->
          e instanceof KvException.StoreFull
              || e instanceof KvException.IoFailed
              || e instanceof IOException;
      case FAILED_FORCE, FAILED_SYNC ->
          e instanceof KvException.IoFailed || e instanceof IOException;
    };
  }

  /** After a fault everything that was acknowledged can still be read. */
  private void stillReads(@Nullable Store store) {
    if (store != null && !store.engine.isClosed()) {
      StoreCheck.acknowledged(new SimpleConnection(store, StorageType.FILE), ledger);
    }
  }

  private void resume(SimpleConnection connection, boolean nothingLost) {
    while (ledger.marks.size() > MOST_MARKS) {
      ledger.marks.remove(random.nextInt(ledger.marks.size()));
    }
    for (Mark mark : List.copyOf(ledger.marks)) {
      if (Follower.resume(connection, ledger, mark)) {
        RESUMED.incrementAndGet();
        continue;
      }
      EXPIRED.incrementAndGet();
      ledger.marks.remove(mark);
      if (nothingLost && mark.compactions() == ledger.compactions) {
        throw new AssertionError("a cursor expired, and nothing was lost: " + mark);
      }
    }
  }

  /** Frees the memory of a store whose process is dead. */
  static void abandon(@Nullable Store store) {
    if (store == null) {
      return;
    }
    try {
      store.engine.deadlines.close();
      store.engine.runs.close();
    } catch (Throwable e) {
      // Its disk is gone, or it had been closed.
    }
  }
}

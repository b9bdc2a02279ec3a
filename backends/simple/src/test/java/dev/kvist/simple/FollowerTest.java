package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvEntry;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.PutOptions;
import dev.kvist.StorageType;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.simple.Ledger.Change;
import dev.kvist.simple.Ledger.Kind;
import dev.kvist.simple.Ledger.Place;
import dev.kvist.tck.Bytes;
import dev.kvist.tck.SimulatedDisk;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the simulations expect of a watch, in histories that they came to by chance. */
final class FollowerTest {
  private static final Place PLACE = new Place("b", Bytes.of("k"));
  private static final byte[] KEY = PLACE.key().array();
  private static final byte[] VALUE = {1};

  private final Ledger ledger = new Ledger(1_750_000_000_000L);
  private SimulatedDisk disk = new SimulatedDisk(1);
  private Store store = open();

  private Store open() {
    return Store.open(disk, Settings.DEFAULT, KvObserver.NONE, () -> ledger.now, true);
  }

  private KvStore bucket() {
    return new SimpleConnection(store, StorageType.FILE).store("b");
  }

  private void put(PutOptions options, long deadline) {
    Change change = ledger.plan(Kind.PUT, PLACE, VALUE, deadline, false);
    change.version = bucket().writer().put(KEY, VALUE, options);
    ledger.done();
  }

  /** A value that ends, and is on the device. */
  private void putThatEnds() {
    put(PutOptions.DEFAULT.withTtl(Duration.ofMillis(100)), ledger.now + 100);
    store.committer.sync(true);
    ledger.synced();
    ledger.now += 1_000;
  }

  private KvWatch watch() {
    return bucket().watcher().watch(WatchScope.all(), WatchOptions.fromNow());
  }

  private void sweep() {
    while (store.expiry.sweep()) {
      // Until nothing is due.
    }
  }

  /** The end was told by the write over the value; the power loss took both. */
  @Test
  void anEndThatAPowerLossTookIsToldAnew() {
    putThatEnds();
    try (KvWatch watch = watch()) {
      put(PutOptions.DEFAULT, KvEntry.NEVER);
      ledger.plan(Kind.DELETE, PLACE);
      assertTrue(bucket().writer().delete(KEY));
      ledger.done();
      KvUpdate.Delete end = assertInstanceOf(KvUpdate.Delete.class, watch.next(Duration.ZERO));
      assertTrue(end.expired());
    }
    disk = disk.afterPowerLoss(0);
    store = open();
    var connection = new SimpleConnection(store, StorageType.FILE);
    // Nothing tells whether the put and its delete were lost, as the state is the same.
    assertEquals(0, ledger.settle(StoreCheck.scan(connection, ledger), true));
    try (KvWatch watch = watch()) {
      sweep();
      new Follower(ledger, "b", ledger.changes.size()).followSwept(watch);
    }
    CrashSimulation.abandon(store);
  }
}

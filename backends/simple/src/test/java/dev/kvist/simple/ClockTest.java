package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.StorageType;
import dev.kvist.spi.Clock;
import dev.kvist.tck.Captured;
import dev.kvist.tck.SimulatedDisk;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A clock that steps back, and one that jumps ahead (K5). */
final class ClockTest {
  private static final long START = 1_750_000_000_000L;
  private static final Duration TTL = Duration.ofSeconds(10);

  private final AtomicLong wall = new AtomicLong(START);
  private SimulatedDisk disk = new SimulatedDisk(1);

  private Store open() {
    return Store.open(disk, Settings.DEFAULT, KvObserver.NONE, wall::get, true);
  }

  private static KvStore bucket(Store store) {
    return new SimpleConnection(store, StorageType.FILE).store("b");
  }

  @Test
  void whatExpiredStaysSoWhenTheClockStepsBack() {
    Store store = open();
    bucket(store).ttl().put(utf8("k"), utf8("v"), TTL);
    wall.addAndGet(20_000);
    assertFalse(bucket(store).reader().exists(utf8("k")));
    wall.set(START);
    assertFalse(bucket(store).reader().exists(utf8("k")));
    bucket(store).ttl().put(utf8("k2"), utf8("v"), TTL);
    assertEquals(TTL, bucket(store).ttl().remaining(utf8("k2")));
    store.close();
  }

  /** The newest time in the log counts, also in its last segment and after a clean close. */
  @ParameterizedTest
  @ValueSource(strings = {"close", "kill", "power loss"})
  void whatExpiredStaysSoAfterAnOpenWithAnEarlierClock(String end) {
    Store store = open();
    bucket(store).ttl().put(utf8("k"), utf8("v"), TTL);
    wall.addAndGet(20_000);
    assertFalse(bucket(store).reader().exists(utf8("k")));
    bucket(store).writer().put(utf8("other"), utf8("v"));
    store.committer.sync(true);
    if (end.equals("close")) {
      store.close();
    }
    disk = end.equals("power loss") ? disk.afterPowerLoss(0) : disk.afterKill();
    wall.set(START + 1);
    Store again = open();
    assertFalse(bucket(again).reader().exists(utf8("k")));
    assertTrue(bucket(again).reader().exists(utf8("other")));
    again.close();
  }

  @Test
  void aJumpAheadIsLogged() {
    Store store = open();
    bucket(store).ttl().put(utf8("k"), utf8("v"), Duration.ofMinutes(90));
    try (var log = Captured.of("dev.kvist.spi.Clock")) {
      wall.addAndGet(30 * 60_000);
      assertTrue(bucket(store).reader().exists(utf8("k")));
      assertTrue(log.line("the clock").startsWith("no line"), log::toString);
      wall.addAndGet(61 * 60_000);
      assertFalse(bucket(store).reader().exists(utf8("k")));
      assertTrue(log.line("the clock").contains("ahead"), log::toString);
    }
    store.close();
  }

  /** Whoever waits for a deadline by what is left on a clock that stands would wait for nothing. */
  @Test
  void howLongADeadlineTakesIsToldByTheClockOfTheWall() {
    var clock = new Clock(wall::get, START + 50_000);
    assertEquals(START + 50_000, clock.now());
    assertEquals(50_001, clock.millisUntil(START + 50_001));
    assertEquals(0, clock.millisUntil(START + 50_000));
    assertEquals(0, clock.millisUntil(START));
    wall.addAndGet(60_000);
    assertEquals(10_000, clock.millisUntil(START + 70_000));
  }

  /** Deadlines stand still until it is there. */
  @Test
  void aClockThatIsFarBehindTheLogIsLoggedOnce() {
    try (var log = Captured.of("dev.kvist.spi.Clock")) {
      var clock = new Clock(wall::get, START + 59 * 60_000);
      clock.now();
      assertTrue(log.line("the clock").startsWith("no line"), log::toString);
      clock.atLeast(START + 61 * 60_000);
      clock.now();
      clock.now();
      assertEquals(1, log.lines().size(), log::toString);
      assertTrue(log.line("the clock").contains("61 minutes behind"), log::toString);
    }
  }
}

package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The promises of K8 and K9 under crashes, power losses, full disks and failed syncs: histories of
 * a store on a simulated disk, the same ones first, then others until the time is up.
 *
 * <p>{@code -Dkvist.seed=N} runs the one history that a failure named. {@code KVIST_SIM_SECONDS}
 * sets the time, which is two minutes otherwise, and four hours with {@code KVIST_DEEP=1}.
 */
final class SimulatedCrashTest {
  /** Enough to have found every defect that these simulations ever found. */
  private static final int FIXED_SEEDS = 150;

  private static final Logger LOG = Logger.getLogger("dev.kvist.simple");

  @BeforeAll
  static void quiet() {
    LOG.setLevel(Long.getLong("kvist.seed") == null ? Level.OFF : Level.ALL);
  }

  @AfterAll
  static void loud() {
    LOG.setLevel(null);
  }

  @Test
  void whateverHappensNothingAcknowledgedIsLost() {
    Long asked = Long.getLong("kvist.seed");
    if (asked != null) {
      run(asked);
      return;
    }
    long end = System.nanoTime() + seconds() * 1_000_000_000;
    long seeds = 0;
    for (; seeds < FIXED_SEEDS; seeds++) {
      run(seeds + 1);
    }
    long next = System.nanoTime();
    for (; System.nanoTime() < end; seeds++) {
      run(next++);
    }
    assertTrue(CrashSimulation.CRASHES.get() > seeds, "crashes " + CrashSimulation.CRASHES);
    assertTrue(CrashSimulation.FAULTS.get() > seeds / 3, "faults " + CrashSimulation.FAULTS);
    assertTrue(
        CrashSimulation.REFUSED_FOR_ROOM.get() > seeds / 10,
        "refused for want of room " + CrashSimulation.REFUSED_FOR_ROOM);
    assertTrue(CrashSimulation.LOST.get() > seeds, "lost " + CrashSimulation.LOST);
    assertTrue(CrashSimulation.RESUMED.get() > 10 * seeds, "resumed " + CrashSimulation.RESUMED);
    assertTrue(CrashSimulation.EXPIRED.get() > seeds, "expired " + CrashSimulation.EXPIRED);
    System.out.printf(
        "%d histories: %d opens, %d crashes, %d faults, %d cursors resumed, %d expired%n",
        seeds,
        CrashSimulation.OPENED.get(),
        CrashSimulation.CRASHES.get(),
        CrashSimulation.FAULTS.get(),
        CrashSimulation.RESUMED.get(),
        CrashSimulation.EXPIRED.get());
  }

  private static long seconds() {
    String given = System.getenv("KVIST_SIM_SECONDS");
    return given != null
        ? Long.parseLong(given)
        : "1".equals(System.getenv("KVIST_DEEP")) ? 14_400 : 120;
  }

  private static void run(long seed) {
    try {
      new CrashSimulation(seed).run();
    } catch (Exception | AssertionError e) {
      throw new AssertionError("with -Dkvist.seed=" + seed + ": " + e.getMessage(), e);
    }
  }
}

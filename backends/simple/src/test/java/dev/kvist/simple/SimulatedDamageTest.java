package dev.kvist.simple;

import static dev.kvist.simple.DamageSimulation.Outcome;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Corruption is never silent (K9): flipped bits, inflated lengths, zeros, cut and missing files,
 * anywhere, and derived files of another store. {@code -Dkvist.seed=N} runs the one case that a
 * failure named.
 */
final class SimulatedDamageTest {
  private static final Logger LOG = Logger.getLogger("dev.kvist.simple");

  @BeforeAll
  static void quiet() {
    LOG.setLevel(Long.getLong("kvist.seed") == null ? Level.OFF : null);
  }

  @AfterAll
  static void loud() {
    LOG.setLevel(null);
  }

  @Test
  void everyReadIsRightOrFails() {
    Long asked = Long.getLong("kvist.seed");
    if (asked != null) {
      run(asked);
      return;
    }
    int cases = "1".equals(System.getenv("KVIST_DEEP")) ? 50_000 : 700;
    for (int i = 1; i <= cases; i++) {
      run(i);
    }
    for (int i = 0; i < cases / 4; i++) {
      run(System.nanoTime());
    }
    System.out.println(
        DamageSimulation.REPAIRED + " repairs with " + RepairSimulation.CRASHES + " crashes");
    assertTrue(DamageSimulation.REPAIRED.get() > cases / 2, "repairs");
    assertTrue(RepairSimulation.CRASHES.get() > cases / 4, "crashes of repairs");
    for (Damage damage : Damage.values()) {
      Map<Outcome, Integer> outcomes = DamageSimulation.OUTCOMES.getOrDefault(damage, Map.of());
      System.out.println(damage + " " + outcomes);
      // The files of another store are just not used.
      assertTrue(
          damage == Damage.OF_ANOTHER_STORE
              || outcomes.getOrDefault(Outcome.REFUSED, 0)
                      + outcomes.getOrDefault(Outcome.NOTICED, 0)
                  > cases / 60,
          () -> damage + " was not noticed often enough: " + outcomes);
    }
  }

  private static void run(long seed) {
    try {
      new DamageSimulation(seed).run();
    } catch (Exception | AssertionError e) {
      throw new AssertionError("with -Dkvist.seed=" + seed + ": " + e.getMessage(), e);
    }
  }
}

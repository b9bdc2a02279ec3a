package dev.kvist.bench.work;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the rates of several threads add up to. */
final class CrewTest {
  private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** An engine that calls into native code holds the carrier of a virtual thread as this does. */
  @Test
  void threadsThatWaitForACarrierAddNothing() throws Exception {
    int threads = 4 * Runtime.getRuntime().availableProcessors();
    double perSecond =
        Crew.perSecond(Thread.ofVirtual().factory(), threads, 50, _ -> CrewTest::holdCarrier);
    double possible = Runtime.getRuntime().availableProcessors() * 1e9 / BURST_NANOS;
    assertTrue(perSecond <= possible, perSecond + " of " + possible);
  }

  @Test
  void twoInTurnsChangeOften() throws Exception {
    var turns = new ArrayList<String>();
    double ratio = new Turns(() -> turn(turns, "first"), () -> turn(turns, "second")).run(100);
    assertTrue(ratio > 0, "ratio " + ratio);
    assertTrue(turns.size() >= 4, turns::toString);
  }

  private static int turn(List<String> turns, String name) {
    if (turns.isEmpty() || !turns.getLast().equals(name)) {
      turns.add(name);
    }
    return holdCarrier();
  }

  private static int holdCarrier() {
    long until = System.nanoTime() + BURST_NANOS;
    while (System.nanoTime() - until < 0) {
      Thread.onSpinWait();
    }
    return 1;
  }
}

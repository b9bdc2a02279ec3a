package dev.kvist.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.bench.Bars.Bar;
import dev.kvist.bench.Bars.Verdict;
import dev.kvist.bench.work.Metric;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FleetBarsTest {
  private static final String KVIST = "kvist-nats";
  private static final String JNATS = "jnats";

  private final Results results = new Results();

  @Test
  void aCallIsComparedWithThatOfTheLibraryInTurns() {
    add(Metric.FLEET_PUT1_TURNS, KVIST, 0.95);
    String what = KVIST + ": put, of jnats' in turns, 100 B ≥ 0.95";
    assertEquals(new Bar(what, "0.95", Verdict.HELD), bar(what));
    add(Metric.FLEET_PUT1_TURNS, KVIST, 0.949);
    assertEquals(Verdict.MISSED, bar(what).verdict());
  }

  @Test
  void manyThreadsAreComparedWithOneOfTheLibrary() {
    add(Metric.FLEET_PUT1, JNATS, 20_000);
    add(Metric.FLEET_PUT64, JNATS, 60_000);
    add(Metric.FLEET_PUT64, KVIST, 40_000);
    String what = KVIST + ": put, 64 virtual, 100 B ≥ 2.00 of jnats' put, 1 thread";
    assertEquals(new Bar(what, "2.00 of it (40.0k)", Verdict.HELD), bar(what));
  }

  @Test
  void aScanIsComparedWithTheFasterConsumerAndWithAGetPerKey() {
    add(Metric.FLEET_SCAN, KVIST, 270_000);
    String raw = KVIST + ": full scan, 100 B ≥ 0.90 of the faster raw consumer";
    add(Metric.FLEET_SCAN_PUSH, JNATS, 300_000);
    assertEquals(Verdict.UNMEASURED, bar(raw).verdict());
    add(Metric.FLEET_SCAN_PULL, JNATS, 290_000);
    assertEquals(new Bar(raw, "0.90 of it (270k)", Verdict.HELD), bar(raw));
    add(Metric.FLEET_SCAN_PULL, JNATS, 310_000);
    assertEquals(Verdict.MISSED, bar(raw).verdict());
    String gets = KVIST + ": full scan, 100 B ≥ 10.0 of a get per key";
    add(Metric.FLEET_GET1, KVIST, 27_000);
    assertEquals(Verdict.HELD, bar(gets).verdict());
    add(Metric.FLEET_GET1, KVIST, 27_001);
    assertEquals(Verdict.MISSED, bar(gets).verdict());
  }

  @Test
  void watchesAndPrefixesHaveLimitsOfTheirOwn() {
    add(Metric.FLEET_PREFIX, KVIST, 60);
    add(Metric.FLEET_SYNC, KVIST, 199_000);
    add(Metric.FLEET_LAG, KVIST, 1_000);
    assertEquals(Verdict.HELD, bar(KVIST + ": 1,000 by prefix, 100 B ≤ 60.0 ms").verdict());
    assertEquals(Verdict.MISSED, bar(KVIST + ": state-sync watch, 100 B ≥ 200k").verdict());
    assertEquals(Verdict.MISSED, bar(KVIST + ": worst lag of it, 100 B < 1000 ms").verdict());
    add(Metric.FLEET_LAG, KVIST, 999);
    assertEquals(Verdict.HELD, bar(KVIST + ": worst lag of it, 100 B < 1000 ms").verdict());
  }

  @Test
  void theyAreAmongTheBarsOfARun() {
    List<Bar> all = Bars.of(results, Options.parse(List.of("--quick"), Path.of("home")));
    assertTrue(all.containsAll(bars()));
  }

  private void add(Metric metric, String engine, double figure) {
    results.add(new Results.Series(metric, engine, 100), 0, figure);
  }

  private List<Bar> bars() {
    return FleetBars.of(results, Options.parse(List.of("--quick"), Path.of("home")));
  }

  private Bar bar(String what) {
    return bars().stream()
        .filter(bar -> bar.what().equals(what))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no bar '" + what + "' among " + bars()));
  }
}

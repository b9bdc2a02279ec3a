package dev.kvist.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.bench.Bars.Bar;
import dev.kvist.bench.Bars.Verdict;
import dev.kvist.bench.work.Metric;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BarsTest {
  private static final String KVIST = "kvist-simple";

  private final Results results = new Results();

  @Test
  void aBarIsHeldAtItsLimitAndMissedBelow() {
    add(Metric.GET1, "map", 100);
    add(Metric.GET1, KVIST, 70);
    assertEquals(Verdict.HELD, bar("get, 1 thread, 100 B ≥ 0.70 of map").verdict());
    add(Metric.GET1, KVIST, 69);
    Bar missed = bar("get, 1 thread, 100 B ≥ 0.70 of map");
    assertEquals(Verdict.MISSED, missed.verdict());
    assertEquals("0.69 of it (69.0)", missed.figure());
  }

  @Test
  void whatWasNotMeasuredIsNeitherHeldNorMissed() {
    add(Metric.GET1, KVIST, 70);
    assertEquals(Verdict.UNMEASURED, bar("get, 1 thread, 100 B ≥ 0.70 of map").verdict());
    assertEquals(Verdict.UNMEASURED, bar("get, 1 thread, 100 B ahead of every peer").verdict());
    for (Bar bar : bars()) {
      assertEquals(Verdict.UNMEASURED, bar.verdict(), bar.what());
    }
  }

  @Test
  void theBestPeerIsTheOneToBeat() {
    add(Metric.FILL, KVIST, 100);
    add(Metric.FILL, "lmdb", 50);
    add(Metric.FILL, "chronicle-map", 99);
    add(Metric.FILL, "map", 1_000);
    Bar bar = bar("fill, 100 B ahead of every peer");
    assertEquals(Verdict.HELD, bar.verdict());
    assertEquals("1.01 of chronicle-map", bar.figure());
    add(Metric.FILL, "chronicle-map", 100);
    assertEquals(Verdict.MISSED, bar("fill, 100 B ahead of every peer").verdict());
  }

  @Test
  void aWorstCaseMayTakeFiveMillisecondsMoreThanTheControl() {
    add(Metric.LOOP_CONTROL, KVIST, 3_000);
    add(Metric.LOOP_PUT_WORST, KVIST, 8_000);
    assertEquals(Verdict.HELD, bar("worst put, 100 B ≤ 8.00 ms").verdict());
    add(Metric.LOOP_PUT_WORST, KVIST, 8_001);
    assertEquals(Verdict.MISSED, bar("worst put, 100 B ≤ 8.00 ms").verdict());
  }

  @Test
  void theyAreShownAsATable() {
    add(Metric.CLI_GET, KVIST, 150);
    String table = Bars.markdown(bars());
    assertTrue(table.contains("./kvist get, 100 B ≤ 200 ms"), table);
    assertTrue(table.contains("| held "), table);
    assertTrue(table.contains("| not measured "), table);
  }

  private void add(Metric metric, String engine, double figure) {
    results.add(new Results.Series(metric, engine, 100), 0, figure);
  }

  private List<Bar> bars() {
    return Bars.of(results, Options.parse(List.of("--quick"), Path.of("home")));
  }

  private Bar bar(String what) {
    return bars().stream()
        .filter(bar -> bar.what().equals(what))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no bar '" + what + "' among " + bars()));
  }
}

package dev.kvist.bench;

import static dev.kvist.bench.work.Metric.*;

import dev.kvist.bench.Bars.Bar;
import dev.kvist.bench.work.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoublePredicate;

/** What Kvist on NATS has to reach beside the client library that it is built on. */
final class FleetBars {
  private static final String KVIST = "kvist-nats";
  private static final String JNATS = "jnats";

  /** On a server that is as new as the workload asks for. */
  private static final double PREFIX_MILLIS = 60;

  private static final double EVENTS = 200_000;
  private static final double LAG_MILLIS = 1_000;

  private final Results results;
  private final int valueBytes;
  private final List<Bar> bars = new ArrayList<>();

  private FleetBars(Results results, int valueBytes) {
    this.results = results;
    this.valueBytes = valueBytes;
  }

  /** Their workload has values of the first length alone. */
  static List<Bar> of(Results results, Options options) {
    var bars = new FleetBars(results, options.valueBytes().getFirst());
    bars.calls();
    bars.scans(FLEET_KEYS, FLEET_KEYS_PUSH, FLEET_KEYS_PULL);
    bars.scans(FLEET_SCAN, FLEET_SCAN_PUSH, FLEET_SCAN_PULL);
    bars.limits();
    return bars.bars;
  }

  private void calls() {
    for (Metric metric : List.of(FLEET_GET1_TURNS, FLEET_CAS1_TURNS, FLEET_PUT1_TURNS)) {
      limit(metric, "≥", 0.95, figure -> figure >= 0.95);
    }
    ratio(FLEET_PUT64, 2, "jnats' put, 1 thread", ofJnats(FLEET_PUT64, FLEET_PUT1));
    ratio(FLEET_IMPORT, 0.9, "jnats' publishAsync", ofJnats(FLEET_IMPORT, FLEET_IMPORT));
    ratio(FLEET_MULTI_GET, 5, "a loop of jnats' gets", ofJnats(FLEET_MULTI_GET, FLEET_MULTI_GET));
  }

  private void scans(Metric own, Metric push, Metric pull) {
    double ofFaster = Math.min(ofJnats(own, push), ofJnats(own, pull));
    ratio(own, 0.9, "the faster raw consumer", ofFaster);
    double ofGets = results.ratio(own, KVIST, FLEET_GET1, KVIST, valueBytes);
    ratio(own, 10, "a get per key", ofGets);
  }

  private void limits() {
    limit(FLEET_PREFIX, "≤", PREFIX_MILLIS, figure -> figure <= PREFIX_MILLIS);
    limit(FLEET_SYNC, "≥", EVENTS, figure -> figure >= EVENTS);
    limit(FLEET_LAG, "<", LAG_MILLIS, figure -> figure < LAG_MILLIS);
  }

  private double ofJnats(Metric metric, Metric base) {
    return results.ratio(metric, KVIST, base, JNATS, valueBytes);
  }

  private void ratio(Metric metric, double least, String of, double ratio) {
    String own = Figures.text(metric.unit(), results.median(metric, KVIST, valueBytes));
    bars.add(
        Bar.of(
            name(metric) + " ≥ " + Figures.digits(least) + " of " + of,
            ratio,
            Figures.digits(ratio) + " of it (" + own + ")",
            figure -> figure >= least));
  }

  private void limit(Metric metric, String sign, double limit, DoublePredicate reached) {
    double figure = results.median(metric, KVIST, valueBytes);
    bars.add(
        Bar.of(
            name(metric) + " " + sign + " " + Figures.text(metric.unit(), limit),
            figure,
            Figures.text(metric.unit(), figure),
            reached));
  }

  private String name(Metric metric) {
    return KVIST + ": " + metric.title() + ", " + valueBytes + " B";
  }
}

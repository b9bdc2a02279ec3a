package dev.kvist.bench;

import static dev.kvist.bench.work.Metric.*;

import dev.kvist.bench.work.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoublePredicate;

/** What Kvist has to reach, what it reached, and whether that is enough. */
final class Bars {
  /** Whether a bar is reached. */
  enum Verdict {
    /** It is. */
    HELD,
    /** It is not. */
    MISSED,
    /** The run did not measure it. */
    UNMEASURED
  }

  /** One bar. */
  record Bar(String what, String figure, Verdict verdict) {
    /** A bar and what came out; not a number where that was not measured. */
    static Bar of(String what, double figure, String text, DoublePredicate reached) {
      return Double.isNaN(figure)
          ? new Bar(what, Figures.NONE, Verdict.UNMEASURED)
          : new Bar(what, text, reached.test(figure) ? Verdict.HELD : Verdict.MISSED);
    }
  }

  private static final String KVIST = "kvist-simple";
  private static final double MEBI = 1 << 20;
  private static final double RETENTION_BYTES = 64 * MEBI;
  private static final double SEGMENT_BYTES = 16 * MEBI;

  private final Results results;
  private final Options options;
  private final List<Bar> bars = new ArrayList<>();

  private Bars(Results results, Options options) {
    this.results = results;
    this.options = options;
  }

  /** All bars, in the order of the tables. */
  static List<Bar> of(Results results, Options options) {
    var bars = new Bars(results, options);
    for (int size : options.valueBytes()) {
      bars.points(size);
    }
    bars.synced(options.valueBytes().getFirst());
    for (int size : options.valueBytes()) {
      bars.resources(size);
    }
    bars.latencies(options.valueBytes().getFirst());
    bars.bars.addAll(RocksBars.of(results, options));
    bars.bars.addAll(FleetBars.of(results, options));
    return bars.bars;
  }

  private void points(int size) {
    for (Metric metric : List.of(GET1, GET2, FILL, FILL_ORDERED, FILL_SCAN)) {
      ratio(metric, size, "map", 0.7);
    }
    for (Metric metric : List.of(GET1, GET2, FILL, MIX2)) {
      aheadOfPeers(metric, size);
    }
    ratio(PREFIX, size, "skip-list", 0.5);
  }

  private void synced(int size) {
    ratio(SYNC1, size, "device", 0.85);
    double p50 = results.ratio(SYNC1_P50, KVIST, "device", size);
    add(
        "p50 of a lone writer ≤ 1.2 of the device's",
        p50,
        Figures.digits(p50) + " of it",
        figure -> figure <= 1.2);
    ratio(SYNC64, size, "device", 0.8);
    atMost(SYNC50_SYNCS, size, 40);
    atLeast(DELIVERY, size, 1e6);
  }

  private void resources(int size) {
    atMost(MEMORY, size, 48);
    double live = (double) options.entries() * (16 + size);
    double allowed = 1.5 * live + RETENTION_BYTES + 2 * SEGMENT_BYTES;
    atMost(DISK, size, allowed);
    atMost(OPEN_CLEAN, size, 100);
    atMost(OPEN_KILLED, size, 100);
    double recovery = results.ratio(RECOVERY, KVIST, READ_CRC, KVIST, size);
    add(
        "recovery from the log, " + size + " B ≥ 0.3 of reading and checksumming it",
        recovery,
        Figures.digits(recovery) + " of it",
        figure -> figure >= 0.3);
  }

  private void latencies(int size) {
    double allowed = 5_000 + results.median(LOOP_CONTROL, KVIST, size);
    atMost(LOOP_PUT_WORST, size, allowed);
    atMost(LOOP_GET_WORST, size, allowed);
    atMost(GROW_WORST, size, 20_000);
    atMost(EXPIRY_WORST, size, 20_000);
    atMost(BUCKETS_OPEN, size, 1_000);
    atMost(CLI_GET, size, 200);
  }

  private void ratio(Metric metric, int size, String bound, double least) {
    double ratio = results.ratio(metric, KVIST, bound, size);
    add(
        metric.title() + ", " + size + " B ≥ " + Figures.digits(least) + " of " + bound,
        ratio,
        Figures.digits(ratio)
            + " of it ("
            + Figures.text(metric.unit(), results.median(metric, KVIST, size))
            + ")",
        figure -> figure >= least);
  }

  private void aheadOfPeers(Metric metric, int size) {
    String peer = results.bestPeer(metric, size);
    double ratio = peer == null ? Double.NaN : results.ratio(metric, KVIST, peer, size);
    add(
        metric.title() + ", " + size + " B ahead of every peer",
        ratio,
        Figures.digits(ratio) + " of " + peer,
        figure -> figure > 1);
  }

  private void atMost(Metric metric, int size, double most) {
    bounded(metric, size, " ≤ ", most, figure -> figure <= most);
  }

  private void atLeast(Metric metric, int size, double least) {
    bounded(metric, size, " ≥ ", least, figure -> figure >= least);
  }

  private void bounded(
      Metric metric, int size, String sign, double limit, DoublePredicate reached) {
    double figure = results.median(metric, KVIST, size);
    add(
        metric.title() + ", " + size + " B" + sign + Figures.text(metric.unit(), limit),
        figure,
        Figures.text(metric.unit(), figure),
        reached);
  }

  private void add(String what, double figure, String text, DoublePredicate reached) {
    bars.add(Bar.of(what, figure, text, reached));
  }

  /** As a table. */
  static String markdown(List<Bar> bars) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("bar", "figure", "verdict"));
    for (Bar bar : bars) {
      rows.add(
          List.of(
              bar.what(),
              bar.figure(),
              switch (bar.verdict()) {
                case HELD -> "held";
                case MISSED -> "**missed**";
                case UNMEASURED -> "not measured";
              }));
    }
    return Tables.markdown(rows);
  }
}

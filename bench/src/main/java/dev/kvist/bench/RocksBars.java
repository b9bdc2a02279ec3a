package dev.kvist.bench;

import static dev.kvist.bench.work.Metric.*;

import dev.kvist.bench.Bars.Bar;
import dev.kvist.bench.work.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoublePredicate;

/** What Kvist on RocksDB has to reach beside RocksDB alone, and beside Badger. */
final class RocksBars {
  private static final String KVIST = "kvist-rocksdb";
  private static final String DEFAULTS = "rocksdb";

  /**
   * Of Badger 4.8.0 in Go, with the settings of the framework that Kvist replaces, as a share of
   * what RocksDB's defaults reached in the same run: seen once, with values of 100 B, on another
   * machine, whose own speed so does not count. Badger is not part of the run.
   */
  private static final double BADGER_FILL = 135e3 / 277e3;

  private static final double BADGER_GET1 = 180e3 / 132e3;
  private static final double BADGER_GET2 = 215e3 / 154e3;
  private static final double BADGER_SYNC64 = 26e3 / 73e3;

  private static final int SMALL_BYTES = 100;
  private static final int BLOB_BYTES = 64 << 10;
  private static final int KEY_BYTES = 16;

  /** An array on the heap is so much longer than what is in it, and then a multiple of that. */
  private static final int ARRAY_HEAD_BYTES = 16;

  private static final int ARRAY_STEP_BYTES = 8;

  /** What one get in 64 takes for its latency and its key, a get. */
  private static final double SAMPLED_BYTES = 1.5;

  private static final long RETENTION_BYTES = 64L << 20;

  /** The log of the write buffer that is being filled, and one that retention is amid of. */
  private static final long LOG_BYTES = 2 * (16L << 20);

  private final Results results;
  private final List<Bar> bars = new ArrayList<>();

  private RocksBars(Results results) {
    this.results = results;
  }

  static List<Bar> of(Results results, Options options) {
    var bars = new RocksBars(results);
    for (int size : options.valueBytes()) {
      bars.layer(size);
    }
    if (options.valueBytes().contains(SMALL_BYTES)) {
      bars.defaults();
      bars.badger();
    }
    for (LargeSet set : options.largeSets()) {
      bars.large(set);
    }
    return bars.bars;
  }

  private void layer(int size) {
    for (Metric metric :
        List.of(LAYER_FILL, LAYER_GET1, LAYER_MULTI_GET, LAYER_SCAN, LAYER_PREFIX)) {
      double ratio = results.median(metric, KVIST, size);
      bars.add(
          Bar.of(
              name(metric, size) + " ≥ 0.95",
              ratio,
              Figures.digits(ratio),
              figure -> figure >= 0.95));
    }
    double most = heapOfArray(size) + SAMPLED_BYTES;
    double heap = results.median(GET_HEAP, KVIST, size);
    bars.add(
        Bar.of(
            name(GET_HEAP, size) + " ≤ " + Figures.text(GET_HEAP.unit(), most),
            heap,
            Figures.text(GET_HEAP.unit(), heap),
            figure -> figure <= most));
  }

  /** The heap of an array of bytes. */
  static int heapOfArray(int bytes) {
    return (ARRAY_HEAD_BYTES + bytes + ARRAY_STEP_BYTES - 1) / ARRAY_STEP_BYTES * ARRAY_STEP_BYTES;
  }

  private void defaults() {
    ratio(FILL, FILL, DEFAULTS, SMALL_BYTES, 1);
    ratio(SYNC64_PLATFORM, SYNC64_PLATFORM, DEFAULTS, SMALL_BYTES, 2);
    ratio(GET2, GET2, DEFAULTS, SMALL_BYTES, 2);
    ratio(GET1, GET1, DEFAULTS, SMALL_BYTES, 1.4);
    ratio(SYNC64, SYNC64_PLATFORM, DEFAULTS, SMALL_BYTES, 2.5);
  }

  private void badger() {
    timesBadger(FILL, BADGER_FILL, 2);
    timesBadger(SYNC64_PLATFORM, BADGER_SYNC64, 2);
    timesBadger(GET2, BADGER_GET2, 2);
    timesBadger(GET1, BADGER_GET1, 1.4);
  }

  private void large(LargeSet set) {
    int size = set.valueBytes();
    if (size == BLOB_BYTES) {
      written(LARGE_WRITTEN, 1.3);
      written(LARGE_WRITTEN_LOG, 2.3);
    }
    double half = set.entries() / 2.0 * (KEY_BYTES + size);
    double most = 1.5 * half + RETENTION_BYTES + LOG_BYTES;
    double left = results.median(LARGE_DISK_LEFT, KVIST, size);
    bars.add(
        Bar.of(
            name(LARGE_DISK_LEFT, size) + " ≤ " + Figures.text(LARGE_DISK_LEFT.unit(), most),
            left,
            Figures.text(LARGE_DISK_LEFT.unit(), left),
            figure -> figure <= most));
  }

  private void written(Metric metric, double most) {
    double times = results.median(metric, KVIST, BLOB_BYTES);
    bars.add(
        Bar.of(
            name(metric, BLOB_BYTES) + " ≤ " + Figures.digits(most) + " of the data",
            times,
            Figures.digits(times) + " of it",
            figure -> figure <= most));
  }

  private void ratio(Metric metric, Metric baseMetric, String base, int size, double least) {
    String of = metric == baseMetric ? base : base + "'s " + baseMetric.title();
    double ratio = results.ratio(metric, KVIST, baseMetric, base, size);
    add(metric, size, of, ratio, least, figure -> figure >= least);
  }

  private void timesBadger(Metric metric, double share, double least) {
    double ratio = results.ratio(metric, KVIST, metric, DEFAULTS, SMALL_BYTES) / share;
    String of = "Badger, which was seen once at " + Figures.digits(share) + " of " + DEFAULTS;
    add(metric, SMALL_BYTES, of, ratio, least, figure -> figure >= least);
  }

  private void add(
      Metric metric, int size, String of, double ratio, double least, DoublePredicate reached) {
    bars.add(
        Bar.of(
            name(metric, size) + " ≥ " + Figures.digits(least) + " of " + of,
            ratio,
            Figures.digits(ratio)
                + " of it ("
                + Figures.text(metric.unit(), results.median(metric, KVIST, size))
                + ")",
            reached));
  }

  private static String name(Metric metric, int size) {
    return KVIST + ": " + metric.title() + ", " + size + " B";
  }
}

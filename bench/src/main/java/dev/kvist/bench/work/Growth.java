package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;

/** A fill so large that everything which grows has grown several times; every put is timed. */
final class Growth {
  private static final int WARM_ENTRIES = 500_000;

  private Growth() {}

  static void run(Trial trial, Report report) throws Exception {
    Data data = trial.data();
    try (Engine engine = trial.open("warm", false)) {
      fill(data, engine, Math.min(WARM_ENTRIES, trial.entries()));
    }
    Disk.delete(trial.directory().resolve("warm"));
    System.gc();
    try (Engine engine = trial.open("store", false)) {
      long begin = System.nanoTime();
      Histogram histogram = fill(data, engine, trial.entries());
      report.figure(Metric.GROW_RATE, trial.entries() * 1e9 / (System.nanoTime() - begin));
      report.figure(Metric.GROW_WORST, histogram.max() / 1e3);
      report.figure(Metric.GROW_P9999, histogram.quantile(0.9999) / 1e3);
    }
  }

  private static Histogram fill(Data data, Engine engine, long entries) throws Exception {
    var histogram = new Histogram();
    for (long i = 0; i < entries; i++) {
      byte[] key = data.key(i);
      byte[] value = data.value(i, 0);
      long begin = System.nanoTime();
      engine.put(key, value);
      histogram.record(System.nanoTime() - begin);
    }
    return histogram;
  }
}

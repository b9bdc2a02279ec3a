package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;
import dev.kvist.bench.engine.Subject;
import org.jspecify.annotations.Nullable;

/** What Kvist costs above the engine below it: both in one process, in turns. */
final class Layer {
  private static final String BELOW = "rocksdb-same";
  private static final int WARM_ENTRIES = 300_000;
  private static final int BURST = 256;

  private final Trial trial;
  private final @Nullable Report report;

  private Layer(Trial trial, @Nullable Report report) {
    this.trial = trial;
    this.report = report;
  }

  static void run(Trial trial, Report report) throws Exception {
    Trial warm = trial.withEntries(Math.min(trial.entries(), WARM_ENTRIES));
    new Layer(warm, null).measure("warm");
    new Layer(trial, report).measure("store");
  }

  private void measure(String name) throws Exception {
    Trial below = trial.withSubject(Subject.named(BELOW));
    try (Engine upper = trial.open(name, false);
        Engine lower = below.open(name + "-below", false)) {
      tell(Metric.LAYER_FILL, fill(upper, lower));
      // Which files a fill leaves depends on chance; what is read is to be the same.
      upper.reclaim();
      lower.reclaim();
      Crew.pause(trial.pauseMillis());
      var above = new Point(trial, upper);
      var bare = new Point(below, lower);
      // The cache of whoever was compacted last is the warmer one, which is not to count.
      new Turns(above.get(1, 0), bare.get(1, 0)).run(trial.millis());
      tell(Metric.LAYER_GET1, above.get(0, 0), bare.get(0, 0));
      tell(Metric.LAYER_MULTI_GET, above.multiGet(0), bare.multiGet(0));
      tell(Metric.LAYER_SCAN, above::scanAll, bare::scanAll);
      tell(Metric.LAYER_PREFIX, above.prefixScan(0), bare.prefixScan(0));
    }
    Disk.delete(trial.directory().resolve(name));
    Disk.delete(trial.directory().resolve(name + "-below"));
  }

  private void tell(Metric metric, Crew.Burst upper, Crew.Burst lower) throws Exception {
    tell(metric, new Turns(upper, lower).run(trial.millis()));
  }

  private void tell(Metric metric, double ratio) {
    if (report != null) {
      report.figure(metric, ratio);
    }
  }

  private double fill(Engine upper, Engine lower) throws Exception {
    var above = new Fill(upper);
    var bare = new Fill(lower);
    var turns = new Turns(above, bare);
    while (above.hasMore() && bare.hasMore()) {
      turns.next();
    }
    for (Fill each : new Fill[] {above, bare}) {
      while (each.hasMore()) {
        each.run();
      }
    }
    return turns.ratio();
  }

  /** Puts every entry once. */
  private final class Fill implements Crew.Burst {
    private final Engine engine;
    private final Data data = trial.data();
    private long next;

    Fill(Engine engine) {
      this.engine = engine;
    }

    boolean hasMore() {
      return next < trial.entries();
    }

    @Override
    public int run() throws Exception {
      long before = next;
      long end = Math.min(trial.entries(), before + BURST);
      for (; next < end; next++) {
        engine.put(data.key(next), data.value(next, 0));
      }
      return (int) (end - before);
    }
  }
}

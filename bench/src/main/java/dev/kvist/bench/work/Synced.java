package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;
import java.util.concurrent.ThreadFactory;

/** Puts that are on the device when they return. */
final class Synced {
  private static final int BURST = 8;

  /** So many phases run before one counts: with many threads compilers get little of the cores. */
  private static final int WARM_PHASES = 2;

  private static final long KEYS_OF_A_THREAD = 1L << 32;

  private final Engine engine;
  private final Data data;
  private long nextPhase;

  private Synced(Trial trial, Engine engine) {
    this.engine = engine;
    data = trial.data();
  }

  static void run(Trial trial, Report report) throws Exception {
    ThreadFactory platform = Thread.ofPlatform().factory();
    ThreadFactory virtual = Thread.ofVirtual().factory();
    long warmMillis = WARM_PHASES * trial.millis();
    try (Engine engine = trial.open("store", true)) {
      var synced = new Synced(trial, engine);
      synced.many(platform, 1, warmMillis);
      synced.alone(trial.millis(), report);
      synced.many(virtual, 64, warmMillis);
      report.figure(Metric.SYNC64, synced.many(virtual, 64, trial.millis()));
      synced.many(platform, 64, warmMillis);
      report.figure(Metric.SYNC64_PLATFORM, synced.many(platform, 64, trial.millis()));
      synced.many(platform, 50, warmMillis);
      synced.counted(platform, trial.millis(), report);
    }
  }

  private void alone(long millis, Report report) throws Exception {
    var histogram = new Histogram();
    long first = ++nextPhase << 48;
    double rate =
        Crew.perSecond(Thread.ofPlatform().factory(), 1, millis, _ -> timed(first, histogram));
    report.figure(Metric.SYNC1, rate);
    report.figure(Metric.SYNC1_P50, histogram.quantile(0.5) / 1e3);
    report.figure(Metric.SYNC1_P99, histogram.quantile(0.99) / 1e3);
  }

  private Crew.Burst timed(long first, Histogram histogram) {
    return new Crew.Burst() {
      private long number = first;

      @Override
      public int run() throws Exception {
        for (int i = 0; i < BURST; i++) {
          byte[] key = data.key(number);
          byte[] value = data.value(number++, 0);
          long begin = System.nanoTime();
          engine.put(key, value);
          histogram.record(System.nanoTime() - begin);
        }
        return BURST;
      }
    };
  }

  private double many(ThreadFactory factory, int threads, long millis) throws Exception {
    long first = ++nextPhase << 48;
    return Crew.perSecond(factory, threads, millis, thread -> plain(first, thread));
  }

  private Crew.Burst plain(long first, int thread) {
    return new Crew.Burst() {
      private long number = first + thread * KEYS_OF_A_THREAD;

      @Override
      public int run() throws Exception {
        for (int i = 0; i < BURST; i++) {
          engine.put(data.key(number), data.value(number++, 0));
        }
        return BURST;
      }
    };
  }

  private void counted(ThreadFactory factory, long millis, Report report) throws Exception {
    long syncs = engine.syncs();
    long begin = System.nanoTime();
    double rate = many(factory, 50, millis);
    double puts = rate * (System.nanoTime() - begin) / 1e9;
    report.figure(Metric.SYNC50, rate);
    if (syncs >= 0) {
      report.figure(Metric.SYNC50_SYNCS, (engine.syncs() - syncs) / puts * 1_000);
    }
  }
}

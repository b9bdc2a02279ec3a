package dev.kvist.bench.work;

import dev.kvist.bench.engine.KvistEngine;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;

/**
 * Operations that are due at fixed times, whether the ones before are done or not; their times
 * count from when they were due. A second thread does nothing but look at the clock: what keeps it
 * from running keeps the engine from running too.
 */
final class OpenLoop {
  static final int PER_SECOND = 200_000;

  private static final int WARM_MILLIS = 10_000;

  /** So many are due at once, since a thread cannot sleep for less than about this long. */
  private static final int AT_ONCE = 20;

  private static final int STEPS_BETWEEN_LOOKS = 256;

  private final Data data;
  private final KvistEngine engine;
  private final int entries;
  private final SplittableRandom random;
  final Histogram puts = new Histogram();
  final Histogram gets = new Histogram();

  OpenLoop(Trial trial, KvistEngine engine) {
    this.engine = engine;
    data = trial.data();
    entries = Math.toIntExact(trial.entries());
    random = new SplittableRandom(trial.round());
  }

  static void run(Trial trial, Report report) throws Exception {
    try (var engine = (KvistEngine) trial.open("store", false)) {
      var warm = new OpenLoop(trial, engine);
      for (int i = 0; i < warm.entries; i++) {
        engine.put(warm.data.key(i), warm.data.value(i, 0));
      }
      warm.loop(Math.max(trial.millis() / 20, WARM_MILLIS), PER_SECOND, () -> false);
      System.gc();

      var measured = new OpenLoop(trial, engine);
      long compactions = compactions(engine);
      var control = new Control();
      FutureTask<Long> controlled = Crew.start(Thread.ofPlatform().factory(), control::run);
      double rate = measured.loop(trial.millis(), PER_SECOND, () -> false);
      control.stop = true;
      report.figure(Metric.LOOP_RATE, rate);
      report.figure(Metric.LOOP_PUT_WORST, measured.puts.max() / 1e3);
      report.figure(Metric.LOOP_GET_WORST, measured.gets.max() / 1e3);
      measured.puts.add(measured.gets);
      report.figure(Metric.LOOP_P9999, measured.puts.quantile(0.9999) / 1e3);
      report.figure(Metric.LOOP_CONTROL, controlled.get() / 1e3);
      report.figure(Metric.LOOP_COMPACTIONS, compactions(engine) - compactions);
    }
  }

  private static long compactions(KvistEngine engine) {
    return engine.connection().stats().getOrDefault("compactions", 0L);
  }

  /** Looks at the clock and keeps the longest time between two looks. */
  private static final class Control {
    volatile boolean stop;

    long run() {
      long worst = 0;
      long last = System.nanoTime();
      while (!stop) {
        long now = System.nanoTime();
        worst = Math.max(worst, now - last);
        last = now;
      }
      return worst;
    }
  }

  /** When a loop ends before its time. */
  @FunctionalInterface
  interface Until {
    boolean reached();
  }

  /** Half gets, half overwrites, of keys that are there; returns the rate that was kept. */
  double loop(long millis, int perSecond, Until until) {
    long begin = System.nanoTime();
    long stepNanos = 1_000_000_000L * AT_ONCE / perSecond;
    long steps = millis * 1_000_000 / stepNanos;
    long step = 0;
    while (step < steps && !(step % STEPS_BETWEEN_LOOKS == 0 && until.reached())) {
      long due = begin + step * stepNanos;
      for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
        LockSupport.parkNanos(early);
      }
      for (int i = 0; i < AT_ONCE; i++) {
        one(due);
      }
      step++;
    }
    return step * AT_ONCE * 1e9 / (System.nanoTime() - begin);
  }

  private void one(long due) {
    int draw = random.nextInt();
    long number = random.nextInt(entries);
    if ((draw & 1) == 0) {
      byte[] value = engine.get(data.key(number));
      gets.record(System.nanoTime() - due);
      if (value == null) {
        throw new IllegalStateException("a get did not find a key that is there");
      }
      data.check(number, value);
    } else {
      engine.put(data.key(number), data.value(number, draw));
      puts.record(System.nanoTime() - due);
    }
  }
}

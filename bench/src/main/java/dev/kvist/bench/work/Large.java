package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;
import java.util.SplittableRandom;

/** A data set ten times as large as the engine's cache: fill, reads, deletes of a half. */
final class Large {
  private static final int BURST = 16;
  private static final long WARM_BYTES = 32L << 20;
  private static final int SAMPLES = 1_000;

  private final Trial trial;
  private final Engine engine;
  private final Data data;

  private Large(Trial trial, Engine engine) {
    this.trial = trial;
    this.engine = engine;
    data = trial.data();
  }

  static void run(Trial trial, Report report) throws Exception {
    long few = Math.max(1, WARM_BYTES / (Data.KEY_BYTES + trial.valueBytes()));
    measure(trial.withEntries(Math.min(few, trial.entries())), "warm", new Report(System.err));
    Disk.delete(trial.directory().resolve("warm"));
    System.gc();
    measure(trial, "store", report);
  }

  private static void measure(Trial trial, String folder, Report report) throws Exception {
    try (Engine engine = trial.open(folder, false)) {
      var large = new Large(trial, engine);
      report.figure(Metric.LARGE_FILL, large.fill());
      Crew.pause(trial.pauseMillis());
      large.tellWritten(report);
      report.figure(Metric.LARGE_DISK, Disk.bytes(trial.directory().resolve(folder)));
      report.figure(Metric.LARGE_GET1, large.perSecond(1, large::get));
      report.figure(Metric.LARGE_GET2, large.perSecond(2, large::get));
      report.figure(Metric.LARGE_SCAN, large.perSecond(1, large::scan));
      report.figure(Metric.LARGE_DELETE, large.deleteHalf());
      long before = System.nanoTime();
      engine.reclaim();
      report.figure(Metric.LARGE_RECLAIM, (System.nanoTime() - before) / 1e6);
      Crew.pause(trial.pauseMillis());
      report.figure(Metric.LARGE_DISK_LEFT, Disk.bytes(trial.directory().resolve(folder)));
      large.checkHalf();
    }
  }

  private double fill() throws Exception {
    long begin = System.nanoTime();
    for (long number = 0; number < trial.entries(); number++) {
      engine.put(data.key(number), data.value(number, 0));
    }
    return trial.entries() * 1e9 / (System.nanoTime() - begin);
  }

  /** What is still in memory is not written: at most the write buffers. */
  private void tellWritten(Report report) throws Exception {
    Engine.Written written = engine.written();
    if (written != null) {
      double bytes = trial.dataBytes();
      report.figure(Metric.LARGE_WRITTEN, written.tableBytes() / bytes);
      report.figure(Metric.LARGE_WRITTEN_LOG, (written.tableBytes() + written.logBytes()) / bytes);
    }
  }

  private double perSecond(int threads, java.util.function.IntFunction<Crew.Burst> bursts)
      throws Exception {
    return Crew.perSecond(Thread.ofPlatform().factory(), threads, trial.millis(), bursts);
  }

  private Crew.Burst get(int thread) {
    var random = new SplittableRandom(Data.mix(31L * trial.round() + thread));
    return () -> {
      for (int i = 0; i < BURST; i++) {
        expect(random.nextLong(trial.entries()), true);
      }
      return BURST;
    };
  }

  private Crew.Burst scan(int thread) {
    var random = new SplittableRandom(Data.mix(31L * trial.round() + thread));
    var check = new ScanCheck(true, trial.valueBytes());
    return () -> {
      check.begin();
      return (int) engine.scan(data.prefixOf(random.nextLong(data.groups())), check);
    };
  }

  private double deleteHalf() throws Exception {
    long begin = System.nanoTime();
    long deleted = 0;
    for (long number = 0; number < trial.entries(); number += 2) {
      engine.delete(data.key(number));
      deleted++;
    }
    return deleted * 1e9 / (System.nanoTime() - begin);
  }

  private void checkHalf() throws Exception {
    long step = Math.max(1, trial.entries() / SAMPLES | 1);
    for (long number = 0; number < trial.entries(); number += step) {
      expect(number, number % 2 == 1);
    }
  }

  private void expect(long number, boolean present) throws Exception {
    byte[] value = engine.get(data.key(number));
    if ((value != null) != present) {
      throw new IllegalStateException("a get found what is not there, or did not what is");
    }
    if (value != null) {
      data.check(number, value);
    }
  }
}

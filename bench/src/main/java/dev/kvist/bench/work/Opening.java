package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;

/** How long an open with a first get takes, in a process that has opened another store before. */
final class Opening {
  private static final int SMALL_ENTRIES = 1_000;
  private static final int SAMPLES = 10_000;

  private Opening() {}

  static void fillAndClose(Trial trial, Report report) throws Exception {
    try (Engine engine = trial.open("clean", false)) {
      fill(trial, engine);
    }
    report.note("filled");
  }

  /** Fills a store and leaves it open, to be killed. */
  static void fill(Trial trial, Report report) throws Exception {
    Engine engine = trial.open("killed", false);
    fill(trial, engine);
    report.readyToBeKilled();
    engine.close();
  }

  private static void fill(Trial trial, Engine engine) throws Exception {
    Data data = trial.data();
    for (long i = 0; i < trial.entries(); i++) {
      engine.put(data.key(i), data.value(i, 0));
    }
  }

  static void openClean(Trial trial, Report report) throws Exception {
    loadClasses(trial);
    report.figure(Metric.OPEN_CLEAN, open(trial, "clean", 0) / 1e6);
    // Of two stores of the same size only one is on the disk at a time.
    Disk.delete(trial.directory().resolve("clean"));
  }

  static void openKilled(Trial trial, Report report) throws Exception {
    loadClasses(trial);
    long before = System.nanoTime();
    try (Engine engine = trial.open("killed", false)) {
      Data data = trial.data();
      engine.get(data.key(0));
      report.figure(Metric.OPEN_KILLED, (System.nanoTime() - before) / 1e6);
      report.figure(Metric.LOST, 100 * lost(trial, data, engine));
    }
  }

  /** A small store, made, closed and opened again. */
  static void loadClasses(Trial trial) throws Exception {
    Trial small = trial.withEntries(SMALL_ENTRIES);
    try (Engine engine = small.open("small", false)) {
      fill(small, engine);
    }
    open(small, "small", 1);
    Disk.delete(trial.directory().resolve("small"));
  }

  private static long open(Trial trial, String folder, long number) throws Exception {
    Data data = trial.data();
    long before = System.nanoTime();
    try (Engine engine = trial.open(folder, false)) {
      byte[] value = engine.get(data.key(number));
      long nanos = System.nanoTime() - before;
      if (value == null) {
        throw new IllegalStateException("a store that was closed well has lost a key");
      }
      data.check(number, value);
      return nanos;
    }
  }

  /** The share of the keys that is gone, from a sample evenly spread, the last one included. */
  private static double lost(Trial trial, Data data, Engine engine) throws Exception {
    long step = Math.max(1, trial.entries() / SAMPLES);
    long asked = 0;
    long gone = 0;
    for (long number = trial.entries() - 1; number >= 0; number -= step) {
      byte[] value = engine.get(data.key(number));
      if (value == null) {
        gone++;
      } else {
        data.check(number, value);
      }
      asked++;
    }
    return (double) gone / asked;
  }
}

package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;
import dev.kvist.bench.engine.Subject.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Fill, scans, gets, misses, prefix scans and a mix, on one store. */
final class Point {
  private static final int BURST = 256;
  private static final int KEYS_OF_A_CALL = 100;
  private static final int ZIPFIAN_NUMBERS = 1 << 20;
  private static final int WARM_ENTRIES = 1_000_000;

  /** For so many phases stores are filled and scanned before anything counts. */
  private static final int WARM_PHASES = 3;

  private static final byte[] EVERYTHING = {};

  private final Trial trial;
  private final Engine engine;
  private final Data data;
  private final int entries;

  Point(Trial trial, Engine engine) {
    this.trial = trial;
    this.engine = engine;
    data = trial.data();
    entries = Math.toIntExact(trial.entries());
  }

  static void run(Trial trial, Report report) throws Exception {
    warmUp(trial);
    var point = new Point(trial, trial.open("store", false));
    point.fillAndScan(report);
    if (trial.subject().has(Trait.READS)) {
      Crew.pause(trial.pauseMillis());
      point.read(report);
    }
    if (trial.subject().has(Trait.PERSISTS)) {
      Crew.pause(trial.pauseMillis());
      report.figure(Metric.DISK, Disk.bytes(trial.directory().resolve("store")));
    }
    long before = System.nanoTime();
    point.engine.close();
    if (trial.subject().has(Trait.PERSISTS)) {
      report.figure(Metric.CLOSE, (System.nanoTime() - before) / 1e6);
      report.figure(Metric.DISK_CLOSED, Disk.bytes(trial.directory().resolve("store")));
    }
  }

  /** The same on a smaller store that does not count, so that all code is compiled. */
  private static void warmUp(Trial trial) throws Exception {
    Trial small =
        trial
            .withEntries(Math.min(trial.entries(), WARM_ENTRIES))
            .withMillis(Math.max(trial.millis() / 2, 1));
    long until = System.nanoTime() + WARM_PHASES * trial.millis() * 1_000_000;
    boolean last;
    do {
      last = System.nanoTime() >= until;
      var point = new Point(small, small.open("warm", false));
      point.fill();
      if (trial.subject().has(Trait.SCANS)) {
        point.scan();
        point.scan();
      }
      if (last && trial.subject().has(Trait.READS)) {
        point.read(null);
      }
      point.engine.close();
      Disk.delete(trial.directory().resolve("warm"));
    } while (!last);
    System.gc();
    Crew.pause(trial.pauseMillis() / 4);
  }

  private void fillAndScan(Report report) throws Exception {
    double fillNanos = fill();
    report.figure(Metric.FILL, entries * 1e9 / fillNanos);
    if (trial.subject().has(Trait.SCANS)) {
      double first = scan();
      report.figure(Metric.FILL_SCAN, entries * 1e9 / (fillNanos + first));
      double second = scan();
      report.figure(Metric.SCAN, entries * 1e9 / second);
      report.figure(Metric.FILL_ORDERED, entries * 1e9 / (fillNanos + Math.max(0, first - second)));
    }
  }

  private double fill() throws Exception {
    long begin = System.nanoTime();
    for (int i = 0; i < entries; i++) {
      engine.put(data.key(i), data.value(i, 0));
    }
    return System.nanoTime() - begin;
  }

  /** All entries; returns how many there were. */
  int scanAll() throws Exception {
    scan();
    return entries;
  }

  private double scan() throws Exception {
    var check = new ScanCheck(trial.subject().has(Trait.ORDERED), trial.valueBytes());
    long begin = System.nanoTime();
    long found = engine.scan(EVERYTHING, check);
    double nanos = System.nanoTime() - begin;
    if (found != entries) {
      throw new IllegalStateException(
          "a full scan gave " + found + " entries where " + entries + " are");
    }
    return nanos;
  }

  /** Reads, then mixes; without a report nothing is told. */
  private void read(@Nullable Report report) throws Exception {
    tell(report, Metric.GET1, 1, thread -> get(thread, 0));
    tell(report, Metric.GET2, 2, thread -> get(thread, 0));
    tell(report, Metric.MISS, 1, thread -> get(thread, entries));
    if (trial.subject().has(Trait.ORDERED)) {
      tell(report, Metric.PREFIX, 1, this::prefixScan);
    }
    if (trial.subject().has(Trait.MULTI_GETS)) {
      tell(report, Metric.MULTI_GET, 1, this::multiGet);
    }
    double heap = Allocation.ofGet(engine, data, entries);
    if (report != null) {
      report.figure(Metric.GET_HEAP, heap);
    }
    var zipfian = new Zipfian(entries, Zipfian.THETA);
    tell(report, Metric.MIX2, 2, thread -> mix(thread, zipfian));
  }

  private void tell(
      @Nullable Report report,
      Metric metric,
      int threads,
      java.util.function.IntFunction<Crew.Burst> bursts)
      throws Exception {
    double rate = Crew.perSecond(Thread.ofPlatform().factory(), threads, trial.millis(), bursts);
    if (report != null) {
      report.figure(metric, rate);
    }
  }

  private SplittableRandom random(int thread) {
    return new SplittableRandom(Data.mix(31L * trial.round() + thread));
  }

  /** Gets of keys numbered from {@code first}: those from {@code entries} on are not there. */
  Crew.Burst get(int thread, long first) {
    SplittableRandom random = random(thread);
    return () -> {
      for (int i = 0; i < BURST; i++) {
        long number = first + random.nextInt(entries);
        byte[] value = engine.get(data.key(number));
        if ((value == null) != (first > 0)) {
          throw new IllegalStateException("a get found what is not there, or did not what is");
        }
        if (value != null) {
          data.check(number, value);
        }
      }
      return BURST;
    };
  }

  Crew.Burst multiGet(int thread) {
    SplittableRandom random = random(thread);
    long[] numbers = new long[KEYS_OF_A_CALL];
    return () -> {
      var keys = new ArrayList<byte[]>(numbers.length);
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = random.nextInt(entries);
        keys.add(data.key(numbers[i]));
      }
      List<byte @Nullable []> values = engine.getAll(keys);
      for (int i = 0; i < numbers.length; i++) {
        byte[] value = values.get(i);
        if (value == null) {
          throw new IllegalStateException("a get of many keys did not find one that is there");
        }
        data.check(numbers[i], value);
      }
      return numbers.length;
    };
  }

  Crew.Burst prefixScan(int thread) {
    SplittableRandom random = random(thread);
    var check = new ScanCheck(true, trial.valueBytes());
    return () -> {
      check.begin();
      return (int) engine.scan(data.prefixOf(random.nextLong(data.groups())), check);
    };
  }

  private Crew.Burst mix(int thread, Zipfian zipfian) {
    int[] numbers = zipfian.numbers(Math.min(ZIPFIAN_NUMBERS, 4 * entries), thread + 1L);
    SplittableRandom random = random(thread);
    return new Crew.Burst() {
      private int at;

      @Override
      public int run() throws Exception {
        for (int i = 0; i < BURST; i++) {
          int number = numbers[at++ % numbers.length];
          if ((random.nextInt() & 1) == 0) {
            byte[] value = engine.get(data.key(number));
            if (value == null) {
              throw new IllegalStateException("a get did not find a key that is there");
            }
            data.check(number, value);
          } else {
            engine.put(data.key(number), data.value(number, at));
          }
        }
        at %= numbers.length;
        return BURST;
      }
    };
  }
}

package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;
import dev.kvist.bench.engine.Subject.Trait;
import java.util.SplittableRandom;

/**
 * The mixes of the Yahoo Cloud Serving Benchmark (Cooper et al., 2010) by two threads, in the order
 * that its authors recommend: those that insert come last.
 *
 * <p>The latest entries of D are for each thread those that it inserted itself, newest first, and
 * behind them those of the fill: another one's may be on their way.
 */
final class Ycsb {
  private static final int THREADS = 2;
  private static final int BURST = 32;
  private static final int MOST_DRAWN = 1 << 20;
  private static final int LONGEST_SCAN = 100;
  private static final int WARM_ENTRIES = 200_000;

  /** What the larger share of a mix does. */
  private enum Reading {
    ZIPFIAN,
    LATEST,
    SCAN
  }

  /** What the rest of it does. */
  private enum Writing {
    UPDATE,
    INSERT,
    READ_AND_UPDATE
  }

  private enum Mix {
    A(Metric.YCSB_A, 50, Reading.ZIPFIAN, Writing.UPDATE),
    B(Metric.YCSB_B, 95, Reading.ZIPFIAN, Writing.UPDATE),
    C(Metric.YCSB_C, 100, Reading.ZIPFIAN, Writing.UPDATE),
    F(Metric.YCSB_F, 50, Reading.ZIPFIAN, Writing.READ_AND_UPDATE),
    D(Metric.YCSB_D, 95, Reading.LATEST, Writing.INSERT),
    E(Metric.YCSB_E, 95, Reading.SCAN, Writing.INSERT);

    final Metric metric;
    final int readPercent;
    final Reading reading;
    final Writing writing;

    Mix(Metric metric, int readPercent, Reading reading, Writing writing) {
      this.metric = metric;
      this.readPercent = readPercent;
      this.reading = reading;
      this.writing = writing;
    }
  }

  private final Trial trial;
  private final Engine engine;
  private final Data data;
  private final int entries;
  private final Zipfian zipfian;

  /** How many entries each thread has inserted; one thread at a time has its place. */
  private final long[] inserted = new long[THREADS];

  private Ycsb(Trial trial, Engine engine) {
    this.trial = trial;
    this.engine = engine;
    data = trial.data();
    entries = Math.toIntExact(trial.entries());
    zipfian = new Zipfian(entries, Zipfian.THETA);
  }

  static void run(Trial trial, Report report) throws Exception {
    Trial small =
        trial.withEntries(Math.min(trial.entries(), WARM_ENTRIES)).withMillis(trial.millis() / 2);
    try (Engine engine = small.open("warm", false)) {
      new Ycsb(small, engine).measure(new Report(System.err));
    }
    Disk.delete(trial.directory().resolve("warm"));
    System.gc();
    try (Engine engine = trial.open("store", false)) {
      new Ycsb(trial, engine).measure(report);
    }
  }

  private void measure(Report report) throws Exception {
    for (int i = 0; i < entries; i++) {
      engine.put(data.key(i), data.value(i, 0));
    }
    Crew.pause(trial.pauseMillis());
    for (Mix mix : Mix.values()) {
      if (mix.reading != Reading.SCAN || trial.subject().has(Trait.ORDERED)) {
        report.figure(
            mix.metric,
            Crew.perSecond(
                Thread.ofPlatform().factory(),
                THREADS,
                trial.millis(),
                thread -> new Client(mix, thread)));
      }
    }
  }

  /** One thread of a mix. */
  private final class Client implements Crew.Burst {
    private final Mix mix;
    private final int thread;
    private final int[] drawn;
    private final SplittableRandom random;
    private final ScanCheck check = new ScanCheck(true, trial.valueBytes());
    private int at;

    Client(Mix mix, int thread) {
      this.mix = mix;
      this.thread = thread;
      long seed = Data.mix(101L * trial.round() + thread);
      random = new SplittableRandom(seed);
      int count = Math.min(MOST_DRAWN, 4 * entries);
      drawn =
          mix.reading == Reading.LATEST ? zipfian.ranks(count, seed) : zipfian.numbers(count, seed);
    }

    @Override
    public int run() throws Exception {
      for (int i = 0; i < BURST; i++) {
        if (random.nextInt(100) < mix.readPercent) {
          read();
        } else {
          write();
        }
      }
      return BURST;
    }

    private int draw() {
      at = at == drawn.length - 1 ? 0 : at + 1;
      return drawn[at];
    }

    private void read() throws Exception {
      switch (mix.reading) {
        case ZIPFIAN -> get(draw());
        case LATEST -> get(latest(draw(), thread, inserted[thread], entries));
        case SCAN -> scan(draw());
      }
    }

    private void get(long number) throws Exception {
      byte[] value = engine.get(data.key(number));
      if (value == null) {
        throw new IllegalStateException("a get did not find a key that is there");
      }
      data.check(number, value);
    }

    private void scan(int number) throws Exception {
      check.begin();
      int most = 1 + random.nextInt(LONGEST_SCAN);
      if (engine.scanFrom(data.key(number), most, check) == 0) {
        throw new IllegalStateException("a scan did not find the key that it began with");
      }
    }

    private void write() throws Exception {
      switch (mix.writing) {
        case UPDATE -> update(draw());
        case READ_AND_UPDATE -> {
          int number = draw();
          get(number);
          update(number);
        }
        case INSERT -> {
          long number = number(inserted[thread], thread, entries);
          engine.put(data.key(number), data.value(number, 0));
          inserted[thread]++;
        }
      }
    }

    private void update(int number) throws Exception {
      engine.put(data.key(number), data.value(number, random.nextInt()));
    }
  }

  /** The number of the entry that a thread inserts as its {@code nth}, from 0. */
  static long number(long nth, int thread, long entries) {
    return entries + thread + nth * THREADS;
  }

  /**
   * The number of the entry that is, for a thread, as old as a rank says.
   *
   * @param rank 0 for the newest, less than {@code entries}
   * @param inserted how many the thread has inserted
   * @param entries how many were there before
   */
  static long latest(int rank, int thread, long inserted, long entries) {
    return rank < inserted
        ? number(inserted - 1 - rank, thread, entries)
        : entries - 1 - (rank - inserted);
  }
}

package dev.kvist.bench.work;

import dev.kvist.PutOptions;
import dev.kvist.bench.engine.KvistEngine;
import java.time.Duration;
import java.time.Instant;

/** Many keys with deadlines in the same second, and the operations on others meanwhile. */
final class MassExpiry {
  private static final int PER_SECOND = 50_000;
  private static final int LIVING = 100_000;

  /** How long before the deadline the operations start, so that they are at their pace. */
  private static final long LEAD_MILLIS = 1_000;

  private static final long MOST_MILLIS = 60_000;
  private static final long FIRST_EXPIRING = 1L << 40;

  private MassExpiry() {}

  static void run(Trial trial, Report report) throws Exception {
    Trial living = trial.withEntries(Math.min(LIVING, trial.entries()));
    try (var engine = (KvistEngine) trial.open("store", false)) {
      Data data = living.data();
      for (long i = 0; i < living.entries(); i++) {
        engine.put(data.key(i), data.value(i, 0));
      }
      new OpenLoop(living, engine).loop(LEAD_MILLIS, PER_SECOND, () -> false);
      long before = expired(engine);
      Instant deadline = writeExpiring(trial, data, engine);
      long early = Duration.between(Instant.now(), deadline).toMillis() - LEAD_MILLIS;
      if (early < 0) {
        throw new IllegalStateException(
            "the keys were not written in time for their deadline: the engine or the machine is too slow");
      }
      Crew.pause(early);
      var loop = new OpenLoop(living, engine);
      loop.loop(
          LEAD_MILLIS + MOST_MILLIS, PER_SECOND, () -> expired(engine) - before >= trial.entries());
      report.figure(Metric.EXPIRY_SWEPT, Duration.between(deadline, Instant.now()).toMillis());
      if (expired(engine) - before < trial.entries()) {
        throw new IllegalStateException(
            expired(engine) - before + " keys were swept within " + MOST_MILLIS + " ms");
      }
      loop.puts.add(loop.gets);
      report.figure(Metric.EXPIRY_WORST, loop.puts.max() / 1e3);
      report.figure(Metric.EXPIRY_P9999, loop.puts.quantile(0.9999) / 1e3);
    }
  }

  private static Instant writeExpiring(Trial trial, Data data, KvistEngine engine) {
    // At 20,000 puts a second they are all there in time; deadlines lie within one second.
    Instant deadline = Instant.now().plusMillis(LEAD_MILLIS + 2_000 + trial.entries() / 20);
    for (long i = 0; i < trial.entries(); i++) {
      long number = FIRST_EXPIRING + i;
      Instant own = deadline.minusMillis(i % 1_000);
      engine
          .store()
          .writer()
          .put(data.key(number), data.value(number, 0), PutOptions.DEFAULT.withExpires(own));
    }
    return deadline;
  }

  private static long expired(KvistEngine engine) {
    return engine.connection().stats().getOrDefault("expired", 0L);
  }
}

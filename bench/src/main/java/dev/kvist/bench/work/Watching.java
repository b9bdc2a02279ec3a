package dev.kvist.bench.work;

import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.bench.engine.KvistEngine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** What watches cost a writer, and how fast one consumer is served. */
final class Watching {
  /** So many that the change stream still has all of them. */
  private static final long DELIVERED_BYTES = 40L << 20;

  private static final int RECORD_OVERHEAD_BYTES = 64;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private Watching() {}

  static void run(Trial trial, Report report) throws Exception {
    fill(trial.withEntries(trial.entries() / 4 + 1), 1);
    report.figure(Metric.WATCH0_FILL, fill(trial, 0).rate);
    Filled one = fill(trial, 1);
    report.figure(Metric.WATCH1_FILL, one.rate);
    Filled hundred = fill(trial, 100);
    report.figure(Metric.WATCH100_FILL, hundred.rate);
    report.figure(Metric.WATCH_OVERTAKEN, one.overtaken + hundred.overtaken);
    report.figure(Metric.DELIVERY, delivery(trial));
  }

  private record Filled(double rate, int overtaken) {}

  private static Filled fill(Trial trial, int watches) throws Exception {
    Data data = trial.data();
    var consumers = new ArrayList<FutureTask<Boolean>>();
    double rate;
    try (var engine = (KvistEngine) trial.open("fill", false)) {
      for (int i = 0; i < watches; i++) {
        KvWatch watch =
            engine.store().watcher().watch(scope(data, i, watches), WatchOptions.fromNow());
        consumers.add(Crew.start(Thread.ofVirtual().factory(), () -> drain(watch)));
      }
      long begin = System.nanoTime();
      for (long i = 0; i < trial.entries(); i++) {
        engine.put(data.key(i), data.value(i, 0));
      }
      rate = trial.entries() * 1e9 / (System.nanoTime() - begin);
    }
    int overtaken = 0;
    for (boolean was : Crew.results(consumers)) {
      overtaken += was ? 1 : 0;
    }
    Disk.delete(trial.directory().resolve("fill"));
    return new Filled(rate, overtaken);
  }

  /** The groups of keys, dealt out to the watches. */
  private static WatchScope scope(Data data, int watch, int watches) {
    if (watches == 1) {
      return WatchScope.all();
    }
    var prefixes = new ArrayList<byte[]>();
    for (long group = watch; group < Math.max(watches, data.groups()); group += watches) {
      prefixes.add(data.prefixOf(group));
    }
    return WatchScope.prefixes(prefixes);
  }

  /** Takes updates until the store is closed; whether retention overtook the watch. */
  private static boolean drain(KvWatch watch) {
    try (watch) {
      while (true) {
        watch.next();
      }
    } catch (KvException.CursorExpired e) {
      return true;
    } catch (KvException.Closed e) {
      return false;
    }
  }

  private static double delivery(Trial trial) throws Exception {
    Data data = trial.data();
    int record = Data.KEY_BYTES + trial.valueBytes() + RECORD_OVERHEAD_BYTES;
    long updates = Math.max(1, Math.min(trial.entries(), DELIVERED_BYTES / record));
    try (var engine = (KvistEngine) trial.open("delivery", false)) {
      engine.put(data.key(0), data.value(0, 0));
      WatchCursor start = caughtUp(engine);
      for (long i = 0; i < updates; i++) {
        engine.put(data.key(i), data.value(i, 0));
      }
      consume(engine, start, updates, trial.valueBytes());
      long nanos = 0;
      long taken = 0;
      do {
        nanos += consume(engine, start, updates, trial.valueBytes());
        taken += updates;
      } while (nanos < trial.millis() * 1_000_000);
      return taken * 1e9 / nanos;
    }
  }

  private static WatchCursor caughtUp(KvistEngine engine) {
    try (KvWatch watch =
        engine.store().watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
      @Nullable KvUpdate update = watch.next(PATIENCE);
      while (update != null && !(update instanceof KvUpdate.CaughtUp)) {
        update = watch.next(PATIENCE);
      }
      WatchCursor cursor = watch.cursor();
      if (cursor == null) {
        throw new IllegalStateException("a watch did not catch up within " + PATIENCE);
      }
      return cursor;
    }
  }

  private static long consume(KvistEngine engine, WatchCursor start, long updates, int valueBytes) {
    long begin = System.nanoTime();
    try (KvWatch watch =
        engine.store().watcher().watch(WatchScope.all(), WatchOptions.from(start))) {
      for (long i = 0; i < updates; i++) {
        if (!(watch.next() instanceof KvUpdate.Put put) || put.value().length != valueBytes) {
          throw new IllegalStateException("a watch gave something that was not put");
        }
      }
    }
    return System.nanoTime() - begin;
  }
}

package dev.kvist.bench.work;

import dev.kvist.Connection;
import dev.kvist.bench.engine.KvistEngine;

/** A store with very many buckets. */
final class ManyBuckets {
  private static final int BUCKETS = 10_000;

  private ManyBuckets() {}

  static void make(Trial trial, Report report) throws Exception {
    Data data = trial.data();
    try (var engine = (KvistEngine) trial.open("store", false)) {
      Connection connection = engine.connection();
      for (int i = 0; i < BUCKETS; i++) {
        connection.store("bucket-" + i).writer().put(data.key(i), data.value(i, 0));
      }
    }
    report.note("made " + BUCKETS + " buckets");
  }

  static void open(Trial trial, Report report) throws Exception {
    Opening.loadClasses(trial);
    Data data = trial.data();
    long before = System.nanoTime();
    try (var engine = (KvistEngine) trial.open("store", false)) {
      int last = BUCKETS - 1;
      byte[] value = engine.connection().store("bucket-" + last).reader().get(data.key(last));
      report.figure(Metric.BUCKETS_OPEN, (System.nanoTime() - before) / 1e6);
      if (value == null) {
        throw new IllegalStateException("a bucket has lost its key");
      }
      data.check(last, value);
    }
  }
}

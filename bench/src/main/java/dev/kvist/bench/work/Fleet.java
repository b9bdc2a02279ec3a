package dev.kvist.bench.work;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.fleet.FleetClient;
import dev.kvist.bench.fleet.FleetClient.Way;
import dev.kvist.bench.fleet.NatsProgram;
import dev.kvist.bench.fleet.NatsServer;
import dev.kvist.bench.fleet.Publisher;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadFactory;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A client of a server that is started for it alone. */
final class Fleet {
  /** Calls to a server are slow to be compiled: so many phases of everything do not count. */
  private static final double WARM_PHASES = 2;

  private static final ThreadFactory PLATFORM = Thread.ofPlatform().factory();
  private static final ThreadFactory VIRTUAL = Thread.ofVirtual().factory();

  private final Trial trial;
  private final NatsServer server;
  private final FleetClient client;
  private final FleetData data;
  private final FleetCalls calls;

  private String bucket = "";

  /** Where figures go; null while nothing counts. */
  private final @Nullable Report report;

  private Fleet(Trial trial, NatsServer server, FleetClient client, @Nullable Report report) {
    this.trial = trial;
    this.server = server;
    this.client = client;
    this.report = report;
    data = new FleetData(trial.data(), Math.toIntExact(trial.entries()));
    calls = new FleetCalls(client, data, trial.round());
  }

  static void run(Trial trial, Report report) throws Exception {
    NatsProgram program = NatsProgram.found();
    if (program == null) {
      throw new IllegalStateException(NatsProgram.MISSING);
    }
    try (NatsServer server = NatsServer.start(program, trial.directory().resolve("nats"));
        FleetClient client = FleetClient.connect(trial.subject(), server.url())) {
      Trial warm = trial.withMillis(Math.max(1, (long) (WARM_PHASES * trial.millis())));
      new Fleet(warm, server, client, null).all("warm");
      new Fleet(trial, server, client, report).all("bench");
    }
  }

  /** What reads comes first: overwrites leave holes in the stream. */
  private void all(String name) throws Exception {
    load(name);
    bucket = name;
    client.make(bucket);
    fill(bucket);
    check();
    read();
    tell(Metric.FLEET_GET1, PLATFORM, 1, calls::get);
    tell(Metric.FLEET_MULTI_GET, PLATFORM, 1, calls::multiGet);
    if (trial.subject().kind() == Subject.Kind.KVIST) {
      inTurns();
    }
    tell(Metric.FLEET_CAS1, PLATFORM, 1, calls::swap);
    tell(Metric.FLEET_PUT1, PLATFORM, 1, calls::put);
    tell(Metric.FLEET_PUT64, VIRTUAL, 64, calls::put);
    // The values that it publishes are of its own kind, so it comes last.
    new FleetLag(server.url(), bucket, client, data, trial.millis()).run(report);
    server.drop(bucket);
    Crew.pause(trial.pauseMillis() / 4);
  }

  /**
   * The calls of one thread, beside those of the library. Each has a bucket that it made itself:
   * the library's gets are other ones where a bucket does not allow direct reads.
   */
  private void inTurns() throws Exception {
    String other = bucket + "-other";
    try (FleetClient library = FleetClient.connect(Subject.named("jnats"), server.url())) {
      library.make(other);
      fill(other);
      var others = new FleetCalls(library, data, trial.round());
      inTurns(Metric.FLEET_GET1_TURNS, calls.get(0), others.get(1));
      inTurns(Metric.FLEET_CAS1_TURNS, calls.swap(0), others.swap(1));
      inTurns(Metric.FLEET_PUT1_TURNS, calls.put(0), others.put(1));
    }
    server.drop(other);
  }

  private void inTurns(Metric metric, Crew.Burst own, Crew.Burst other) throws Exception {
    tell(metric, new Turns(own, other).run(trial.millis()));
  }

  /** Fills buckets for a phase, with what the client has for that. */
  private void load(String name) throws Exception {
    long nanos = 0;
    long entries = 0;
    for (int number = 1; nanos < trial.millis() * 1_000_000; number++) {
      client.make(name + number);
      long begin = System.nanoTime();
      client.store(data.entries(), data);
      nanos += System.nanoTime() - begin;
      entries += data.entries();
      server.drop(name + number);
    }
    tell(Metric.FLEET_IMPORT, entries * 1e9 / nanos);
  }

  /** Fills a bucket with the same messages for all, whatever an import adds. */
  private void fill(String bucket) throws Exception {
    try (Publisher publisher = Publisher.connect(server.url(), bucket)) {
      for (int i = 0; i < data.entries(); i++) {
        publisher.publish(data.key(i), data.value(i));
      }
      publisher.await();
    }
  }

  /** Every value is there, and once. */
  private void check() throws Exception {
    for (Way way : client.ways()) {
      var marks = new long[data.entries()];
      int[] at = {0};
      client.scan(way, value -> marks[at[0]++] = data.mark(value));
      Arrays.sort(marks);
      if (!Arrays.equals(marks, data.sortedMarks())) {
        throw new IllegalStateException("a scan, " + way + ", gave other values than were stored");
      }
    }
  }

  private void read() throws Exception {
    for (Way way : client.ways()) {
      tell(keysMetric(way), perSecond(() -> client.keys(way)));
    }
    for (Way way : client.ways()) {
      tell(scanMetric(way), perSecond(() -> client.scan(way, data::checkLength)));
    }
    tell(Metric.FLEET_SYNC, perSecond(() -> client.synchronize(data::checkLength)));
    prefix();
  }

  private static Metric keysMetric(Way way) {
    return switch (way) {
      case OWN -> Metric.FLEET_KEYS;
      case PUSH -> Metric.FLEET_KEYS_PUSH;
      case PULL -> Metric.FLEET_KEYS_PULL;
    };
  }

  private static Metric scanMetric(Way way) {
    return switch (way) {
      case OWN -> Metric.FLEET_SCAN;
      case PUSH -> Metric.FLEET_SCAN_PUSH;
      case PULL -> Metric.FLEET_SCAN_PULL;
    };
  }

  /** Something that reads everything, and says how many entries that were. */
  @FunctionalInterface
  private interface Reading {
    long run() throws Exception;
  }

  private double perSecond(Reading reading) throws Exception {
    long nanos = 0;
    long entries = 0;
    while (nanos < trial.millis() * 1_000_000) {
      long begin = System.nanoTime();
      long found = reading.run();
      nanos += System.nanoTime() - begin;
      if (found != data.entries()) {
        throw new IllegalStateException(found + " entries were read of " + data.entries());
      }
      entries += found;
    }
    return entries * 1e9 / nanos;
  }

  private void prefix() throws Exception {
    var random = new SplittableRandom(Data.mix(31L * trial.round()));
    long begin = System.nanoTime();
    long nanos = 0;
    int scans = 0;
    while (nanos < trial.millis() * 1_000_000) {
      int group = random.nextInt(data.groups());
      long found = client.scanPrefix(data.prefix(group), data::checkLength);
      if (found != data.entriesOf(group)) {
        throw new IllegalStateException(found + " entries were found of a group");
      }
      scans++;
      nanos = System.nanoTime() - begin;
    }
    tell(Metric.FLEET_PREFIX, nanos / 1e6 / scans);
  }

  private void tell(Metric metric, double figure) {
    if (report != null) {
      report.figure(metric, figure);
    }
  }

  private void tell(
      Metric metric, ThreadFactory factory, int threads, IntFunction<Crew.Burst> bursts)
      throws Exception {
    tell(metric, Crew.perSecond(factory, threads, trial.millis(), bursts));
  }
}

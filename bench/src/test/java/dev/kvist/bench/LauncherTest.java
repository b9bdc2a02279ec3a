package dev.kvist.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.fleet.NatsProgram;
import dev.kvist.bench.work.Metric;
import dev.kvist.bench.work.Trial;
import dev.kvist.bench.work.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole trials, small, in processes of their own. */
final class LauncherTest {
  @TempDir private Path temporary;

  @ParameterizedTest
  @ValueSource(strings = {"kvist-simple", "kvist-rocksdb", "rocksdb-same", "rocksdb", "map"})
  void aTrialTellsItsFiguresAndLeavesNothing(String engine) throws Exception {
    Launcher.Outcome outcome = run(Workload.POINT, engine);
    assertNull(outcome.failure());
    for (Metric metric :
        Set.of(Metric.FILL, Metric.FILL_SCAN, Metric.GET1, Metric.GET2, Metric.MIX2)) {
      assertTrue(outcome.figures().getOrDefault(metric, 0.0) > 0, metric.id());
    }
    assertFalse(Files.exists(temporary.resolve("data")));
  }

  @Test
  void theLayerIsMeasuredInTurnsWithTheEngineBelow() throws Exception {
    Launcher.Outcome outcome = run(Workload.LAYER, "kvist-rocksdb");
    assertNull(outcome.failure());
    for (Metric metric : EnumSet.range(Metric.LAYER_FILL, Metric.LAYER_PREFIX)) {
      assertTrue(outcome.figures().getOrDefault(metric, 0.0) > 0, metric.id());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvist-rocksdb", "rocksdb-same", "lmdb", "mapdb"})
  void theMixesOfYcsbRunAndScansJustWhereThereIsAnOrder(String engine) throws Exception {
    Launcher.Outcome outcome = run(Workload.YCSB, engine);
    assertNull(outcome.failure());
    for (Metric metric : EnumSet.range(Metric.YCSB_A, Metric.YCSB_F)) {
      boolean expected =
          metric != Metric.YCSB_E || Subject.named(engine).has(Subject.Trait.ORDERED);
      assertEquals(expected, outcome.figures().getOrDefault(metric, 0.0) > 0, metric.id());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvist-rocksdb", "rocksdb-same", "rocksdb"})
  void halfOfALargeDataSetIsDeletedAndItsSpaceGivenBack(String engine) throws Exception {
    Launcher.Outcome outcome = run(Workload.LARGE, engine);
    assertNull(outcome.failure());
    for (Metric metric :
        Set.of(Metric.LARGE_FILL, Metric.LARGE_SCAN, Metric.LARGE_DELETE, Metric.LARGE_DISK_LEFT)) {
      assertTrue(outcome.figures().getOrDefault(metric, 0.0) > 0, metric.id());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvist-nats", "jnats"})
  void aClientOfAServerIsMeasuredWhereThereIsAServer(String engine) throws Exception {
    Assumptions.assumeTrue(NatsProgram.found() != null, NatsProgram.MISSING);
    Launcher.Outcome outcome = run(Workload.FLEET, engine);
    assertNull(outcome.failure());
    for (Metric metric :
        Set.of(Metric.FLEET_PUT64, Metric.FLEET_CAS1, Metric.FLEET_SCAN, Metric.FLEET_LAG)) {
      assertTrue(outcome.figures().getOrDefault(metric, 0.0) > 0, metric.id());
    }
    assertEquals(
        engine.equals("kvist-nats"), outcome.figures().containsKey(Metric.FLEET_CAS1_TURNS));
    assertFalse(Files.exists(temporary.resolve("data")));
  }

  @Test
  void aStoreIsKilledAndOpenedAgain() throws Exception {
    Launcher.Outcome outcome = run(Workload.OPEN, "kvist-simple");
    assertNull(outcome.failure());
    assertTrue(outcome.figures().getOrDefault(Metric.OPEN_KILLED, 0.0) > 0);
    assertEquals(0.0, outcome.figures().get(Metric.LOST));
  }

  @Test
  void aProcessThatFailsIsAFailureWithItsReason() throws Exception {
    // A heap that no JVM starts with.
    Launcher.Outcome outcome = run(Workload.POINT, "kvist-simple", "-Xmx1k");
    assertNotNull(outcome.failure());
    assertTrue(outcome.failure().contains("ended with status 1"), outcome.failure());
    assertTrue(outcome.figures().isEmpty());
  }

  private Launcher.Outcome run(Workload workload, String engine, String... jvm)
      throws IOException, InterruptedException {
    Options options =
        Options.parse(
            List.of(
                "--quick",
                "--out",
                temporary.resolve("out").toString(),
                "--kvist-jvm",
                jvm.length == 0 ? "-Xmx64m" : jvm[0]),
            temporary);
    return new Launcher(options)
        .run(
            new Trial(
                workload, Subject.named(engine), temporary.resolve("data"), 1_000, 100, 10, 1, 0));
  }
}

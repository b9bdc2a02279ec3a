package dev.kvist.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.bench.Bars.Bar;
import dev.kvist.bench.Bars.Verdict;
import dev.kvist.bench.work.Metric;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RocksBarsTest {
  private static final String KVIST = "kvist-rocksdb";

  private final Results results = new Results();

  @Test
  void theLayerIsComparedWithWhatIsBelowIt() {
    add(Metric.LAYER_FILL, KVIST, 100, 0.95);
    String what = KVIST + ": fill, of RocksDB's in turns, 100 B ≥ 0.95";
    assertEquals(new Bar(what, "0.95", Verdict.HELD), bar(what));
    add(Metric.LAYER_FILL, KVIST, 100, 0.949);
    assertEquals(Verdict.MISSED, bar(what).verdict());
  }

  @Test
  void aGetMayTakeTheHeapOfItsValue() {
    assertEquals(120, RocksBars.heapOfArray(100));
    assertEquals(1_040, RocksBars.heapOfArray(1_024));
    assertEquals(24, RocksBars.heapOfArray(1));
    add(Metric.GET_HEAP, KVIST, 100, 121.5);
    String what = KVIST + ": heap a get, 100 B ≤ 122 B";
    assertEquals(Verdict.HELD, bar(what).verdict());
    add(Metric.GET_HEAP, KVIST, 100, 121.6);
    assertEquals(Verdict.MISSED, bar(what).verdict());
  }

  @Test
  void virtualThreadsAreComparedWithThePlatformThreadsOfRocksDb() {
    add(Metric.SYNC64_PLATFORM, "rocksdb", 100, 10_000);
    add(Metric.SYNC64, KVIST, 100, 25_000);
    String what =
        KVIST + ": synced put, 64 virtual, 100 B ≥ 2.50 of rocksdb's synced put, 64 threads";
    assertEquals(Verdict.HELD, bar(what).verdict());
  }

  @Test
  void badgerIsAShareOfRocksDb() {
    add(Metric.FILL, "rocksdb", 100, 138_500);
    add(Metric.FILL, KVIST, 100, 135_000);
    Bar bar = bar(KVIST + ": fill, 100 B ≥ 2.00 of Badger, which was seen once at 0.49 of rocksdb");
    assertEquals("2.00 of it (135k)", bar.figure());
    assertEquals(Verdict.HELD, bar.verdict());
    add(Metric.FILL, KVIST, 100, 134_000);
    assertEquals(Verdict.MISSED, bar(bar.what()).verdict());
  }

  @Test
  void writtenBytesAreBoundedForBlobsAlone() {
    add(Metric.LARGE_WRITTEN, KVIST, 65_536, 1.31);
    add(Metric.LARGE_WRITTEN, KVIST, 100, 9);
    assertEquals(
        Verdict.MISSED,
        bar(KVIST + ": written, without log, 65536 B ≤ 1.30 of the data").verdict());
    assertEquals(2, bars().stream().filter(bar -> bar.what().contains("of the data")).count());
  }

  @Test
  void halfOfTheSpaceHasToComeBack() {
    // 250 entries are left, which is next to nothing beside the logs.
    add(Metric.LARGE_DISK_LEFT, KVIST, 65_536, 104 << 20);
    Bar held = find("disk, half deleted, 65536 B");
    assertEquals(Verdict.HELD, held.verdict());
    assertTrue(held.what().endsWith("≤ 119 MiB"), held.what());
    add(Metric.LARGE_DISK_LEFT, KVIST, 65_536, 120 << 20);
    assertEquals(Verdict.MISSED, find("disk, half deleted, 65536 B").verdict());
  }

  private void add(Metric metric, String engine, int valueBytes, double figure) {
    results.add(new Results.Series(metric, engine, valueBytes), 0, figure);
  }

  private List<Bar> bars() {
    return RocksBars.of(results, Options.parse(List.of("--quick"), Path.of("home")));
  }

  private Bar bar(String what) {
    return bars().stream()
        .filter(bar -> bar.what().equals(what))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no bar '" + what + "' among " + bars()));
  }

  private Bar find(String part) {
    return bars().stream()
        .filter(bar -> bar.what().contains(part))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no bar with '" + part + "' among " + bars()));
  }
}

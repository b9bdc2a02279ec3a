package dev.kvist.bench.work;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class HistogramTest {
  @Test
  void quantilesAreWithinOnePartIn64AndTheGreatestIsExact() {
    var random = new SplittableRandom(1);
    var histogram = new Histogram();
    long[] times = new long[10_000];
    for (int i = 0; i < times.length; i++) {
      times[i] = random.nextLong(1L << random.nextInt(1, 40));
      histogram.record(times[i]);
    }
    Arrays.sort(times);
    assertEquals(times.length, histogram.total());
    assertEquals(times[times.length - 1], histogram.max());
    assertEquals(histogram.max(), histogram.quantile(1));
    for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 0.9999}) {
      long exact = times[(int) Math.ceil(share * times.length) - 1];
      long told = histogram.quantile(share);
      assertTrue(told >= exact && told <= exact + exact / 64 + 1, exact + " told as " + told);
    }
  }

  @Test
  void severalAreAdded() {
    var one = new Histogram();
    var other = new Histogram();
    one.record(-5);
    one.record(10);
    other.record(1_000);
    one.add(other);
    assertEquals(3, one.total());
    assertEquals(1_000, one.max());
    assertEquals(0, one.quantile(0.1));
    assertEquals(10, one.quantile(0.5));
    assertEquals(0, new Histogram().max());
  }

  @Test
  void aZipfianPrefersItsFirstRanksAsTheFormulaSays() {
    int items = 1_000;
    var zipfian = new Zipfian(items, Zipfian.THETA);
    var random = new SplittableRandom(7);
    int[] counts = new int[items];
    int draws = 1_000_000;
    for (int i = 0; i < draws; i++) {
      counts[zipfian.rank(random)]++;
    }
    double sum = 0;
    for (int rank = 1; rank <= items; rank++) {
      sum += 1 / Math.pow(rank, Zipfian.THETA);
    }
    assertEquals(1 / sum, counts[0] / (double) draws, 0.005);
    assertEquals(Math.pow(0.5, Zipfian.THETA) / sum, counts[1] / (double) draws, 0.005);
    assertTrue(counts[items - 1] < counts[0] / 100);
  }

  @Test
  void numbersRepeatWithTheirSeed() {
    var zipfian = new Zipfian(500, Zipfian.THETA);
    int[] numbers = zipfian.numbers(2_000, 3);
    assertArrayEquals(numbers, zipfian.numbers(2_000, 3));
    assertFalse(Arrays.equals(numbers, zipfian.numbers(2_000, 4)));
    assertTrue(Arrays.stream(numbers).allMatch(number -> number >= 0 && number < 500));
    assertThrows(IllegalArgumentException.class, () -> new Zipfian(1, Zipfian.THETA));
  }

  @Test
  void aTrialIsTheSameAfterItsArguments() {
    var trial =
        Trial.parse(
            new String[] {
              "workload=LOOP",
              "engine=map",
              "directory=/tmp/a b",
              "entries=5",
              "value-bytes=6",
              "millis=7",
              "pause-millis=8",
              "round=9"
            });
    assertEquals(trial, Trial.parse(trial.arguments().toArray(String[]::new)));
    assertThrows(IllegalArgumentException.class, () -> Trial.parse(new String[] {"workload=LOOP"}));
  }
}

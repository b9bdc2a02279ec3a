package dev.kvist.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.bench.Results.Series;
import dev.kvist.bench.work.Metric;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ResultsTest {
  private final Results results = new Results();

  @Test
  void aMedianIsThatOfAllRounds() {
    assertTrue(Double.isNaN(results.median(Metric.FILL, "map", 100)));
    add("map", 1, 30);
    add("map", 0, 10);
    assertEquals(20, results.median(Metric.FILL, "map", 100));
    add("map", 2, 1_000);
    assertEquals(30, results.median(Metric.FILL, "map", 100));
    assertEquals(
        List.of(10.0, 30.0, 1_000.0),
        Arrays.stream(results.values(Metric.FILL, "map", 100)).boxed().toList());
  }

  @Test
  void aRatioIsTheMedianOfThoseOfTheRoundsThatBothHave() {
    add("map", 0, 10);
    add("map", 1, 100);
    add("map", 2, 1_000);
    add("map", 3, 1);
    add("lmdb", 0, 5);
    add("lmdb", 1, 10);
    add("lmdb", 2, 200);
    assertEquals(0.2, results.ratio(Metric.FILL, "lmdb", "map", 100), 1e-9);
    assertTrue(Double.isNaN(results.ratio(Metric.FILL, "lmdb", "xodus", 100)));
  }

  @Test
  void theBestPeerIsNoBoundAndNotKvist() {
    assertNull(results.bestPeer(Metric.FILL, 100));
    add("map", 0, 100);
    add("kvist-simple", 0, 90);
    assertNull(results.bestPeer(Metric.FILL, 100));
    add("lmdb", 0, 10);
    add("mapdb", 0, 20);
    assertEquals("mapdb", results.bestPeer(Metric.FILL, 100));
    results.add(new Series(Metric.CLOSE, "lmdb", 100), 0, 10);
    results.add(new Series(Metric.CLOSE, "mapdb", 100), 0, 20);
    assertEquals("lmdb", results.bestPeer(Metric.CLOSE, 100));
  }

  @Test
  void figuresHaveThreeDigitsAndAUnit() {
    assertEquals("1.23M", Figures.text(Metric.Unit.PER_SECOND, 1_234_567));
    assertEquals("286 MiB", Figures.text(Metric.Unit.BYTES, 286.0 * (1 << 20)));
    assertEquals("1.50 GiB/s", Figures.text(Metric.Unit.BYTES_PER_SECOND, 1.5 * (1 << 30)));
    assertEquals("999 µs", Figures.text(Metric.Unit.MICROS, 999));
    assertEquals("1.50 ms", Figures.text(Metric.Unit.MICROS, 1_500));
    assertEquals("0", Figures.text(Metric.Unit.COUNT, 0));
    assertEquals(Figures.NONE, Figures.text(Metric.Unit.COUNT, Double.NaN));
    assertEquals("2.00 (1.00–4.00)", Figures.spread(Metric.Unit.COUNT, new double[] {4, 1, 2}));
  }

  @Test
  void aDocumentGetsOtherResultsBetweenItsMarks() throws IOException {
    String before = "above\n" + Outputs.BEGIN + "\nold\n" + Outputs.END + "\nbelow\n";
    String after = Outputs.replaced(before, "\nnew\n");
    assertEquals("above\n" + Outputs.BEGIN + "\n\nnew\n\n" + Outputs.END + "\nbelow\n", after);
    assertEquals(after, Outputs.replaced(after, "new"));
    assertThrows(IOException.class, () -> Outputs.replaced("nothing", "new"));
    assertThrows(IOException.class, () -> Outputs.replaced(Outputs.END + Outputs.BEGIN, "new"));
  }

  @Test
  void jsonHasWhatJsonCanHold() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("text", "a \"b\"\\\n\u0001");
    object.put("numbers", List.of(1.0, 0.25, 1_234.56, 7L));
    object.put("none", Double.NaN);
    object.put("true", true);
    assertEquals(
        "{\"text\": \"a \\\"b\\\"\\\\\\n\\u0001\", \"numbers\": [1, 0.250000, 1234.6, 7],"
            + " \"none\": null, \"true\": true}\n",
        Json.text(object));
    assertThrows(IllegalArgumentException.class, () -> Json.text(new Object()));
  }

  private void add(String engine, int round, double figure) {
    results.add(new Series(Metric.FILL, engine, 100), round, figure);
  }
}

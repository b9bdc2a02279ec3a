package dev.kvist.bench;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.engine.Subject.Kind;
import dev.kvist.bench.work.Metric;
import dev.kvist.bench.work.Trial;
import dev.kvist.bench.work.Workload;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Every figure of a run, by metric, engine, length of values and round. */
final class Results {
  /** One figure in all rounds. */
  record Series(Metric metric, String engine, int valueBytes) {}

  /** An engine that did not get through a workload. */
  record Failed(Workload workload, String engine, int valueBytes) {}

  private final Map<Series, NavigableMap<Integer, Double>> figures = new LinkedHashMap<>();
  private final Map<Failed, String> failures = new LinkedHashMap<>();

  void add(Trial trial, Launcher.Outcome outcome) {
    outcome
        .figures()
        .forEach((metric, figure) ->
            add(
                new Series(metric, trial.subject().name(), trial.valueBytes()),
                trial.round(),
                figure));
    if (outcome.failure() != null) {
      fail(trial.workload(), trial.subject(), trial.valueBytes(), outcome.failure());
    }
  }

  void add(Series series, int round, double figure) {
    figures.computeIfAbsent(series, _ -> new TreeMap<>()).put(round, figure);
  }

  /**
   * Keeps why an engine was not measured.
   *
   * @param valueBytes 0 for all
   */
  void fail(Workload workload, Subject subject, int valueBytes, String reason) {
    failures.put(new Failed(workload, subject.name(), valueBytes), reason);
  }

  Map<Failed, String> failures() {
    return failures;
  }

  Map<Series, NavigableMap<Integer, Double>> figures() {
    return figures;
  }

  /** The median of all rounds; NaN when there is none. */
  double median(Metric metric, String engine, int valueBytes) {
    return median(values(metric, engine, valueBytes));
  }

  /** The figures of a series in the order of rounds. */
  double[] values(Metric metric, String engine, int valueBytes) {
    var found = figures.get(new Series(metric, engine, valueBytes));
    return found == null
        ? new double[0]
        : found.values().stream().mapToDouble(Double::doubleValue).toArray();
  }

  static double median(double[] values) {
    if (values.length == 0) {
      return Double.NaN;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * The median, over the rounds that both have, of one engine's figure divided by another's; NaN
   * when they have none in common.
   */
  double ratio(Metric metric, String engine, String base, int valueBytes) {
    return ratio(metric, engine, metric, base, valueBytes);
  }

  /** The same for two metrics. */
  double ratio(Metric metric, String engine, Metric baseMetric, String base, int valueBytes) {
    var above = figures.get(new Series(metric, engine, valueBytes));
    var below = figures.get(new Series(baseMetric, base, valueBytes));
    if (above == null || below == null) {
      return Double.NaN;
    }
    return median(
        above.keySet().stream()
            .filter(below::containsKey)
            .mapToDouble(round ->
                above.getOrDefault(round, Double.NaN) / below.getOrDefault(round, Double.NaN))
            .toArray());
  }

  /** The peer with the best median; null when no peer has one. */
  @Nullable String bestPeer(Metric metric, int valueBytes) {
    String best = null;
    double record = Double.NaN;
    for (Subject subject : Subject.all()) {
      double median = median(metric, subject.name(), valueBytes);
      if (subject.kind() == Kind.PEER
          && !Double.isNaN(median)
          && (best == null || (metric.moreIsBetter() ? median > record : median < record))) {
        best = subject.name();
        record = median;
      }
    }
    return best;
  }
}

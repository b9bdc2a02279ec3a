package dev.kvist.bench;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.fleet.NatsProgram;
import dev.kvist.bench.work.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes what a run found: tables, JSON, a chart, and the part of a document that shows them. */
final class Outputs {
  static final String BEGIN = "<!-- results: written by ./kvist bench --doc -->";
  static final String END = "<!-- end of results -->";
  private static final String CHART = "chart.svg";
  private static final String DOCUMENT_CHART = "benchmarks.svg";

  private final Options options;
  private final Results results;
  private final Map<String, String> machine;

  Outputs(Options options, Results results, Map<String, String> machine) {
    this.options = options;
    this.results = results;
    this.machine = machine;
  }

  void write() throws IOException {
    Files.createDirectories(options.out());
    String chart = new Chart(results).svg(options.valueBytes());
    Files.writeString(options.out().resolve("results.json"), Json.text(json()));
    Files.writeString(options.out().resolve("results.md"), markdown(CHART));
    Files.writeString(options.out().resolve(CHART), chart);
    Path document = options.document();
    if (document != null) {
      String before = Files.readString(document);
      Files.writeString(document, replaced(before, markdown(DOCUMENT_CHART)));
      Files.writeString(document.resolveSibling(DOCUMENT_CHART), chart);
    }
  }

  /**
   * A document with other results between its two marks.
   *
   * @throws IOException when the marks are not there
   */
  static String replaced(String document, String results) throws IOException {
    int begin = document.indexOf(BEGIN);
    int end = document.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException("the document has no '" + BEGIN + "' with '" + END + "' behind it");
    }
    return document.substring(0, begin + BEGIN.length())
        + "\n\n"
        + results.strip()
        + "\n\n"
        + document.substring(end);
  }

  String markdown(String chart) {
    var text = new StringBuilder("### Bars\n\n");
    text.append(Bars.markdown(Bars.of(results, options)));
    text.append("\n![Throughput beside the peers](").append(chart).append(")\n");
    text.append(new Tables(results).all());
    text.append("\n### Not measured\n\n").append(failures());
    text.append("\n### This run\n\n").append(run());
    return text.toString();
  }

  private String failures() {
    if (results.failures().isEmpty()) {
      return "Every engine got through every workload.\n";
    }
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("engine", "workload", "values", "reason"));
    results
        .failures()
        .forEach((failed, reason) ->
            rows.add(
                List.of(
                    failed.engine(),
                    failed.workload().title(),
                    failed.valueBytes() == 0 ? "all" : failed.valueBytes() + " B",
                    reason.replace("|", "\\|"))));
    return Tables.markdown(rows);
  }

  private String run() {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("", ""));
    machine.forEach((name, fact) -> rows.add(List.of(name, fact)));
    rows.add(List.of("load at the end", Machine.loadAverage()));
    rows.add(
        List.of(
            "run",
            options.entries()
                + " entries, "
                + options.rounds()
                + " rounds, phases of "
                + Figures.digits(options.millis() / 1e3)
                + " s, open loop of "
                + options.loopMillis() / 1_000
                + " s, large fill of "
                + options.growEntries()
                + ", large data sets of "
                + options.largeSets()));
    NatsProgram server = NatsProgram.found();
    if (options.workloads().contains(Workload.FLEET) && server != null) {
      rows.add(List.of("nats-server", server.version()));
    }
    rows.add(List.of("JVM of Kvist's engines", String.join(" ", options.kvistJvm())));
    for (Subject subject : options.engines()) {
      rows.add(List.of(subject.name(), subject.version()));
    }
    return Tables.markdown(rows);
  }

  private Map<String, Object> json() {
    var series = new ArrayList<Object>();
    results
        .figures()
        .forEach((key, figures) -> {
          double[] values = figures.values().stream().mapToDouble(Double::doubleValue).toArray();
          var one = new LinkedHashMap<String, Object>();
          one.put("metric", key.metric().id());
          one.put("engine", key.engine());
          one.put("value_bytes", key.valueBytes());
          one.put("unit", key.metric().unit().text());
          one.put("median", Results.median(values));
          one.put("min", Arrays.stream(values).min().orElseThrow());
          one.put("max", Arrays.stream(values).max().orElseThrow());
          one.put("rounds", List.copyOf(figures.values()));
          series.add(one);
        });
    var failures = new ArrayList<Object>();
    results
        .failures()
        .forEach((failed, reason) ->
            failures.add(
                Map.of(
                    "engine",
                    failed.engine(),
                    "workload",
                    failed.workload().id(),
                    "value_bytes",
                    failed.valueBytes(),
                    "reason",
                    reason)));
    var bars = new ArrayList<Object>();
    for (Bars.Bar bar : Bars.of(results, options)) {
      var one = new LinkedHashMap<String, Object>();
      one.put("bar", bar.what());
      one.put("figure", bar.figure());
      one.put("verdict", bar.verdict().name().toLowerCase(java.util.Locale.ROOT));
      bars.add(one);
    }
    var all = new LinkedHashMap<String, Object>();
    all.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    all.put("machine", machine);
    all.put("entries", options.entries());
    all.put("rounds", options.rounds());
    all.put("phase_millis", options.millis());
    all.put("bars", bars);
    all.put("results", series);
    all.put("failures", failures);
    return all;
  }
}

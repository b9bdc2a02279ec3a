package dev.kvist.bench;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.engine.Subject.Kind;
import dev.kvist.bench.work.Metric;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The results as Markdown tables, which are as well read on a terminal. */
final class Tables {
  private record Group(String title, Set<Metric> metrics) {}

  private static final List<Group> GROUPS =
      List.of(
          new Group("Writes", EnumSet.range(Metric.FILL, Metric.FILL_SCAN)),
          new Group("Reads", EnumSet.range(Metric.GET1, Metric.MIX2)),
          new Group("Scans, entries a second", EnumSet.of(Metric.SCAN, Metric.PREFIX)),
          new Group("Multi-get and heap", EnumSet.of(Metric.MULTI_GET, Metric.GET_HEAP)),
          new Group(
              "The layer above RocksDB", EnumSet.range(Metric.LAYER_FILL, Metric.LAYER_PREFIX)),
          new Group("Disk", EnumSet.range(Metric.DISK, Metric.CLOSE)),
          new Group("Synced puts", EnumSet.range(Metric.SYNC1, Metric.SYNC50_SYNCS)),
          new Group("YCSB", EnumSet.range(Metric.YCSB_A, Metric.YCSB_F)),
          new Group("Large data sets", EnumSet.range(Metric.LARGE_FILL, Metric.LARGE_DISK_LEFT)),
          new Group("Open and first get", EnumSet.range(Metric.OPEN_CLEAN, Metric.LOST)),
          new Group("Watches", EnumSet.range(Metric.WATCH0_FILL, Metric.WATCH_OVERTAKEN)),
          new Group("Memory", EnumSet.range(Metric.MEMORY, Metric.MEMORY_HEAP)),
          new Group("Recovery", EnumSet.range(Metric.RECOVERY, Metric.BUCKETS_OPEN)),
          new Group("Open loop", EnumSet.range(Metric.LOOP_RATE, Metric.LOOP_COMPACTIONS)),
          new Group("Growth and expiry", EnumSet.range(Metric.GROW_RATE, Metric.EXPIRY_SWEPT)),
          new Group("Fleet", EnumSet.range(Metric.FLEET_PUT1, Metric.FLEET_IMPORT)),
          new Group(
              "Fleet, in turns on one server",
              EnumSet.range(Metric.FLEET_GET1_TURNS, Metric.FLEET_PUT1_TURNS)),
          new Group("Fleet, scans", EnumSet.range(Metric.FLEET_KEYS, Metric.FLEET_PREFIX)),
          new Group("Fleet, watches", EnumSet.range(Metric.FLEET_SYNC, Metric.FLEET_LAG_P50)),
          new Group("Command line", EnumSet.of(Metric.CLI_GET)));

  private final Results results;

  Tables(Results results) {
    this.results = results;
  }

  /** Every table that has a figure. */
  String all() {
    var text = new StringBuilder();
    for (Group group : GROUPS) {
      for (int valueBytes : sizes(group)) {
        text.append("\n### ")
            .append(group.title)
            .append(", values of ")
            .append(valueBytes)
            .append(" B\n\n")
            .append(table(group, valueBytes));
      }
    }
    return text.toString();
  }

  private Set<Integer> sizes(Group group) {
    var sizes = new TreeSet<Integer>();
    for (Results.Series series : results.figures().keySet()) {
      if (group.metrics.contains(series.metric())) {
        sizes.add(series.valueBytes());
      }
    }
    return sizes;
  }

  private String table(Group group, int valueBytes) {
    var rows = new ArrayList<List<String>>();
    var head = new ArrayList<String>(List.of("engine"));
    group.metrics.forEach(metric -> head.add(metric.title()));
    rows.add(head);
    for (Subject subject : Subject.all()) {
      var row = new ArrayList<String>(List.of(subject.name()));
      boolean any = false;
      for (Metric metric : group.metrics) {
        double[] values = results.values(metric, subject.name(), valueBytes);
        any |= values.length > 0;
        row.add(Figures.spread(metric.unit(), values) + ratios(metric, subject, valueBytes));
      }
      if (any) {
        rows.add(row);
      }
    }
    return markdown(rows);
  }

  /** Of what the bound does; for Kvist's engines also of what the best peer does. */
  private String ratios(Metric metric, Subject subject, int valueBytes) {
    var text = new StringBuilder();
    String bound = metric.bound();
    if (bound != null && !bound.equals(subject.name())) {
      append(text, results.ratio(metric, subject.name(), bound, valueBytes), "");
    }
    String peer = results.bestPeer(metric, valueBytes);
    if (subject.kind() == Kind.KVIST && peer != null && metric.moreIsBetter()) {
      append(text, results.ratio(metric, subject.name(), peer, valueBytes), " " + peer);
    }
    return text.toString();
  }

  private static void append(StringBuilder text, double ratio, String base) {
    if (!Double.isNaN(ratio)) {
      text.append(" ×").append(Figures.digits(ratio)).append(base);
    }
  }

  /** Rows as a Markdown table with columns that line up; the first row is its head. */
  static String markdown(List<List<String>> rows) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], Math.max(3, row.get(i).length()));
      }
    }
    var text = new StringBuilder();
    for (int i = 0; i < rows.size(); i++) {
      for (int column = 0; column < columns; column++) {
        String cell = rows.get(i).get(column);
        text.append("| ").append(cell).repeat(' ', widths[column] - cell.length() + 1);
      }
      text.append("|\n");
      if (i == 0) {
        for (int width : widths) {
          text.append('|').repeat('-', width + 2);
        }
        text.append("|\n");
      }
    }
    return text.toString();
  }
}

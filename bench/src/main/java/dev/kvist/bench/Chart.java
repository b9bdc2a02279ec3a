package dev.kvist.bench;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.work.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Throughput as bars, a panel for each metric and length of values, drawn as SVG. */
final class Chart {
  private static final List<Metric> METRICS =
      List.of(
          Metric.FILL,
          Metric.FILL_SCAN,
          Metric.GET1,
          Metric.GET2,
          Metric.MIX2,
          Metric.PREFIX,
          Metric.SYNC1,
          Metric.SYNC64);
  private static final int COLUMNS = 2;
  private static final int PANEL_WIDTH = 460;
  private static final int BAR_HEIGHT = 16;
  private static final int LABEL_WIDTH = 120;
  private static final int FIGURE_WIDTH = 60;
  private static final int TITLE_HEIGHT = 34;
  private static final int MARGIN = 20;

  private final Results results;

  Chart(Results results) {
    this.results = results;
  }

  private record Row(Subject subject, double least, double median, double most) {}

  private record Panel(String title, List<Row> rows) {
    int height() {
      return TITLE_HEIGHT + rows.size() * BAR_HEIGHT + MARGIN;
    }
  }

  /** The whole picture. */
  String svg(List<Integer> sizes) {
    var panels = new ArrayList<Panel>();
    for (int size : sizes) {
      for (Metric metric : METRICS) {
        Panel panel = panel(metric, size);
        if (!panel.rows.isEmpty()) {
          panels.add(panel);
        }
      }
    }
    var body = new StringBuilder();
    int y = MARGIN;
    for (int i = 0; i < panels.size(); i += COLUMNS) {
      int height = 0;
      for (int column = 0; column < COLUMNS && i + column < panels.size(); column++) {
        Panel panel = panels.get(i + column);
        draw(body, panel, MARGIN + column * (PANEL_WIDTH + MARGIN), y);
        height = Math.max(height, panel.height());
      }
      y += height;
    }
    int width = MARGIN + COLUMNS * (PANEL_WIDTH + MARGIN);
    return String.format(
            Locale.ROOT,
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" \
            font-family="sans-serif" font-size="11">
            <rect width="%1$d" height="%2$d" fill="white"/>
            """,
            width,
            y + MARGIN)
        + body
        + "</svg>\n";
  }

  private Panel panel(Metric metric, int size) {
    var rows = new ArrayList<Row>();
    for (Subject subject : Subject.all()) {
      double[] values = results.values(metric, subject.name(), size);
      if (values.length > 0) {
        rows.add(
            new Row(
                subject,
                Arrays.stream(values).min().orElseThrow(),
                Results.median(values),
                Arrays.stream(values).max().orElseThrow()));
      }
    }
    return new Panel(metric.title() + ", values of " + size + " B, a second", rows);
  }

  private static void draw(StringBuilder body, Panel panel, int x, int y) {
    text(body, x, y + 14, "start\" font-weight=\"bold\" font-size=\"13", panel.title);
    double most = panel.rows.stream().mapToDouble(Row::most).max().orElseThrow();
    double scale = (PANEL_WIDTH - LABEL_WIDTH - FIGURE_WIDTH) / Math.max(most, 1e-9);
    int left = x + LABEL_WIDTH;
    for (int i = 0; i < panel.rows.size(); i++) {
      Row row = panel.rows.get(i);
      int top = y + TITLE_HEIGHT - 8 + i * BAR_HEIGHT;
      double median = row.median;
      double low = left + scale * row.least;
      double high = left + scale * row.most;
      text(body, left - 6, top + 10, "end", row.subject.name());
      body.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n"
                  + "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"black\"/>%n",
              left,
              top,
              scale * median,
              BAR_HEIGHT - 4,
              color(row.subject),
              low,
              top + BAR_HEIGHT / 2 - 2,
              high,
              top + BAR_HEIGHT / 2 - 2));
      text(
          body,
          (int) Math.max(high, left + scale * median) + 5,
          top + 10,
          "start",
          Figures.text(Metric.Unit.PER_SECOND, median));
    }
  }

  private static String color(Subject subject) {
    return switch (subject.kind()) {
      case KVIST -> "#1b6ca8";
      case BASE -> "#7fb2d6";
      case PEER -> "#b8c4ce";
      case BOUND -> "#e6d7a8";
    };
  }

  private static void text(StringBuilder body, int x, int y, String anchor, String text) {
    body.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            text));
  }
}

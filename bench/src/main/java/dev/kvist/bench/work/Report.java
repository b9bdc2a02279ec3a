package dev.kvist.bench.work;

import java.io.IOException;
import java.io.PrintStream;

/** How a process tells the one that started it what it found: by lines on its standard output. */
public final class Report {
  /** What such a line starts with. */
  public static final String MARK = "kvist-bench ";

  /** The line after which the process wants to be killed. */
  public static final String READY = MARK + "ready";

  private final PrintStream out;

  Report(PrintStream out) {
    this.out = out;
  }

  /** A figure. */
  void figure(Metric metric, double value) {
    out.println(MARK + metric.id() + " " + value);
    out.flush();
  }

  /** A count or a size. */
  void figure(Metric metric, long value) {
    figure(metric, (double) value);
  }

  /** Something to know about this run. */
  void note(String text) {
    out.println(MARK + "note " + text.replace('\n', ' '));
    out.flush();
  }

  /** Waits to be killed. */
  void readyToBeKilled() throws IOException {
    out.println(READY);
    out.flush();
    while (System.in.read() >= 0) {
      // Nothing is ever sent: the stream ends when the other process does.
    }
  }
}

package dev.kvist.bench.work;

import java.util.Arrays;

/** The process of one step: {@code STEP workload=… engine=…}. */
public final class Child {
  private Child() {}

  /** Runs a step; ends with status 1 and a note when it fails. */
  public static void main(String[] arguments) {
    // What libraries print must not get between the lines of the report.
    var report = new Report(System.out);
    System.setOut(System.err);
    try {
      Trial trial = Trial.parse(Arrays.copyOfRange(arguments, 1, arguments.length));
      for (Workload.Step step : trial.workload().steps()) {
        if (step.name().equals(arguments[0])) {
          step.work().run(trial, report);
        }
      }
      System.exit(0);
    } catch (Throwable e) {
      e.printStackTrace();
      report.note("failed: " + e);
      System.exit(1);
    }
  }
}

package dev.kvist.bench;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.work.Disk;
import dev.kvist.bench.work.Trial;
import dev.kvist.bench.work.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The benchmarks' command line: {@code ./kvist bench}. */
public final class Main {
  private final Options options;

  private Main(Options options) {
    this.options = options;
  }

  /**
   * Runs the benchmarks; ends the process with status 0, or 2 when the arguments are wrong or there
   * is not enough disk.
   */
  public static void main(String[] arguments) throws Exception {
    List<String> words = Arrays.asList(arguments);
    int status = 0;
    if (words.contains("--help") || words.contains("-h")) {
      System.out.print(Options.HELP);
    } else if (words.contains("--list")) {
      list();
    } else if (!words.isEmpty() && words.getFirst().equals("jmh")) {
      org.openjdk.jmh.Main.main(words.subList(1, words.size()).toArray(String[]::new));
    } else {
      status = run(words);
    }
    System.exit(status);
  }

  /** Measures what the arguments ask for; returns the status. */
  static int run(List<String> words) throws Exception {
    boolean planOnly = words.contains("--plan");
    Options options;
    try {
      options =
          Options.parse(words.stream().filter(word -> !word.equals("--plan")).toList(), home());
    } catch (IllegalArgumentException e) {
      say("kvist bench: " + e.getMessage());
      return 2;
    }
    return new Main(options).run(Plan.of(options), planOnly);
  }

  /** Where stores and results go when nothing else is asked for: never into the sources. */
  private static Path home() {
    String root = System.getProperty("kvist.root");
    return root == null ? Path.of("kvist-bench") : Path.of(root, "bench", "target", "run");
  }

  private static void list() {
    System.out.println("engines:");
    for (Subject subject : Subject.all()) {
      System.out.printf("  %-14s %s%n", subject.name(), subject.version());
    }
    System.out.println("workloads:");
    for (Workload workload : Workload.values()) {
      System.out.printf("  %-14s %s%n", workload.id(), workload.title());
    }
  }

  private int run(Plan plan, boolean planOnly) throws IOException, InterruptedException {
    Files.createDirectories(options.data());
    long free = free();
    say(
        String.format(
            Locale.ROOT,
            "%d processes in %d rounds, about %d minutes; %.1f GiB of disk at a time in %s, where %.1f GiB are free",
            plan.trials().stream().mapToInt(trial -> trial.workload().steps().size()).sum(),
            options.rounds(),
            Math.round(Math.ceil(plan.seconds() / 60)),
            gibis(plan.bytes()),
            options.data(),
            gibis(free)));
    plan.obstacles().stream()
        .filter(obstacle -> obstacle.workload() == Workload.FLEET)
        .map(obstacle -> "the workload fleet is left out: " + obstacle.reason())
        .distinct()
        .forEach(Main::say);
    if (free < plan.bytes()) {
      say(
          String.format(
              Locale.ROOT,
              "kvist bench: %.1f GiB of disk are needed in %s, and %.1f GiB are free: choose fewer --entries, a smaller --large-share, fewer --engines, or another --dir",
              gibis(plan.bytes()),
              options.data(),
              gibis(free)));
      return 2;
    }
    if (planOnly) {
      plan.trials().forEach(trial -> System.out.println(name(trial)));
      return 0;
    }
    var results = new Results();
    var outputs = new Outputs(options, results, Machine.describe(options.data()));
    plan.obstacles()
        .forEach(obstacle ->
            results.fail(
                obstacle.workload(), obstacle.subject(), obstacle.valueBytes(), obstacle.reason()));
    boolean finished = measure(plan, results);
    Disk.delete(options.data());
    outputs.write();
    System.out.print(outputs.markdown("chart.svg"));
    say("written to " + options.out());
    return finished ? 0 : 2;
  }

  private static double gibis(long bytes) {
    return bytes / (double) (1 << 30);
  }

  private boolean measure(Plan plan, Results results) throws IOException, InterruptedException {
    var launcher = new Launcher(options);
    double left = plan.seconds();
    int number = 0;
    for (Trial trial : plan.trials()) {
      if (free() < Plan.bytes(trial)) {
        say("kvist bench: the disk has become too full for " + name(trial) + "; ending here");
        return false;
      }
      long begin = System.nanoTime();
      Launcher.Outcome outcome = launcher.run(trial);
      left -= Plan.seconds(trial);
      results.add(trial, outcome);
      say(
          String.format(
              Locale.ROOT,
              "[%d/%d, %.0f min left] %s: %.1f s%s",
              ++number,
              plan.trials().size(),
              left / 60,
              name(trial),
              (System.nanoTime() - begin) / 1e9,
              outcome.failure() == null ? "" : ", FAILED: " + outcome.failure()));
    }
    return true;
  }

  private long free() throws IOException {
    return Files.getFileStore(options.data()).getUsableSpace();
  }

  private static String name(Trial trial) {
    return "round "
        + (trial.round() + 1)
        + ", "
        + trial.workload().id()
        + ", "
        + trial.subject().name()
        + ", "
        + trial.valueBytes()
        + " B";
  }

  private static void say(String line) {
    System.err.println(line);
  }
}

package dev.kvist.bench;

import dev.kvist.bench.engine.Subject.Kind;
import dev.kvist.bench.work.Child;
import dev.kvist.bench.work.Disk;
import dev.kvist.bench.work.Metric;
import dev.kvist.bench.work.Report;
import dev.kvist.bench.work.Trial;
import dev.kvist.bench.work.Workload;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs the steps of a trial, each in a JVM of its own, and reads what they report. */
final class Launcher {
  /** What the engines need that reach into the JDK; all JVMs get the same. */
  private static final List<String> OPENED =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
          "--add-opens=java.base/java.io=ALL-UNNAMED",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
          "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
          "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
          "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED");

  /**
   * They are of single operations, in a heap of which almost nothing lives: the serial collector
   * needs well below a millisecond for that, and has no threads that take the cores.
   */
  private static final Set<Workload> WORST_CASES =
      Set.of(Workload.LOOP, Workload.GROW, Workload.EXPIRY);

  private static final String QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn";
  private static final long PATIENCE_SECONDS = 180;

  private final Options options;

  Launcher(Options options) {
    this.options = options;
  }

  /**
   * What a trial found.
   *
   * @param failure why it ended early; null when it did not
   */
  record Outcome(Map<Metric, Double> figures, @Nullable String failure) {}

  /** Runs a trial; its directory is gone afterwards. */
  Outcome run(Trial trial) throws IOException, InterruptedException {
    var figures = new EnumMap<Metric, Double>(Metric.class);
    Disk.delete(trial.directory());
    Files.createDirectories(trial.directory());
    try {
      for (Workload.Step step : trial.workload().steps()) {
        String failure = run(trial, step, figures);
        if (failure != null) {
          return new Outcome(figures, failure);
        }
      }
      return new Outcome(figures, null);
    } finally {
      Disk.delete(trial.directory());
    }
  }

  private @Nullable String run(Trial trial, Workload.Step step, Map<Metric, Double> figures)
      throws IOException, InterruptedException {
    Path log =
        options
            .out()
            .resolve("logs")
            .resolve(
                String.format(
                    Locale.ROOT,
                    "%d-%s-%s-%d-%s.log",
                    trial.round() + 1,
                    trial.workload().id(),
                    trial.subject().name(),
                    trial.valueBytes(),
                    step.name()));
    Files.createDirectories(log.getParent());
    Process process = new ProcessBuilder(command(trial, step)).redirectError(log.toFile()).start();
    Thread watchdog = watchdog(process, trial);
    try {
      String failure = null;
      boolean ready = false;
      BufferedReader lines = process.inputReader();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        ready = step.killed() && line.equals(Report.READY);
        failure = read(line, figures, failure);
        if (ready) {
          // This closes the stream too.
          process.destroyForcibly();
          break;
        }
      }
      int status = process.waitFor();
      if (step.killed() ? ready : status == 0) {
        return null;
      }
      return failure == null
          ? "step " + step.name() + " ended with status " + status + ", see " + log
          : failure;
    } finally {
      process.destroyForcibly();
      watchdog.interrupt();
    }
  }

  private static @Nullable String read(
      String line, Map<Metric, Double> figures, @Nullable String failure) {
    if (!line.startsWith(Report.MARK) || line.equals(Report.READY)) {
      return failure;
    }
    String[] words = line.substring(Report.MARK.length()).split(" ", 2);
    if (words[0].equals("note")) {
      return words[1].startsWith("failed: ") ? words[1].substring("failed: ".length()) : failure;
    }
    figures.put(Metric.valueOf(words[0].toUpperCase(Locale.ROOT)), Double.parseDouble(words[1]));
    return failure;
  }

  /** Ends a process that takes very much longer than it should. */
  private static Thread watchdog(Process process, Trial trial) {
    long seconds = PATIENCE_SECONDS + (long) (15 * Plan.seconds(trial));
    return Thread.ofVirtual()
        .start(() -> {
          try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
              process.destroyForcibly();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private List<String> command(Trial trial, Workload.Step step) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPENED);
    // What is compared with the layer above it must have the same heap.
    if (trial.subject().kind() == Kind.KVIST || trial.subject().kind() == Kind.BASE) {
      command.addAll(options.kvistJvm());
      boolean chosen = options.kvistJvm().stream().anyMatch(option -> option.endsWith("GC"));
      if (WORST_CASES.contains(trial.workload()) && !chosen) {
        command.add("-XX:+UseSerialGC");
      }
      if (trial.workload() == Workload.MEMORY) {
        command.addAll(List.of("-Xms64m", "-XX:+AlwaysPreTouch"));
      }
      // A store in memory is direct memory, which is otherwise as small as the heap.
      if (trial.subject().name().equals("kvist-memory")) {
        command.add("-XX:MaxDirectMemorySize=64g");
      }
    }
    command.addAll(options.jvm());
    command.add(QUIET);
    String root = System.getProperty("kvist.root");
    if (root != null) {
      command.add("-Dkvist.root=" + root);
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Child.class.getName(), step.name()));
    command.addAll(trial.arguments());
    return command;
  }
}

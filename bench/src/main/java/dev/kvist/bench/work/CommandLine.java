package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;
import dev.kvist.bench.engine.KvistEngine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The wall time of {@code ./kvist get}, process and all. */
final class CommandLine {
  private static final int RUNS = 5;
  private static final int ENTRIES = 1_000;

  private CommandLine() {}

  static void run(Trial trial, Report report) throws Exception {
    String root = System.getProperty("kvist.root", "");
    Path kvist = Path.of(root, "kvist");
    if (root.isEmpty() || !Files.isExecutable(kvist)) {
      throw new IOException("there is no ./kvist: start this by ./kvist bench");
    }
    Path store = trial.directory().resolve("store");
    try (Engine engine = trial.open("store", false)) {
      for (int i = 0; i < ENTRIES; i++) {
        byte[] text = ("entry-" + i).getBytes(StandardCharsets.UTF_8);
        engine.put(text, text);
      }
    }
    var command =
        new String[] {
          kvist.toString(), "--store", "simple:" + store, "get", KvistEngine.BUCKET, "entry-7"
        };
    // The first one may build.
    once(command);
    double[] millis = new double[RUNS];
    for (int i = 0; i < RUNS; i++) {
      millis[i] = once(command);
    }
    Arrays.sort(millis);
    report.figure(Metric.CLI_GET, millis[RUNS / 2]);
  }

  private static double once(String... command) throws Exception {
    long begin = System.nanoTime();
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    double millis = (System.nanoTime() - begin) / 1e6;
    if (status != 0 || !text.strip().equals("entry-7")) {
      throw new IOException("./kvist get ended with status " + status + " and said " + text);
    }
    return millis;
  }
}

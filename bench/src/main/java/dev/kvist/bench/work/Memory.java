package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Anonymous memory of the process and live heap, against the same process with an empty store. The
 * heap is of a fixed size and touched from the start, so that its growth is in neither figure, and
 * what the engine keeps on it is counted by a collection.
 */
final class Memory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int WARM_ENTRIES = 50_000;

  private Memory() {}

  private record Reading(long anonymous, long heap) {
    static Reading take() throws IOException {
      // Twice: what the first one frees can hold native memory that the second gives back.
      System.gc();
      System.gc();
      return new Reading(
          rssAnon(), ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
  }

  static void run(Trial trial, Report report) throws Exception {
    warmUp(trial);
    Data data = trial.data();
    try (Engine engine = trial.open("store", false)) {
      Crew.pause(trial.pauseMillis());
      Reading empty = Reading.take();
      for (long i = 0; i < trial.entries(); i++) {
        engine.put(data.key(i), data.value(i, 0));
      }
      engine.scan(new byte[0], (_, _) -> {});
      Crew.pause(trial.pauseMillis());
      Reading full = Reading.take();
      boolean inMemory = trial.subject().name().equals("kvist-memory");
      double own = inMemory ? Data.KEY_BYTES + trial.valueBytes() : 0;
      double anonymous = (double) (full.anonymous - empty.anonymous) / trial.entries() - own;
      double heap = (double) (full.heap - empty.heap) / trial.entries();
      report.figure(Metric.MEMORY, anonymous + heap);
      report.figure(Metric.MEMORY_ANON, anonymous);
      report.figure(Metric.MEMORY_HEAP, heap);
    }
  }

  private static void warmUp(Trial trial) throws Exception {
    Data data = trial.data();
    try (Engine engine = trial.open("warm", false)) {
      for (long i = 0; i < Math.min(WARM_ENTRIES, trial.entries()); i++) {
        engine.put(data.key(i), data.value(i, 0));
        engine.get(data.key(i));
      }
      engine.scan(new byte[0], (_, _) -> {});
    }
    Disk.delete(trial.directory().resolve("warm"));
  }

  private static long rssAnon() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("RssAnon:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new IOException(STATUS + " has no line RssAnon: this figure needs Linux");
  }
}

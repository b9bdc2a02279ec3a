package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;
import dev.kvist.bench.engine.Subject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One workload on one engine in one round.
 *
 * @param directory its own, empty at the start and deleted at the end
 * @param entries how many there are
 * @param millis how long a timed phase takes
 * @param pauseMillis how long an engine is left alone between writes and reads
 * @param round from 0; seeds what is random
 */
public record Trial(
    Workload workload,
    Subject subject,
    Path directory,
    long entries,
    int valueBytes,
    long millis,
    long pauseMillis,
    int round) {

  /** With less, the engines that have their write buffers in it do nothing but flush. */
  private static final long SMALLEST_CACHE_BYTES = 32L << 20;

  Data data() {
    return new Data(entries, valueBytes);
  }

  /** Opens a store of the engine in a folder of the trial's. */
  Engine open(String folder, boolean synced) throws Exception {
    return subject.open(
        new Subject.Setup(
            directory.resolve(folder), synced, 2 * entries, valueBytes, cacheBytes()));
  }

  /** A tenth of a large data set; 0, for the engine's default, everywhere else. */
  long cacheBytes() {
    return workload == Workload.LARGE ? Math.max(SMALLEST_CACHE_BYTES, dataBytes() / 10) : 0;
  }

  /** The keys and values of all entries together. */
  public long dataBytes() {
    return entries * (Data.KEY_BYTES + valueBytes);
  }

  Trial withSubject(Subject subject) {
    return new Trial(workload, subject, directory, entries, valueBytes, millis, pauseMillis, round);
  }

  Trial withEntries(long entries) {
    return new Trial(workload, subject, directory, entries, valueBytes, millis, pauseMillis, round);
  }

  Trial withMillis(long millis) {
    return new Trial(workload, subject, directory, entries, valueBytes, millis, pauseMillis, round);
  }

  /** As arguments of a process. */
  public List<String> arguments() {
    return List.of(
        "workload=" + workload,
        "engine=" + subject.name(),
        "directory=" + directory,
        "entries=" + entries,
        "value-bytes=" + valueBytes,
        "millis=" + millis,
        "pause-millis=" + pauseMillis,
        "round=" + round);
  }

  /** What {@link #arguments} wrote; arguments that are none of its are ignored. */
  static Trial parse(String[] arguments) {
    Map<String, String> given = new HashMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      given.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    return new Trial(
        Workload.valueOf(value(given, "workload")),
        Subject.named(value(given, "engine")),
        Path.of(value(given, "directory")),
        Long.parseLong(value(given, "entries")),
        Integer.parseInt(value(given, "value-bytes")),
        Long.parseLong(value(given, "millis")),
        Long.parseLong(value(given, "pause-millis")),
        Integer.parseInt(value(given, "round")));
  }

  private static String value(Map<String, String> given, String name) {
    String value = given.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the argument " + name + "= is missing");
    }
    return value;
  }
}

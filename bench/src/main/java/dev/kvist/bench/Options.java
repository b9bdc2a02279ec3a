package dev.kvist.bench;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.work.Workload;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the command line asks for.
 *
 * @param millis how long a timed phase takes
 * @param loopMillis how long the open loop takes
 * @param growEntries how many entries the large fill has
 * @param largeSets the large data sets; where lengths of values are chosen, just those with them
 * @param data where stores are made; they are deleted again
 * @param out where the results are written
 * @param document a Markdown file whose results are replaced; null for none
 * @param kvistJvm options of the JVM of Kvist's own engines
 * @param jvm options of every JVM
 */
record Options(
    List<Subject> engines,
    List<Workload> workloads,
    List<Integer> valueBytes,
    long entries,
    long growEntries,
    List<LargeSet> largeSets,
    int rounds,
    long millis,
    long loopMillis,
    boolean quick,
    Path data,
    Path out,
    @Nullable Path document,
    List<String> kvistJvm,
    List<String> jvm) {

  static final String HELP =
      """
      Measures Kvist beside other engines, each in a process of its own, in rounds.

      usage: ./kvist bench [OPTION]...

        --quick             small and short: under two minutes, for a first look
        --engines A,B       just these engines
        --workloads A,B     just these workloads
        --values 100,1024   lengths of the values, in bytes; also chooses among the large data sets
        --entries N         entries of a store (1000000; quick 20000)
        --grow-entries N    entries of the large fill (20000000; quick 200000)
        --large-share S     of the entries of the large data sets (1; quick 0.01)
        --rounds N          rounds (3; quick 1)
        --seconds S         of a timed phase (2; quick 0.2)
        --loop-seconds S    of the open loop (300; quick 10)
        --dir DIR           where stores are made and deleted again; use the device to be measured
        --out DIR           where results.json, results.md and chart.svg are written
        --doc FILE          replaces the results in this Markdown file, and puts the chart beside it
        --kvist-jvm "..."   options of the JVM of Kvist's engines (-Xmx64m)
        --jvm "..."         options of every JVM
        --plan              prints what would be run, and how long it takes, and ends
        --list              prints engines and workloads, and ends

      examples:
        ./kvist bench --quick
        ./kvist bench --engines kvist-simple,rocksdb,map --workloads point --values 100
        ./kvist bench --doc docs/benchmarks.md
      """;

  /**
   * Reads the command line; {@code --plan}, {@code --list} and {@code --help} are none of its.
   *
   * @throws IllegalArgumentException saying what is wrong
   */
  static Options parse(List<String> arguments, Path home) {
    var builder = new Builder(arguments.contains("--quick"), home);
    var left = new ArrayDeque<>(arguments);
    while (!left.isEmpty()) {
      String name = left.remove();
      if (!name.equals("--quick")) {
        String value = left.poll();
        if (value == null) {
          throw new IllegalArgumentException(
              "no option " + name + ", or its value is missing; --help shows them all");
        }
        builder.set(name, value);
      }
    }
    return builder.build();
  }

  private static final class Builder {
    private List<Subject> engines = Subject.all();
    private List<Workload> workloads = List.of(Workload.values());
    private List<Integer> valueBytes;
    private long entries;
    private long growEntries;
    private double largeShare;
    private boolean chosenValues;
    private int rounds;
    private long millis;
    private long loopMillis;
    private final boolean quick;
    private Path data;
    private Path out;
    private @Nullable Path document;
    private List<String> kvistJvm = List.of("-Xmx64m");
    private List<String> jvm = List.of();

    Builder(boolean quick, Path home) {
      this.quick = quick;
      valueBytes = quick ? List.of(100) : List.of(100, 1024);
      entries = quick ? 20_000 : 1_000_000;
      growEntries = quick ? 200_000 : 20_000_000;
      largeShare = quick ? 0.01 : 1;
      rounds = quick ? 1 : 3;
      millis = quick ? 200 : 2_000;
      loopMillis = quick ? 10_000 : 300_000;
      data = home.resolve("data");
      out = home.resolve("results");
    }

    void set(String name, String value) {
      switch (name) {
        case "--engines" -> engines = words(value).stream().map(Subject::named).toList();
        case "--workloads" -> workloads = words(value).stream().map(Builder::workload).toList();
        case "--values" -> {
          valueBytes =
              words(value).stream().map(word -> (int) number(name, word, 8, 1 << 20)).toList();
          chosenValues = true;
        }
        case "--entries" -> entries = (long) number(name, value, 1_000, 1 << 30);
        case "--grow-entries" -> growEntries = (long) number(name, value, 1_000, 1 << 30);
        case "--large-share" -> largeShare = number(name, value, 1e-4, 100);
        case "--rounds" -> rounds = (int) number(name, value, 1, 100);
        case "--seconds" -> millis = (long) (1_000 * number(name, value, 0.01, 3_600));
        case "--loop-seconds" -> loopMillis = (long) (1_000 * number(name, value, 1, 86_400));
        case "--dir" -> data = Path.of(value).resolve("kvist-bench");
        case "--out" -> out = Path.of(value);
        case "--doc" -> document = Path.of(value);
        case "--kvist-jvm" -> kvistJvm = List.of(value.strip().split("\\s+"));
        case "--jvm" -> jvm = List.of(value.strip().split("\\s+"));
        default -> throw new IllegalArgumentException("no option " + name + "; see --help");
      }
    }

    private static List<String> words(String value) {
      return new ArrayList<>(Arrays.asList(value.split(",", -1)));
    }

    private static Workload workload(String name) {
      return Arrays.stream(Workload.values())
          .filter(workload -> workload.id().equals(name.toLowerCase(Locale.ROOT)))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "no workload '"
                      + name
                      + "'; there are "
                      + Arrays.stream(Workload.values()).map(Workload::id).toList()));
    }

    private static double number(String name, String text, double least, double most) {
      double number;
      try {
        number = Double.parseDouble(text);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(name + " is a number, and '" + text + "' is none", e);
      }
      if (!(number >= least && number <= most)) {
        throw new IllegalArgumentException(
            name + " is a number from " + least + " to " + most + ", and is " + text);
      }
      return number;
    }

    private List<LargeSet> largeSets() {
      return LargeSet.scaled(largeShare).stream()
          .filter(set -> !chosenValues || valueBytes.contains(set.valueBytes()))
          .toList();
    }

    Options build() {
      return new Options(
          engines,
          workloads,
          valueBytes,
          entries,
          growEntries,
          largeSets(),
          rounds,
          millis,
          loopMillis,
          quick,
          data.toAbsolutePath(),
          out.toAbsolutePath(),
          document,
          kvistJvm,
          jvm);
    }
  }
}

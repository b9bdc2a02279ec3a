package dev.kvist.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

final class Stats implements Command {
  private final Root root;
  private final boolean asJson;
  private final boolean all;
  private final @Nullable TopEntries top;

  Stats(Root root, Given given) {
    this.root = root;
    asJson = given.has("--json");
    all = given.has("--all");
    top = top(given);
  }

  private static @Nullable TopEntries top(Given given) {
    @Nullable String by = given.option("--by");
    boolean showKeys = given.has("--show-keys");
    long most = given.count("--top");
    if (most == Long.MAX_VALUE) {
      if (by != null || showKeys) {
        throw new IllegalArgumentException("--by and --show-keys go with --top N");
      }
      return null;
    }
    return new TopEntries(
        (int) Math.min(most, TopEntries.SAMPLE), by == null ? "size" : by, showKeys);
  }

  static Syntax syntax() {
    return new Syntax()
        .flag("--json", "As one JSON object.")
        .flag("--all", "Those that are 0 too; with --json they are always there.")
        .option("--top", "N", "Instead, the N largest keys, or prefixes with most keys.")
        .option("--by", "WHAT", "With --top: size, the default, or count.")
        .flag("--show-keys", "With --top: show keys in place of their hashes.")
        .about(
            "Counters start when the store is opened; gauges say what is there now. What is 0 is left out.",
            "--top looks at 10,000 entries at most, chosen at random, and says so. By size: bytes of key and value. By count: keys that are the same up to their last : / or . as an estimate for all. A hash is the start of the SHA-256 of bucket, a zero byte and key.")
        .examples(
            "./kvist put demo user:1 Ada",
            "./kvist stats",
            "./kvist stats --json",
            "./kvist stats --top 10 --by size",
            "./kvist stats --top 10 --by count --show-keys");
  }

  @Override
  public int run() throws IOException {
    root.existing();
    try (Session session = root.openToRead()) {
      if (top != null) {
        top.take(session.connection());
        if (asJson) {
          top.printJson(root.console());
        } else {
          top.printTable(root.console());
        }
        return Cli.DONE;
      }
      Map<String, Long> stats = new TreeMap<>(session.connection().stats());
      if (asJson) {
        printJson(stats);
      } else {
        if (!all) {
          stats.values().removeIf(number -> number == 0);
        }
        printTable(root.console(), stats);
      }
    }
    return Cli.DONE;
  }

  private void printJson(Map<String, Long> stats) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(root.console().out());
    json.writeStartObject();
    for (var entry : stats.entrySet()) {
      json.writeNumberField(entry.getKey(), entry.getValue());
    }
    json.writeEndObject();
    json.writeRaw('\n');
    json.flush();
  }

  /** Names on the left, numbers in a column that ends on the right. */
  static void printTable(Console console, Map<String, Long> stats) throws IOException {
    int names = stats.keySet().stream().mapToInt(String::length).max().orElse(0);
    int numbers =
        stats.values().stream().mapToInt(number -> number.toString().length()).max().orElse(0);
    for (var entry : stats.entrySet()) {
      String number = entry.getValue().toString();
      console.line(
          entry.getKey()
              + " ".repeat(names - entry.getKey().length() + 2 + numbers - number.length())
              + number);
    }
  }
}

package dev.kvist.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

final class Stats implements Command {
  private final Root root;
  private final boolean asJson;

  Stats(Root root, Given given) {
    this.root = root;
    asJson = given.has("--json");
  }

  static Syntax syntax() {
    return new Syntax()
        .flag("--json", "As one JSON object.")
        .about("Counters start when the store is opened; gauges say what is there now.")
        .examples("./kvist stats", "./kvist stats --json");
  }

  @Override
  public int run() throws IOException {
    try (Session session = root.openToRead()) {
      Map<String, Long> stats = new TreeMap<>(session.connection().stats());
      if (asJson) {
        printJson(stats);
      } else {
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

package dev.kvist.server.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every command by its name. Only the one that is run is made. */
final class Catalog {
  private record Entry(String group, String summary) {}

  private static final String HIDDEN = "";
  private static final Map<String, Entry> COMMANDS = new LinkedHashMap<>();

  static {
    String keys = "One key";
    add(keys, "put", "Store a value; prints its version.");
    add(keys, "get", "Write a value to the standard output, byte for byte.");
    add(keys, "exists", "Say whether a key is there.");
    add(keys, "delete", "Delete a key.");
    add(keys, "purge", "Remove a key with its history and its value's bytes.");
    add(keys, "touch", "Give a key a new time to live.");
    add(keys, "ttl", "Print the time a key has left.");
    String buckets = "Buckets";
    add(buckets, "keys", "List keys, one a line.");
    add(buckets, "scan", "List entries as JSON lines.");
    add(buckets, "watch", "Print each change as a JSON line, as it happens.");
    add(buckets, "buckets", "List the buckets.");
    add(buckets, "drop", "Drop a bucket with everything in it.");
    String moving = "In and out";
    add(moving, "import", "Store the rows of a file: JSON lines, CSV or tab-separated.");
    add(
        moving,
        "export",
        "Write the entries of a bucket as JSON lines, CSV or tab-separated rows.");
    add(moving, "copy", "Copy buckets from one store to another.");
    add(moving, "backup", "Copy the store to a directory.");
    String care = "Care";
    add(care, "stats", "Print the store's counters and gauges.");
    add(care, "verify", "Check every record.");
    add(care, "repair", "Make a damaged store open again.");
    add(care, "compact", "Give back disk space now.");
    add(care, "log", "Print the records of a store's log.");
    add(care, "bench", "Run the benchmarks.");
    String other = "Kvist itself";
    add(other, "tour", "Show what Kvist does on real data, in a few seconds.");
    add(other, "completion", "Print the completion script of a shell.");
    add(other, "version", "Print the versions of Kvist, Java and the system.");
    add(HIDDEN, "warm-up", "Run typical commands once, for the launcher's cache.");
  }

  private Catalog() {}

  private static void add(String group, String name, String summary) {
    COMMANDS.put(name, new Entry(group, summary));
  }

  /** Whether there is such a command. */
  static boolean has(String name) {
    return COMMANDS.containsKey(name);
  }

  /** The names of the commands that are shown. */
  static List<String> names() {
    var names = new ArrayList<String>();
    COMMANDS.forEach((name, entry) -> {
      if (!entry.group().equals(HIDDEN)) {
        names.add(name);
      }
    });
    return names;
  }

  /** What a command does, in a sentence. */
  static String summary(String name) {
    Entry entry = COMMANDS.get(name);
    if (entry == null) {
      throw unknown(name);
    }
    return entry.summary();
  }

  // Switches, and no tables of method references, each of which the JVM would link at every start.

  /** What a command takes. */
  static Syntax syntax(String name) {
    return switch (name) {
      case "put" -> Put.syntax();
      case "get" -> Get.syntax();
      case "exists" -> Exists.syntax();
      case "delete" -> Delete.syntax();
      case "purge" -> Purge.syntax();
      case "touch" -> Touch.syntax();
      case "ttl" -> Ttl.syntax();
      case "keys" -> Keys.syntax();
      case "scan" -> Scan.syntax();
      case "watch" -> Watch.syntax();
      case "buckets" -> Buckets.syntax();
      case "drop" -> Drop.syntax();
      case "import" -> Import.syntax();
      case "export" -> Export.syntax();
      case "copy" -> Copy.syntax();
      case "backup" -> Backup.syntax();
      case "stats" -> Stats.syntax();
      case "verify" -> Verify.syntax();
      case "repair" -> Repair.syntax();
      case "compact" -> Compact.syntax();
      case "log" -> Log.syntax();
      case "bench" -> Bench.syntax();
      case "tour" -> Tour.syntax();
      case "completion" -> Completion.syntax();
      case "version" -> VersionCommand.syntax();
      case "warm-up" -> WarmUp.syntax();
      default -> throw unknown(name);
    };
  }

  /** The command, to be run once. */
  static Command make(String name, Root root, Given given) {
    return switch (name) {
      case "put" -> new Put(root, given);
      case "get" -> new Get(root, given);
      case "exists" -> new Exists(root, given);
      case "delete" -> new Delete(root, given);
      case "purge" -> new Purge(root, given);
      case "touch" -> new Touch(root, given);
      case "ttl" -> new Ttl(root, given);
      case "keys" -> new Keys(root, given);
      case "scan" -> new Scan(root, given);
      case "watch" -> new Watch(root, given);
      case "buckets" -> new Buckets(root);
      case "drop" -> new Drop(root, given);
      case "import" -> new Import(root, given);
      case "export" -> new Export(root, given);
      case "copy" -> new Copy(root, given);
      case "backup" -> new Backup(root, given);
      case "stats" -> new Stats(root, given);
      case "verify" -> new Verify(root);
      case "repair" -> new Repair(root);
      case "compact" -> new Compact(root);
      case "log" -> new Log(root, given);
      case "bench" -> new Bench(root, given);
      case "tour" -> new Tour(root);
      case "completion" -> new Completion(root, given);
      case "version" -> new VersionCommand(root);
      case "warm-up" -> new WarmUp(root, given);
      default -> throw unknown(name);
    };
  }

  private static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException("there is no command " + name);
  }

  /** What {@code --help} says without a command. */
  static String overview() {
    var text = new StringBuilder("Usage: ./kvist [--store URI] [--config FILE] [-v] COMMAND\n");
    String group = HIDDEN;
    for (var command : COMMANDS.entrySet()) {
      Entry entry = command.getValue();
      if (!entry.group().equals(HIDDEN)) {
        if (!entry.group().equals(group)) {
          group = entry.group();
          text.append('\n').append(group).append(":\n");
        }
        text.append("  ")
            .append(command.getKey())
            .append(" ".repeat(12 - command.getKey().length()))
            .append(entry.summary())
            .append('\n');
      }
    }
    return text.append(
            """

            --store is rocksdb:DIR, simple:DIR, memory:, nats://HOST:PORT, or the URI of another backend; without
            it the configuration says, else it is rocksdb:data/badger. Exit code 0: done; 1: absent, or a condition not met; 2: an error.

            Examples:
              ./kvist put demo greeting 'Hello, world'
              ./kvist get demo greeting
              ./kvist put --help
            """)
        .toString();
  }
}

package dev.kvist.server.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Every command by its name. Only the one that is run is made: making them all would cost more than
 * a whole {@code get}.
 */
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
    add(moving, "export", "Write a bucket as such rows.");
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

  /** A switch and no table of constructors, each of which the JVM would link at every start. */
  private static Callable<Integer> make(String name, Root root) {
    return switch (name) {
      case "put" -> new Put(root);
      case "get" -> new Get(root);
      case "exists" -> new Exists(root);
      case "delete" -> new Delete(root);
      case "purge" -> new Purge(root);
      case "touch" -> new Touch(root);
      case "ttl" -> new Ttl(root);
      case "keys" -> new Keys(root);
      case "scan" -> new Scan(root);
      case "watch" -> new Watch(root);
      case "buckets" -> new Buckets(root);
      case "drop" -> new Drop(root);
      case "import" -> new Import(root);
      case "export" -> new Export(root);
      case "copy" -> new Copy(root);
      case "backup" -> new Backup(root);
      case "stats" -> new Stats(root);
      case "verify" -> new Verify(root);
      case "repair" -> new Repair(root);
      case "compact" -> new Compact(root);
      case "log" -> new Log(root);
      case "bench" -> new Bench(root);
      case "tour" -> new Tour(root);
      case "completion" -> new Completion(root);
      case "version" -> new VersionCommand(root);
      case "warm-up" -> new WarmUp(root);
      default -> throw new IllegalArgumentException("no command " + name);
    };
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

  /** A command line that knows just this command. */
  static CommandLine commandLine(Root root, String name) {
    return with(root, List.of(name));
  }

  /** A command line that knows all commands, for completion and for tests. */
  static CommandLine commandLine(Root root) {
    return with(root, names());
  }

  private static CommandLine with(Root root, List<String> names) {
    var line = new CommandLine(root);
    for (String name : names) {
      Entry entry = COMMANDS.get(name);
      if (entry != null) {
        var command = new CommandLine(make(name, root));
        describe(command.getCommandSpec(), entry.summary());
        // The benchmarks have options of their own.
        command.setUnmatchedOptionsArePositionalParams(name.equals("bench"));
        line.addSubcommand(name, command);
      }
    }
    line.setOut(new PrintWriter(root.console().out(), true, StandardCharsets.UTF_8));
    line.setExpandAtFiles(false);
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(root.console().outTerminal() ? Ansi.ON : Ansi.OFF));
    line.setUsageHelpWidth(110);
    return line;
  }

  private static void describe(CommandSpec command, String summary) {
    UsageMessageSpec usage = command.usageMessage();
    usage.header(summary);
    usage.abbreviateSynopsis(true);
    usage.synopsisHeading("%nUsage: ");
    usage.descriptionHeading(usage.description().length == 0 ? "" : "%n");
    usage.parameterListHeading("%n");
    usage.optionListHeading("%n");
    usage.footerHeading("%nExamples:%n");
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

            --store is simple:DIR, memory:, or the URI of another backend; without it the configuration says, else it
            is simple:data/simple_kv. Exit code 0: done; 1: absent, or a condition not met; 2: an error.

            Examples:
              ./kvist put demo greeting 'Hello, world'
              ./kvist get demo greeting
              ./kvist put --help
            """)
        .toString();
  }
}

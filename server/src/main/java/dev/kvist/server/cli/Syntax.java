package dev.kvist.server.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command takes, and what its help says. For one thread.
 *
 * <p>No library of annotations: reading those takes longer than opening a store and getting a value
 * from it.
 */
final class Syntax {
  /** How many words an argument takes. */
  enum Count {
    ONE,
    AT_MOST_ONE,
    ANY
  }

  /**
   * An argument without a name of its own; {@code label} is what help and {@link Given} call it.
   */
  record Argument(String label, Count count, String description) {}

  /**
   * An option.
   *
   * @param name with its dashes
   * @param shortName with its dash; empty where there is none
   * @param label what its value is called; empty for a flag
   * @param hidden whether help keeps quiet about it
   */
  record Option(
      String name,
      String shortName,
      String label,
      String description,
      boolean required,
      boolean hidden) {
    boolean isFlag() {
      return label.isEmpty();
    }
  }

  static final String STORE = "--store";
  static final String CONFIG = "--config";
  static final String VERBOSE = "--verbose";
  static final String HELP = "--help";

  /** What all commands take, before or after their name. */
  static final List<Option> SHARED =
      List.of(
          new Option(
              STORE,
              "",
              "URI",
              "The store: rocksdb:DIR, simple:DIR, memory:, nats://HOST:PORT, or the URI of another backend. Default: what the configuration says, else rocksdb:data/badger.",
              false,
              false),
          new Option(
              CONFIG,
              "",
              "FILE",
              "The configuration. Default: kvist.yaml, where there is one.",
              false,
              false),
          new Option(
              VERBOSE, "-v", "", "Show the log, and the stack trace of an error.", false, false),
          new Option(HELP, "-h", "", "Show this help.", false, false));

  private final List<Argument> arguments = new ArrayList<>();
  private final List<Option> options = new ArrayList<>();
  private List<String> about = List.of();
  private List<String> examples = List.of();
  private boolean foreignOptions;

  /** Then a word. */
  Syntax argument(String label, String description) {
    arguments.add(new Argument(label, Count.ONE, description));
    return this;
  }

  /** Then maybe a word. */
  Syntax optional(String label, String description) {
    arguments.add(new Argument(label, Count.AT_MOST_ONE, description));
    return this;
  }

  /** Then all other words. */
  Syntax any(String label, String description) {
    arguments.add(new Argument(label, Count.ANY, description));
    return this;
  }

  /** An option with a value. */
  Syntax option(String name, String label, String description) {
    options.add(new Option(name, "", label, description, false, false));
    return this;
  }

  /** An option with a value that must be given. */
  Syntax required(String name, String label, String description) {
    options.add(new Option(name, "", label, description, true, false));
    return this;
  }

  /** An option without a value. */
  Syntax flag(String name, String description) {
    options.add(new Option(name, "", "", description, false, false));
    return this;
  }

  /** A flag for Kvist's own use. */
  Syntax hiddenFlag(String name) {
    options.add(new Option(name, "", "", "", false, true));
    return this;
  }

  /** Options that it does not know are words like others. */
  Syntax foreignOptions() {
    foreignOptions = true;
    return this;
  }

  /** What help says below the usage, a paragraph each. */
  Syntax about(String... paragraphs) {
    about = List.of(paragraphs);
    return this;
  }

  /** What help shows: lines that work as typed, one after the other. */
  Syntax examples(String... lines) {
    examples = List.of(lines);
    return this;
  }

  List<Argument> arguments() {
    return Collections.unmodifiableList(arguments);
  }

  /** Its own options, without the shared ones. */
  List<Option> options() {
    return Collections.unmodifiableList(options);
  }

  boolean takesForeignOptions() {
    return foreignOptions;
  }

  List<String> about() {
    return about;
  }

  List<String> examples() {
    return examples;
  }

  /** The option of this name, shared ones included; null when there is none. */
  @Nullable Option find(String name) {
    for (List<Option> some : List.of(options, SHARED)) {
      for (Option option : some) {
        if (option.name().equals(name) || option.shortName().equals(name)) {
          return option;
        }
      }
    }
    return null;
  }

  /** The names of all options that help shows. */
  List<String> names() {
    var names = new ArrayList<String>();
    for (List<Option> some : List.of(options, SHARED)) {
      for (Option option : some) {
        if (!option.hidden()) {
          names.add(option.name());
        }
      }
    }
    return names;
  }
}

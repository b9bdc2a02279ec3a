package dev.kvist.server.cli;

import dev.kvist.server.cli.Syntax.Argument;
import dev.kvist.server.cli.Syntax.Count;
import dev.kvist.server.cli.Syntax.Option;
import dev.kvist.spi.Names;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was typed, sorted by what the command takes. */
final class Given {
  private final Syntax syntax;
  private final Map<String, String> options = new HashMap<>();
  private final Map<String, List<String>> arguments = new HashMap<>();

  private Given(Syntax syntax) {
    this.syntax = syntax;
  }

  /**
   * Sorts the words of a command, its name left out. {@code --name value} and {@code --name=value}
   * are the same; behind {@code --} every word is an argument, and so are {@code -} and what looks
   * like a negative number.
   *
   * @throws UsageException when they do not fit; with {@code --help} among them missing ones are
   *     fine
   */
  static Given parse(Syntax syntax, List<String> words) throws UsageException {
    var given = new Given(syntax);
    var plain = new ArrayList<String>();
    Iterator<String> rest = words.iterator();
    while (rest.hasNext()) {
      String word = rest.next();
      if (word.equals("--")) {
        rest.forEachRemaining(plain::add);
      } else if (isArgument(word) || (syntax.takesForeignOptions() && given.find(word) == null)) {
        plain.add(word);
      } else {
        given.take(word, rest);
      }
    }
    if (!given.has(Syntax.HELP)) {
      given.place(plain);
    }
    return given;
  }

  private static boolean isArgument(String word) {
    return !word.startsWith("-") || word.length() == 1 || Character.isDigit(word.charAt(1));
  }

  private @Nullable Option find(String word) {
    int equals = word.indexOf('=');
    return syntax.find(equals < 0 ? word : word.substring(0, equals));
  }

  private void take(String word, Iterator<String> rest) throws UsageException {
    Option option = find(word);
    if (option == null) {
      throw unknown(word);
    }
    int equals = word.indexOf('=');
    if (option.isFlag()) {
      if (equals >= 0) {
        throw new UsageException(option.name() + " takes no value");
      }
      options.put(option.name(), "");
      return;
    }
    String value = equals >= 0 ? word.substring(equals + 1) : rest.hasNext() ? rest.next() : null;
    if (value == null || (equals < 0 && syntax.find(value) != null)) {
      throw new UsageException(
          option.name() + " needs a value: " + option.name() + " " + option.label());
    }
    if (options.put(option.name(), value) != null) {
      throw new UsageException(option.name() + " is given twice");
    }
  }

  private UsageException unknown(String word) {
    int equals = word.indexOf('=');
    String nearest = Names.nearest(equals < 0 ? word : word.substring(0, equals), syntax.names());
    String hint =
        nearest != null
            ? ", did you mean " + nearest + "?"
            : syntax.arguments().isEmpty()
                ? ""
                : " (write -- before an argument that starts with -)";
    return new UsageException("there is no option " + word + hint);
  }

  private void place(List<String> words) throws UsageException {
    var missing = new ArrayList<String>();
    int at = 0;
    for (Argument argument : syntax.arguments()) {
      int most = argument.count() == Count.ANY ? words.size() : at + 1;
      List<String> taken = words.subList(at, Math.min(words.size(), most));
      arguments.put(argument.label(), taken);
      at += taken.size();
      if (taken.isEmpty() && argument.count() == Count.ONE) {
        missing.add(argument.label());
      }
    }
    for (Option option : syntax.options()) {
      if (option.required() && !options.containsKey(option.name())) {
        missing.add(option.name() + " " + option.label());
      }
    }
    if (!missing.isEmpty()) {
      throw new UsageException(
          String.join(" and ", missing) + (missing.size() == 1 ? " is missing" : " are missing"));
    }
    if (at < words.size()) {
      throw new UsageException(
          "'" + words.get(at) + "' is one argument too many (quote a text with spaces)");
    }
  }

  /** Whether an option was given. */
  boolean has(String option) {
    return options.containsKey(option);
  }

  /** The value of an option; null when it was not given. */
  @Nullable String option(String name) {
    return options.get(name);
  }

  /** The value of an option that is required. */
  String required(String name) {
    String value = options.get(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not declared as required");
    }
    return value;
  }

  /** The word of an argument; empty for one that is optional and was not given. */
  String argument(String label) {
    List<String> words = all(label);
    return words.isEmpty() ? "" : words.getFirst();
  }

  /** All words of an argument. */
  List<String> all(String label) {
    List<String> words = arguments.get(label);
    return words == null ? List.of() : words;
  }

  /**
   * The value of an option that counts; {@link Long#MAX_VALUE} when it was not given.
   *
   * @throws IllegalArgumentException when it is no number, or less than 1
   */
  long count(String name) {
    String text = option(name);
    if (text == null) {
      return Long.MAX_VALUE;
    }
    try {
      long count = Long.parseLong(text);
      if (count >= 1) {
        return count;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(name + " is a number from 1 on, and '" + text + "' is none");
  }
}

package dev.kvist.server.cli;

import dev.kvist.server.cli.Syntax.Argument;
import dev.kvist.server.cli.Syntax.Count;
import dev.kvist.server.cli.Syntax.Option;
import java.util.ArrayList;
import java.util.List;

/** The help of one command. */
final class HelpText {
  private static final int WIDTH = 100;

  private final StringBuilder text = new StringBuilder();

  private HelpText() {}

  static String of(String name, String summary, Syntax syntax) {
    var help = new HelpText();
    help.text.append(summary).append("\n\nUsage: ").append(usage(name, syntax)).append('\n');
    if (!syntax.about().isEmpty()) {
      help.text.append('\n');
      syntax.about().forEach(paragraph -> help.wrap("", paragraph, 0));
    }
    help.words(syntax);
    help.text.append("\nExamples:\n");
    syntax.examples().forEach(line -> help.text.append("  ").append(line).append('\n'));
    return help.text.toString();
  }

  private static String usage(String name, Syntax syntax) {
    var usage = new StringBuilder("./kvist ").append(name);
    for (Option option : syntax.options()) {
      if (option.required()) {
        usage.append(' ').append(option.name()).append(' ').append(option.label());
      }
    }
    usage.append(" [OPTION...]");
    for (Argument argument : syntax.arguments()) {
      usage.append(' ').append(shown(argument));
    }
    return usage.toString();
  }

  private static String shown(Argument argument) {
    return switch (argument.count()) {
      case ONE -> argument.label();
      case AT_MOST_ONE -> "[" + argument.label() + "]";
      case ANY -> "[" + argument.label() + "...]";
    };
  }

  private void words(Syntax syntax) {
    var names = new ArrayList<String>();
    var descriptions = new ArrayList<String>();
    for (Argument argument : syntax.arguments()) {
      names.add(argument.count() == Count.ONE ? argument.label() : shown(argument));
      descriptions.add(argument.description());
    }
    for (List<Option> some : List.of(syntax.options(), Syntax.SHARED)) {
      for (Option option : some) {
        if (!option.hidden()) {
          names.add(
              (option.shortName().isEmpty() ? "" : option.shortName() + ", ")
                  + option.name()
                  + (option.isFlag() ? "" : " " + option.label()));
          descriptions.add(option.description());
        }
      }
    }
    int longest = names.stream().mapToInt(String::length).max().orElse(0);
    text.append('\n');
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      wrap("  " + name + " ".repeat(longest - name.length() + 2), descriptions.get(i), longest + 4);
    }
  }

  /** Appends a paragraph behind a first part, with its further lines indented. */
  private void wrap(String first, String paragraph, int indent) {
    var line = new StringBuilder(first);
    boolean fresh = true;
    for (String word : paragraph.split(" ", -1)) {
      if (!fresh && line.length() + 1 + word.length() > WIDTH) {
        text.append(line).append('\n');
        line = new StringBuilder(" ".repeat(indent));
        fresh = true;
      }
      line.append(fresh ? "" : " ").append(word);
      fresh = false;
    }
    text.append(line).append('\n');
  }
}

package dev.kvist.config;

import java.util.List;
import java.util.Map;

/** What a configuration says, before anyone knows what it means. */
sealed interface Tree {
  /** Where it starts, from 1; 0 where it was made in code. */
  int line();

  /** How the text of a scalar came about, which decides what it may stand for. */
  enum Form {
    /** Bare in the file: {@code true}, {@code 10}, {@code text}. */
    PLAIN,
    /** In quotes or as a block: a text, also where it looks like a number. */
    QUOTED,
    /** From the environment or from code, where everything is text: read as what is due. */
    FOREIGN
  }

  /** A single value. */
  record Scalar(String text, Form form, int line) implements Tree {
    boolean isNull() {
      return form == Form.PLAIN
          && (text.isEmpty() || text.equals("~") || text.equalsIgnoreCase("null"));
    }

    boolean isFlag() {
      return form == Form.PLAIN
          && (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false"));
    }

    /** What it is, for messages. */
    String kind() {
      return isNull() ? "nothing" : isFlag() ? text : "'" + text + "'";
    }
  }

  /** Values by key, in the order of the file. */
  record Mapping(Map<String, Entry> entries, int line) implements Tree {
    /** The line of a key; its own where it has no such key. */
    int lineOf(String key) {
      Entry entry = entries.get(key);
      return entry == null ? line : entry.line();
    }
  }

  /** A value with the line of its key. */
  record Entry(Tree value, int line) {}

  /** Values in order. */
  record Sequence(List<Tree> items, int line) implements Tree {}
}

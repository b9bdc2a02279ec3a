package dev.kvist.config;

import java.util.Map;

/**
 * A section of the configuration.
 *
 * @param line of its name
 * @param enabled whether it is in use
 * @param values by setting, checked; empty for a section of no backend
 * @param filter which filter it has, if it is of a backend
 * @param tree all it says
 */
record Section(
    String name,
    int line,
    boolean enabled,
    Map<String, String> values,
    FilterSettings filter,
    Tree tree) {
  /** The line of one of its keys; its own where it has no such key. */
  int lineOf(String key) {
    return tree instanceof Tree.Mapping mapping && mapping.entries().containsKey(key)
        ? mapping.lineOf(key)
        : line;
  }
}

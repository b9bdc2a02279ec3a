package dev.kvist.config;

import dev.kvist.spi.Names;
import dev.kvist.spi.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks a section against its table of settings, and turns it into texts by name. A {@code .} of a
 * setting's name is a level of the file.
 */
final class SectionReader {
  private final Source source;
  private final String section;
  private final Map<String, Setting> settings = new LinkedHashMap<>();
  private final Map<String, String> values = new LinkedHashMap<>();

  private SectionReader(Source source, String section, List<Setting> table) {
    this.source = source;
    this.section = section;
    for (Setting setting : table) {
      settings.put(setting.name(), setting);
    }
  }

  /** The values that a section gives, by the names of its table. */
  static Map<String, String> read(
      Source source, String section, Tree.Mapping tree, List<Setting> table) {
    var reader = new SectionReader(source, section, table);
    reader.level(tree, "");
    return reader.values;
  }

  private void level(Tree.Mapping tree, String prefix) {
    tree.entries()
        .forEach((key, entry) -> {
          String name = prefix + key;
          @Nullable Setting setting = settings.get(name);
          if (setting != null) {
            values.put(name, value(setting, entry));
          } else if (settings.keySet().stream().anyMatch(known -> known.startsWith(name + "."))) {
            if (!(entry.value() instanceof Tree.Mapping deeper)) {
              String found = entry.value() instanceof Tree.Scalar scalar ? scalar.kind() : "a list";
              throw source.error(
                  entry.line(), at(name) + " is " + found + "; expected keys under it");
            }
            level(deeper, name + ".");
          } else {
            throw unknown(source, entry.line(), section + levelOf(prefix), key, keysAt(prefix));
          }
        });
  }

  private static String levelOf(String prefix) {
    return prefix.isEmpty() ? "" : "." + prefix.substring(0, prefix.length() - 1);
  }

  private Set<String> keysAt(String prefix) {
    Set<String> keys = new LinkedHashSet<>();
    for (String name : settings.keySet()) {
      if (name.startsWith(prefix)) {
        keys.add(name.substring(prefix.length()).split("\\.", 2)[0]);
      }
    }
    return keys;
  }

  /** The error for a key that nobody knows, with the nearest that somebody does. */
  static ConfigurationException unknown(
      Source source, int line, String where, String key, Set<String> known) {
    @Nullable String nearest = Names.nearest(key.toLowerCase(Locale.ROOT), known);
    return source.error(
        line,
        (where.isEmpty() ? "there is no section or key " : where + " has no key ")
            + key
            + "; "
            + (nearest == null
                ? "there are " + String.join(", ", known)
                : "did you mean " + nearest + "?"));
  }

  private String value(Setting setting, Tree.Entry entry) {
    String text =
        switch (entry.value()) {
          case Tree.Scalar scalar -> text(setting, source.expand(scalar));
          case Tree.Sequence sequence when setting.type() == Setting.Type.LIST ->
              list(setting, sequence);
          case Tree.Sequence sequence -> throw mismatch(setting, sequence.line(), "a list");
          case Tree.Mapping mapping -> throw mismatch(setting, mapping.line(), "a section");
        };
    if (!setting.accepts(text)) {
      throw mismatch(setting, entry.line(), "'" + text + "'");
    }
    return text;
  }

  private String text(Setting setting, Tree.Scalar scalar) {
    if (scalar.isNull()) {
      throw source.error(
          scalar.line(),
          at(setting.name()) + " has no value; give it one, or remove the key for the default");
    }
    switch (setting.type()) {
      case FLAG -> {
        if (scalar.isFlag()) {
          return scalar.text().toLowerCase(Locale.ROOT);
        }
        refuseQuoted(setting, scalar);
      }
      case INTEGER, NUMBER -> refuseQuoted(setting, scalar);
      default -> {
        if (scalar.isFlag()) {
          throw mismatch(setting, scalar.line(), scalar.kind());
        }
      }
    }
    return scalar.text();
  }

  private void refuseQuoted(Setting setting, Tree.Scalar scalar) {
    if (scalar.form() == Tree.Form.QUOTED) {
      throw mismatch(setting, scalar.line(), "the text \"" + scalar.text() + "\" in quotes");
    }
  }

  private String list(Setting setting, Tree.Sequence sequence) {
    List<String> items = new ArrayList<>();
    for (Tree item : sequence.items()) {
      if (!(item instanceof Tree.Scalar scalar)) {
        throw source.error(item.line(), at(setting.name()) + " is a list of texts, nothing deeper");
      }
      String text = text(setting, source.expand(scalar));
      if (text.contains(",")) {
        throw source.error(item.line(), at(setting.name()) + " has an item with a comma");
      }
      items.add(text);
    }
    if (items.isEmpty()) {
      throw mismatch(setting, sequence.line(), "an empty list");
    }
    return String.join(",", items);
  }

  private ConfigurationException mismatch(Setting setting, int line, String found) {
    String shown = setting.type() == Setting.Type.SECRET ? "of the wrong type" : found;
    return source.error(
        line, at(setting.name()) + " is " + shown + "; expected " + setting.expected());
  }

  private String at(String name) {
    return section.isEmpty() ? name : section + "." + name;
  }
}

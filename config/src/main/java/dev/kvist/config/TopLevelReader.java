package dev.kvist.config;

import dev.kvist.spi.Setting;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the top level of a configuration, and each section by its table. */
final class TopLevelReader {
  private static final Setting ENABLED =
      Setting.of("enabled", Setting.Type.FLAG, "true", "Whether the section is in use.");

  private static final Setting DATA_DIRECTORY =
      Setting.of(
          "data_dir", Setting.Type.DIRECTORY, "data", "Where engines keep their data by default.");

  private static final Setting STORE =
      Setting.of("store", Setting.Type.TEXT, null, "The store that is used: a name or a URI.");

  /** Sections that describe no store; whoever reads them checks them. */
  private static final List<String> OTHERS = List.of("replicas", "gateway", "server");

  private final Source source;
  private final Backends backends;
  private final Map<String, Section> sections = new LinkedHashMap<>();
  private String dataDirectory = "data";
  private Tree.@Nullable Scalar store;

  TopLevelReader(Source source, Backends backends) {
    this.source = source;
    this.backends = backends;
  }

  String dataDirectory() {
    return dataDirectory;
  }

  Tree.@Nullable Scalar store() {
    return store;
  }

  Map<String, Section> sections() {
    return sections;
  }

  void read(Tree.Mapping top) {
    Set<String> known = new LinkedHashSet<>(List.of(DATA_DIRECTORY.name(), STORE.name()));
    known.addAll(backends.sections());
    known.addAll(OTHERS);
    top.entries()
        .forEach((key, entry) -> {
          if (key.equals(DATA_DIRECTORY.name())) {
            dataDirectory = checkedPath(value(key, entry, DATA_DIRECTORY), entry.line());
          } else if (key.equals(STORE.name())) {
            store = storeKey(entry);
          } else if (known.contains(key)) {
            sections.put(key, section(key, entry));
          } else {
            throw SectionReader.unknown(source, entry.line(), "", key, known);
          }
        });
  }

  /**
   * A URI keeps its variables: they are replaced when it is taken apart, so that no value can add
   * options.
   */
  private Tree.Scalar storeKey(Tree.Entry entry) {
    value(STORE.name(), entry, STORE);
    Tree.Scalar scalar = (Tree.Scalar) entry.value();
    return scalar.text().contains(":") && !scalar.text().startsWith("${")
        ? scalar
        : source.expand(scalar);
  }

  private String value(String key, Tree.Entry entry, Setting setting) {
    var one = new Tree.Mapping(Map.of(key, entry), entry.line());
    return SectionReader.read(source, "", one, List.of(setting)).getOrDefault(key, "");
  }

  private String checkedPath(String path, int line) {
    try {
      return Path.of(path).toString();
    } catch (InvalidPathException e) {
      throw source.error(line, "'" + path + "' is no path: " + e.getReason(), e);
    }
  }

  private Section section(String name, Tree.Entry entry) {
    Tree tree = entry.value();
    if (tree instanceof Tree.Scalar scalar && scalar.isNull()) {
      tree = new Tree.Mapping(Map.of(), scalar.line());
    }
    if (tree instanceof Tree.Mapping mapping) {
      @Nullable List<Setting> table = backends.settings(name);
      return table == null
          ? unchecked(name, entry.line(), mapping)
          : checked(name, entry.line(), mapping, table);
    }
    if (tree instanceof Tree.Sequence && OTHERS.contains(name)) {
      return new Section(name, entry.line(), true, Map.of(), FilterSettings.EXACT, tree);
    }
    String found = tree instanceof Tree.Scalar scalar ? scalar.kind() : "a list";
    throw source.error(tree.line(), name + " is " + found + "; expected keys under it");
  }

  private Section checked(String name, int line, Tree.Mapping tree, List<Setting> table) {
    List<Setting> all = new ArrayList<>(List.of(ENABLED));
    all.addAll(table);
    all.addAll(FilterSettings.beside(table));
    Map<String, String> values = SectionReader.read(source, name, tree, all);
    boolean enabled = !"false".equals(values.remove(ENABLED.name()));
    FilterSettings filter = FilterSettings.take(source, name, tree, values, table);
    @Nullable Setting directory = backends.directory(name);
    if (directory != null && values.containsKey(directory.name())) {
      int at = tree.lineOf(directory.name());
      values.computeIfPresent(directory.name(), (_, path) -> checkedPath(path, at));
    }
    return new Section(name, line, enabled, values, filter, tree);
  }

  /** A section whose table is not here: only whether it is in use can be known. */
  private Section unchecked(String name, int line, Tree.Mapping tree) {
    Tree.@Nullable Entry enabled = tree.entries().get(ENABLED.name());
    boolean on =
        enabled == null
            || SectionReader.read(
                    source,
                    name,
                    new Tree.Mapping(Map.of(ENABLED.name(), enabled), line),
                    List.of(ENABLED))
                .containsValue("true");
    return new Section(name, line, on, Map.of(), FilterSettings.EXACT, tree);
  }
}

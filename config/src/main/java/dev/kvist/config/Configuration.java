package dev.kvist.config;

import dev.kvist.ConnectionOptions;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code kvist.yaml} says: where data is, which stores there are, and which one is used.
 * Immutable.
 *
 * <p>Every key is in {@code docs/configuration.md}. Reading one checks all of it: names, types,
 * duplicates, variables of the environment; nothing is opened or made. The sections of the backends
 * on the class path are checked against the settings that these declare.
 */
public final class Configuration {
  /** The name of the file that {@link #find} looks for. */
  public static final String FILE_NAME = "kvist.yaml";

  private final Source source;
  private final Backends backends;
  private final Path base;
  private final Path dataDirectory;
  private final Tree.@Nullable Scalar store;
  private final Map<String, Section> sections;

  private Configuration(
      Source source,
      Backends backends,
      Path base,
      Path dataDirectory,
      Tree.@Nullable Scalar store,
      Map<String, Section> sections) {
    this.source = source;
    this.backends = backends;
    this.base = base;
    this.dataDirectory = dataDirectory;
    this.store = store;
    this.sections = sections;
  }

  /**
   * Reads a file.
   *
   * @throws ConfigurationException when it is missing, unreadable, larger than 1 MiB, no UTF-8 or
   *     no YAML, or says something that is not understood
   */
  public static Configuration load(Path file) {
    Source source = new Source(file.toString(), System::getenv);
    try {
      if (!Files.isRegularFile(file)) {
        throw source.error(
            0, Files.exists(file) ? "is no file" : "is not there; make it, or correct the name");
      }
      // Read no more than a configuration may have, also of a file that is growing.
      byte[] bytes;
      try (var in = Files.newInputStream(file)) {
        bytes = in.readNBytes(YamlReader.MAX_SIZE + 1);
      }
      if (bytes.length > YamlReader.MAX_SIZE) {
        throw source.error(0, "is larger than 1 MiB, which no configuration needs");
      }
      String yaml = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return read(yaml, source, Backends.onClassPath());
    } catch (CharacterCodingException e) {
      throw source.error(0, "is not UTF-8; save it as UTF-8", e);
    } catch (NoSuchFileException e) {
      throw source.error(0, "is not there; make it, or correct the name", e);
    } catch (IOException e) {
      throw source.error(0, "cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Reads {@value #FILE_NAME} of a directory, where relative paths then start; all defaults when
   * there is none.
   *
   * @throws ConfigurationException as {@link #load}
   */
  public static Configuration find(Path directory) {
    Path file = directory.resolve(FILE_NAME);
    Configuration found = Files.exists(file, LinkOption.NOFOLLOW_LINKS) ? load(file) : parse("");
    return found.relativeTo(directory);
  }

  /**
   * Reads YAML. An empty text is a configuration of all defaults.
   *
   * @throws ConfigurationException when it is no YAML or says something that is not understood
   */
  public static Configuration parse(String yaml) {
    return read(yaml, new Source("configuration", System::getenv), Backends.onClassPath());
  }

  /**
   * A configuration made in code: the keys of the file, with texts, numbers, booleans, {@link
   * java.time.Duration}, {@link Path}, lists and maps as values. A text is read as what is due, so
   * {@code "true"} is a legal flag; {@code ${NAME}} is replaced as in the file.
   *
   * @throws ConfigurationException when it says something that is not understood
   */
  public static Configuration of(Map<String, ?> values) {
    Source source = new Source("configuration", System::getenv);
    return read(new MapReader(source).mapping(values, ""), source, Backends.onClassPath());
  }

  static Configuration read(String yaml, Source source, Backends backends) {
    return read(YamlReader.read(yaml, source), source, backends);
  }

  private static Configuration read(Tree.Mapping top, Source source, Backends backends) {
    var reader = new TopLevelReader(source, backends);
    reader.read(top);
    return new Configuration(
        source,
        backends,
        Path.of(""),
        Path.of(reader.dataDirectory()),
        reader.store(),
        reader.sections());
  }

  /** The same with relative paths starting at a directory, not at the working directory. */
  public Configuration relativeTo(Path directory) {
    return new Configuration(source, backends, directory, dataDirectory, store, sections);
  }

  /** The directory under which engines keep their data unless they are told otherwise. */
  public Path dataDirectory() {
    return resolved(dataDirectory);
  }

  /** The names of the sections that are there, in the order of the file. */
  public List<String> sections() {
    return List.copyOf(sections.keySet());
  }

  /** Whether a section is there and not switched off by {@code enabled: false}. */
  public boolean enabled(String section) {
    Section found = sections.get(section);
    return found != null && found.enabled();
  }

  /**
   * What a section of no backend says, such as {@code server}, unchecked: maps, lists and texts,
   * with variables of the environment replaced; null when it is not there.
   */
  public @Nullable Object values(String section) {
    Section found = sections.get(section);
    return found == null ? null : new PlainValues(source).of(found.tree());
  }

  /**
   * Says in a line which enabled sections nothing reads, each with why: for a store whose backend
   * is not on the class path what to add, for any other that there is no module of its name. That
   * is no error, since another program may read them.
   *
   * @param modules the names of those who read their own sections
   * @return the line, which starts with the file; null when every section is read
   */
  public @Nullable String unread(Collection<String> modules) {
    var unread = new ArrayList<String>();
    for (Section section : sections.values()) {
      String name = section.name();
      if (section.enabled() && !backends.names().contains(name) && !modules.contains(name)) {
        boolean store = backends.sections().contains(name);
        unread.add(
            name
                + " ("
                + (store ? Backends.remedy(name) : "there is no module of this name")
                + ")");
      }
    }
    return unread.isEmpty()
        ? null
        : source.name() + ": sections that nothing reads: " + String.join(", ", unread);
  }

  /**
   * The options of a connection to a store by the name of its section; its defaults when it has no
   * section.
   *
   * @throws ConfigurationException when no backend of that name is on the class path, when the
   *     section is switched off, or its values do not go together
   */
  public ConnectionOptions options(String name) {
    @Nullable Section section = sections.get(name);
    int line = section == null ? 0 : section.line();
    Backend backend = backends.find(name);
    if (backend == null) {
      throw source.error(
          line, "no backend '" + name + "' is on the class path; " + Backends.remedy(name));
    }
    if (section != null && !section.enabled()) {
      throw source.error(section.lineOf("enabled"), name + " is switched off by enabled: false");
    }
    var values = new LinkedHashMap<>(section == null ? Map.of() : section.values());
    @Nullable Setting directory = backends.directory(name);
    if (directory != null) {
      @Nullable Path path = directory(name);
      if (path == null) {
        throw source.error(
            line, name + " needs " + directory.name() + ": the directory of its data");
      }
      values.put(directory.name(), path.toString());
    }
    try {
      return backend.section(values);
    } catch (IllegalArgumentException e) {
      throw source.error(line, name + ": " + e.getMessage(), e);
    }
  }

  /**
   * Which filter a store registers, by the name of its section; the exact one without a section.
   */
  FilterSettings filter(String name) {
    @Nullable Section section = sections.get(name);
    return section == null || !section.enabled() ? FilterSettings.EXACT : section.filter();
  }

  /** The data directory of a store, configured or by default; null when it has none. */
  @Nullable Path directory(String name) {
    @Nullable Setting setting = backends.directory(name);
    if (setting == null) {
      return null;
    }
    @Nullable Section section = sections.get(name);
    @Nullable String path = section == null ? null : section.values().get(setting.name());
    if (path != null) {
      return resolved(Path.of(path));
    }
    @Nullable String byDefault = setting.defaultValue();
    return byDefault == null
        ? null
        : resolved(Path.of(byDefault.replace(Setting.DATA_DIRECTORY, dataDirectory.toString())));
  }

  /**
   * The options of the store that is used: {@code store} if it says; else the one engine that has a
   * section; else the engine whose data is in the data directory; else the first of RocksDB and
   * {@code simple} that is on the class path.
   *
   * @throws ConfigurationException when two could be meant, naming both; when every store is
   *     switched off; when {@code store} is no URI and no backend's name
   */
  public ConnectionOptions store() {
    StoreRule.Choice choice = new StoreRule(this).choose();
    if (choice.options() != null) {
      return choice.options();
    }
    @Nullable String name = choice.name();
    if (name == null) {
      throw source.error(
          0, "every store is switched off by enabled: false; enable one, or set store");
    }
    throw StoreRule.noStore(this, name);
  }

  /** The same options with a relative directory starting where those of this file do. */
  ConnectionOptions located(ConnectionOptions options, Backend backend) {
    boolean directory = backends.directory(backend.registeredName()) != null;
    if (!directory || options.location().isEmpty() || base.toString().isEmpty()) {
      return options;
    }
    String location = resolved(Path.of(options.location())).toString();
    ConnectionOptions located = ConnectionOptions.of(options.scheme(), location);
    for (var setting : options.settings().entrySet()) {
      located = located.with(setting.getKey(), setting.getValue());
    }
    return located;
  }

  /**
   * A path of the file from where relative ones start, in its shortest form. One with a {@code ..}
   * stays as it is where a symbolic link comes before it, as then it leads elsewhere.
   */
  private Path resolved(Path path) {
    Path whole = base.resolve(path);
    Path shortest = whole.normalize();
    if (path.isAbsolute() || base.toString().isEmpty() || shortest.equals(whole)) {
      return whole;
    }
    for (Path above = whole; above != null; above = above.getParent()) {
      if (Files.isSymbolicLink(above)) {
        return whole;
      }
    }
    return shortest;
  }

  Source source() {
    return source;
  }

  Backends backends() {
    return backends;
  }

  Tree.@Nullable Scalar storeKey() {
    return store;
  }

  /** The backends' sections that are enabled, in the order of the file. */
  List<String> enabledStores() {
    return sections.values().stream()
        .filter(section -> section.enabled() && backends.sections().contains(section.name()))
        .map(Section::name)
        .toList();
  }

  /** Whether there is any section of a backend, enabled or not. */
  boolean hasStoreSection() {
    return sections.keySet().stream().anyMatch(backends.sections()::contains);
  }
}

package dev.kvist.config;

import dev.kvist.ConnectionOptions;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Names;
import dev.kvist.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides which store is used; see {@link Configuration#store}. */
final class StoreRule {
  /** What is used when nothing else decides: the first that is on the class path. */
  private static final List<String> BY_DEFAULT = List.of("badger", "simple_kv");

  private final Configuration configuration;

  StoreRule(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * What was decided.
   *
   * @param name under which the store registers; null when every store is switched off
   * @param options how to open it; null when no backend has the name, which may be that of a module
   */
  record Choice(@Nullable String name, @Nullable ConnectionOptions options) {}

  Choice choose() {
    Tree.@Nullable Scalar store = configuration.storeKey();
    if (store != null) {
      return store.text().contains(":") ? byUri(store) : byName(store);
    }
    List<String> sections = configuration.enabledStores();
    if (!sections.isEmpty()) {
      return choice(oneOf(sections));
    }
    if (configuration.hasStoreSection()) {
      return new Choice(null, null);
    }
    List<String> found = holdingData();
    if (found.size() > 1) {
      throw several(found, "both have data in " + configuration.dataDirectory());
    }
    return choice(found.isEmpty() ? byDefault() : found.getFirst());
  }

  private Choice byUri(Tree.Scalar store) {
    try {
      ConnectionOptions options = ConnectionOptions.parse(store.text());
      @Nullable Backend backend = configuration.backends().serving(options.scheme());
      if (backend == null) {
        throw new IllegalArgumentException(
            "no backend on the class path serves "
                + options.scheme()
                + ":; add its artifact, or correct it");
      }
      // One that declares nothing checks its options itself, when it is opened.
      if (!backend.settings().isEmpty()) {
        Settings.of(backend, options);
      }
      return new Choice(backend.registeredName(), configuration.located(options, backend));
    } catch (IllegalArgumentException e) {
      throw configuration.source().error(store.line(), "store: " + e.getMessage(), e);
    }
  }

  private Choice byName(Tree.Scalar store) {
    String name = store.text();
    boolean known = configuration.backends().sections().contains(name);
    return known ? choice(name) : new Choice(name, null);
  }

  private Choice choice(String name) {
    return new Choice(name, configuration.options(name));
  }

  /** The one of several sections that is an engine, which is one with a directory of its own. */
  private String oneOf(List<String> sections) {
    if (sections.size() == 1) {
      return sections.getFirst();
    }
    List<String> engines =
        sections.stream().filter(name -> configuration.backends().directory(name) != null).toList();
    if (engines.size() == 1) {
      return engines.getFirst();
    }
    throw several(engines.isEmpty() ? sections : engines, "have a section");
  }

  private ConfigurationException several(List<String> names, String why) {
    return configuration
        .source()
        .error(
            0,
            String.join(" and ", names)
                + " "
                + why
                + "; say which is used with store: "
                + names.getFirst()
                + ", or switch the others off with enabled: false");
  }

  private List<String> holdingData() {
    List<String> holding = new ArrayList<>();
    for (String name : configuration.backends().sections()) {
      @Nullable Path directory = configuration.directory(name);
      if (directory != null && hasEntries(directory)) {
        holding.add(name);
      }
    }
    return holding;
  }

  private boolean hasEntries(Path directory) {
    try (var entries = Files.newDirectoryStream(directory)) {
      return entries.iterator().hasNext();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return false;
    } catch (IOException e) {
      // Taking it for empty could start a second store beside the first.
      throw configuration
          .source()
          .error(
              0, directory + " cannot be read to see whether it holds data: " + e.getMessage(), e);
    }
  }

  private String byDefault() {
    return BY_DEFAULT.stream()
        .filter(name -> configuration.backends().find(name) != null)
        .findFirst()
        .orElseThrow(() ->
            configuration
                .source()
                .error(
                    0,
                    "no store engine is on the class path; "
                        + Backends.remedy("badger")
                        + " or dev.kvist:kvist-simple"));
  }

  /** The error for {@code store: NAME} where neither a backend nor a module has the name. */
  static ConfigurationException noStore(Configuration configuration, String name) {
    Tree.@Nullable Scalar store = configuration.storeKey();
    Backends backends = configuration.backends();
    @Nullable Backend sameScheme = backends.serving(name);
    @Nullable String nearest = Names.nearest(name, backends.names());
    String hint =
        sameScheme != null
            ? "write " + sameScheme.registeredName() + ", or the URI " + name + ":DIR"
            : nearest != null
                ? "did you mean " + nearest + "?"
                : "there are " + String.join(", ", backends.names()) + ", or write a URI";
    return configuration
        .source()
        .error(
            store == null ? 0 : store.line(),
            "store: no backend or module is called " + name + "; " + hint);
  }
}

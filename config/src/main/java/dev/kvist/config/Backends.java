package dev.kvist.config;

import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The backends on the class path by the names under which they register, and those we know of. */
final class Backends {
  /** Our own backends, with the artifact that brings each. */
  private static final Map<String, String> ARTIFACTS =
      Map.of(
          "badger", "dev.kvist:kvist-rocksdb",
          "simple_kv", "dev.kvist:kvist-simple",
          "nats", "dev.kvist:kvist-nats");

  /** The name kept for a backend that this version does not have. */
  private static final String RESERVED = "elastic";

  private final Map<String, Backend> byName = new LinkedHashMap<>();

  private Backends(Iterable<Backend> backends) {
    for (Backend backend : backends) {
      byName.putIfAbsent(backend.registeredName(), backend);
    }
  }

  /** Those that the thread's class loader finds. */
  static Backends onClassPath() {
    return onClassPath(_ -> true);
  }

  /** Those of them that a filter lets through. */
  static Backends onClassPath(Predicate<Backend> filter) {
    return new Backends(
        ServiceLoader.load(Backend.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(filter)
            .toList());
  }

  /** The backend that registers under a name; null when it is not on the class path. */
  @Nullable Backend find(String name) {
    return byName.get(name);
  }

  /** The backend that serves a scheme; null when none does. */
  @Nullable Backend serving(String scheme) {
    return byName.values().stream()
        .filter(backend -> backend.schemes().contains(scheme))
        .findFirst()
        .orElse(null);
  }

  Set<String> names() {
    return byName.keySet();
  }

  /** The names of all sections that describe a store, here or not. */
  Set<String> sections() {
    Set<String> sections = new LinkedHashSet<>(List.of("badger", "simple_kv", RESERVED, "nats"));
    sections.addAll(byName.keySet());
    return sections;
  }

  /** The keys of a store's section; null when it cannot be checked here. */
  @Nullable List<Setting> settings(String name) {
    Backend backend = byName.get(name);
    if (backend != null) {
      return backend.settings();
    }
    return name.equals("badger") ? BadgerSettings.TABLE : null;
  }

  /** The setting that is the data directory; null for a store that has none. */
  @Nullable Setting directory(String name) {
    @Nullable List<Setting> settings = settings(name);
    if (settings == null) {
      return null;
    }
    return settings.stream()
        .filter(setting -> setting.type() == Setting.Type.DIRECTORY)
        .findFirst()
        .orElse(null);
  }

  /** What to add for a backend that is not here. */
  static String remedy(String name) {
    if (name.equals(RESERVED)) {
      return "it is not part of this version";
    }
    return "add the artifact " + ARTIFACTS.getOrDefault(name, "of the backend " + name);
  }
}

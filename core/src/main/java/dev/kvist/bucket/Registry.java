package dev.kvist.bucket;

import dev.kvist.spi.Names;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What was registered by name, in order; the latest is the active one.
 *
 * <p>Readers see one immutable map; writers replace it under the lock.
 */
final class Registry<T> {
  private final String kind;
  private final String door;
  private volatile SequencedMap<String, T> byName =
      Collections.unmodifiableSequencedMap(new LinkedHashMap<>());

  /** Of this kind of things, behind the class of that name. */
  Registry(String kind, String door) {
    this.kind = kind;
    this.door = door;
  }

  synchronized void register(String name, T registered) {
    if (name.isBlank()) {
      throw new IllegalArgumentException(
          "a " + kind + " is registered by a name that is not blank");
    }
    var changed = new LinkedHashMap<>(byName);
    if (changed.putIfAbsent(name, registered) != null) {
      throw new IllegalStateException(
          "a "
              + kind
              + " named '"
              + name
              + "' is registered already: choose another name, or call "
              + door
              + ".unregister first");
    }
    byName = Collections.unmodifiableSequencedMap(changed);
  }

  synchronized boolean unregister(String name) {
    var changed = new LinkedHashMap<>(byName);
    boolean found = changed.remove(name) != null;
    byName = Collections.unmodifiableSequencedMap(changed);
    return found;
  }

  /** The latest with its name. */
  Map.Entry<String, T> active() {
    Map.@Nullable Entry<String, T> latest = byName.lastEntry();
    if (latest == null) {
      throw new IllegalStateException("no " + kind + " is registered: " + remedy());
    }
    return latest;
  }

  T get(String name) {
    SequencedMap<String, T> known = byName;
    @Nullable T registered = known.get(name);
    if (registered == null) {
      @Nullable String nearest = Names.nearest(name, known.keySet());
      throw new IllegalStateException(
          "no "
              + kind
              + " named '"
              + name
              + "' is registered, "
              + (known.isEmpty() ? "and no other" : "only " + String.join(", ", known.keySet()))
              + (nearest == null ? ": " : "; did you mean '" + nearest + "'? If not, ")
              + remedy());
    }
    return registered;
  }

  @Nullable T find(String name) {
    return byName.get(name);
  }

  private String remedy() {
    return "add a backend's artifact (such as dev.kvist:kvist-simple) to the class path, and its section (such as"
        + " simple_kv:) or a URI (such as store: simple:data/simple_kv) to the configuration, then call Modules.start"
        + " before the first use; or call "
        + door
        + ".register";
  }
}

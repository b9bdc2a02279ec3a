package dev.kvist.spi;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A backend: found by {@link java.util.ServiceLoader}, chosen by the scheme of a URI.
 *
 * <p>Implementations have a public constructor without parameters that does nothing.
 */
public interface Backend {
  /** The schemes it serves, without the colon. */
  Set<String> schemes();

  /**
   * The name under which it registers with {@code Kv} when it is configured, such as {@code
   * simple_kv}.
   */
  String registeredName();

  /**
   * The settings it understands, in the order in which they are explained: options of its URIs, and
   * keys of the configuration section that has its {@link #registeredName}. {@code enabled} belongs
   * to every section and is not among them.
   *
   * <p>{@link Settings#of} checks the options of a connection against them.
   */
  default List<Setting> settings() {
    return List.of();
  }

  /**
   * The options of a connection that a section of the configuration describes.
   *
   * <p>Here: its only scheme, at its {@link Setting.Type#DIRECTORY}, with the other values as
   * settings. A backend whose location is something else, such as hosts, makes it from its values.
   *
   * @param values by the names of {@link #settings}, checked; only those that were given, and the
   *     directory
   * @throws IllegalArgumentException when they do not go together
   */
  default ConnectionOptions section(Map<String, String> values) {
    if (schemes().size() != 1) {
      throw new IllegalStateException(registeredName() + " has several schemes and must say which");
    }
    String location = "";
    for (Setting setting : settings()) {
      if (setting.type() == Setting.Type.DIRECTORY) {
        location = values.getOrDefault(setting.name(), "");
      }
    }
    ConnectionOptions options = ConnectionOptions.of(schemes().iterator().next(), location);
    for (Setting setting : settings()) {
      String value = values.get(setting.name());
      if (value != null && setting.type() != Setting.Type.DIRECTORY) {
        options = options.with(setting.name(), value);
      }
    }
    return options;
  }

  /**
   * Opens a connection. Errors as for {@link dev.kvist.Kvist#open}; an unknown setting is an {@link
   * IllegalArgumentException} that names the nearest known one.
   */
  Connection open(ConnectionOptions options);

  /**
   * What a repair did.
   *
   * @param records how many records were kept
   * @param bytesDropped how many bytes were not readable
   * @param damages each damaged place with its file, its bytes and what was lost there, in words
   * @param suspects keys, in text form with their bucket, for which a newer record may have been
   *     lost, those of which nothing is left included
   * @param unnamed of how many more keys the newest record may have been lost, which are not known
   *     by name; {@link #UNKNOWN} when not even their number is known
   * @param keptCopy where what was dropped is kept; empty when nothing was
   */
  record Repair(
      long records,
      long bytesDropped,
      List<String> damages,
      List<String> suspects,
      long unnamed,
      String keptCopy) {
    /** A number of keys that is not known. */
    public static final long UNKNOWN = -1;

    /** What a repair did that knows the name of every key that it may have lost. */
    public Repair(
        long records,
        long bytesDropped,
        List<String> damages,
        List<String> suspects,
        String keptCopy) {
      this(records, bytesDropped, damages, suspects, 0, keptCopy);
    }
  }

  /**
   * Repairs data that does not open: keeps the newest record of each key that can be read. The data
   * must be closed. Killed at any moment, it can be run again.
   *
   * @throws KvException.Unsupported where the backend has nothing to repair
   */
  default Repair repair(ConnectionOptions options) {
    throw new KvException.Unsupported(options.scheme() + ": has no repair of its own");
  }

  /**
   * Whether a directory holds a store of this backend, open, damaged or whole. Changes nothing; any
   * thread.
   *
   * @param directory may be missing, or be something else
   */
  default boolean holds(Path directory) {
    return false;
  }

  /**
   * Reads the records of a log, also of a damaged store, without owning or changing it.
   *
   * @param to gets every record in order; returning is by throwing nothing
   * @throws KvException.Unsupported where the backend keeps no log
   */
  default void readLog(ConnectionOptions options, Consumer<LogRecord> to) {
    throw new KvException.Unsupported(options.scheme() + ": keeps no log that can be read");
  }
}

package dev.kvist.spi;

import dev.kvist.ConnectionOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one connection, checked against what its backend declares, with defaults filled
 * in. Immutable.
 *
 * <p>Asking for a setting that the backend does not declare, or as another type than declared, is a
 * bug of the backend and throws {@link IllegalStateException}.
 */
public final class Settings {
  private final Map<String, Setting> declared;
  private final Map<String, String> values;

  private Settings(Map<String, Setting> declared, Map<String, String> values) {
    this.declared = declared;
    this.values = values;
  }

  /**
   * Checks the options of a connection against the settings that its backend declares.
   *
   * @throws IllegalArgumentException for an unknown name, naming the nearest known one, and for a
   *     value that is not legal
   */
  public static Settings of(Backend backend, ConnectionOptions options) {
    var declared = new LinkedHashMap<String, Setting>();
    for (Setting setting : backend.settings()) {
      declared.put(setting.name(), setting);
    }
    for (var given : options.settings().entrySet()) {
      check(options.scheme(), declared, given.getKey(), given.getValue());
    }
    return new Settings(declared, options.settings());
  }

  private static void check(
      String scheme, Map<String, Setting> declared, String name, String value) {
    Setting setting = declared.get(name);
    if (setting == null) {
      throw new IllegalArgumentException(
          scheme + ": has no option " + name + "; " + suggestion(name, declared.values()));
    }
    if (setting.type() == Setting.Type.DIRECTORY) {
      throw new IllegalArgumentException(
          scheme + ": takes its directory after the colon, " + scheme + ":DIR, not as " + name);
    }
    if (!setting.accepts(value)) {
      String shown = setting.type() == Setting.Type.SECRET ? "" : " is '" + value + "'";
      throw new IllegalArgumentException(
          "the option "
              + name
              + " of "
              + scheme
              + ":"
              + shown
              + ", expected "
              + setting.expected());
    }
  }

  /** What to say of an unknown name: the nearest known one, or all of them. */
  private static String suggestion(String name, Iterable<Setting> declared) {
    List<String> names = new ArrayList<>();
    for (Setting setting : declared) {
      if (setting.type() != Setting.Type.DIRECTORY) {
        names.add(setting.name());
      }
    }
    @Nullable String nearest = Names.nearest(name, names);
    if (nearest != null) {
      return "did you mean " + nearest + "?";
    }
    return names.isEmpty() ? "it has none" : "it has " + String.join(", ", names);
  }

  /** Whether a value was given, rather than the default. */
  public boolean given(String name) {
    return values.containsKey(name);
  }

  /** A {@link Setting.Type#FLAG}. */
  public boolean flag(String name) {
    return value(name, Setting.Type.FLAG).equals("true");
  }

  /** An {@link Setting.Type#INTEGER}; {@code none} where the value is {@link Setting#NONE}. */
  public long integer(String name, long none) {
    String value = value(name, Setting.Type.INTEGER);
    return value.equals(Setting.NONE) ? none : Quantity.parseInteger(value);
  }

  /** A {@link Setting.Type#NUMBER}. */
  public double number(String name) {
    return Quantity.parseNumber(value(name, Setting.Type.NUMBER));
  }

  /** A {@link Setting.Type#SIZE} in bytes; {@code none} where the value is {@link Setting#NONE}. */
  public long bytes(String name, long none) {
    String value = value(name, Setting.Type.SIZE);
    return value.equals(Setting.NONE) ? none : Quantity.parseSize(value);
  }

  /**
   * A {@link Setting.Type#DURATION}; null where the value is {@link Setting#NONE}, or where none
   * was given and there is no default.
   */
  public @Nullable Duration duration(String name) {
    @Nullable String value = valueOrNull(name, Setting.Type.DURATION);
    return value == null ? null : Quantity.parseDuration(value);
  }

  /**
   * A {@link Setting.Type#DURATION} in milliseconds, rounded up, so that a short time never becomes
   * 0, which stands for {@link Setting#NONE} and for no value.
   */
  public long millis(String name) {
    @Nullable Duration value = duration(name);
    return value == null ? 0 : value.plusNanos(999_999).toMillis();
  }

  /** A text, a secret or a choice; null where none was given and there is no default. */
  public @Nullable String text(String name) {
    return valueOrNull(name, Setting.Type.TEXT, Setting.Type.SECRET, Setting.Type.CHOICE);
  }

  /** The texts of a {@link Setting.Type#LIST}; empty where none was given. */
  public List<String> list(String name) {
    @Nullable String value = valueOrNull(name, Setting.Type.LIST);
    return value == null || value.isEmpty() ? List.of() : List.of(value.split(",", -1));
  }

  private String value(String name, Setting.Type type) {
    @Nullable String value = valueOrNull(name, type);
    if (value == null) {
      throw new IllegalStateException("the setting " + name + " has neither a value nor a default");
    }
    return value;
  }

  private @Nullable String valueOrNull(String name, Setting.Type... types) {
    Setting setting = declared.get(name);
    if (setting == null || !List.of(types).contains(setting.type())) {
      throw new IllegalStateException(
          "the setting " + name + " is not declared as " + List.of(types));
    }
    String given = values.get(name);
    return given == null ? setting.defaultValue() : given;
  }
}

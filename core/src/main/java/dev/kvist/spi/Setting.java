package dev.kvist.spi;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One setting that a backend understands: an option of its URIs and a key of its section of the
 * configuration file.
 *
 * @param name small letters, digits and {@code _}; a {@code .} stands for a level of the file
 * @param type what its values look like
 * @param choices the values of a {@link Type#CHOICE}; empty for every other type
 * @param defaultValue the value that holds when none is given; null where there is none. {@code
 *     none} makes {@code none} a legal value of a size, a duration or a whole number
 * @param least the smallest legal value of a number, a size or a duration; null where that is 0
 * @param most the greatest one; null where there is none
 * @param description what it does, in a sentence
 */
public record Setting(
    String name,
    Type type,
    List<String> choices,
    @Nullable String defaultValue,
    @Nullable String least,
    @Nullable String most,
    String description) {
  /** The value that says "no limit", where a setting's default is this. */
  public static final String NONE = "none";

  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*");

  /** What the values of a setting look like. */
  public enum Type {
    /** {@code true} or {@code false}. */
    FLAG("true or false"),
    /** A whole number from 0. */
    INTEGER("a whole number such as 3"),
    /** A number with or without a fraction, from 0. */
    NUMBER("a number such as 0.5"),
    /** Bytes, as a plain number or with a unit. */
    SIZE("a size: bytes, or a number with KiB, MiB, GiB or TiB, such as 64MiB"),
    /** A span of time with a unit. */
    DURATION("a duration: a number with us, ms, s, m, h, d or w, such as 10s, or 1h30m"),
    /** Any text. */
    TEXT("a text"),
    /** A text that must never be shown. */
    SECRET("a text"),
    /** One of several words. */
    CHOICE("one of"),
    /** Texts, in a URI joined by commas. */
    LIST("a list of texts"),
    /**
     * The directory of the data. No option of a URI: there it follows the scheme. In the default
     * value {@link Setting#DATA_DIRECTORY} stands for the configured data directory.
     */
    DIRECTORY("the path of a directory");

    private final String expected;

    Type(String expected) {
      this.expected = expected;
    }
  }

  /** Stands for the configured data directory in a default value. */
  public static final String DATA_DIRECTORY = "<data_dir>";

  /** Checks itself: the name's form, the bounds, and that the default value is a legal one. */
  public Setting {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("'" + name + "' is no name of a setting");
    }
    choices = List.copyOf(choices);
    if (choices.isEmpty() == (type == Type.CHOICE)) {
      throw new IllegalArgumentException(name + ": choices are there for a CHOICE, and only there");
    }
    if ((least != null && amount(type, least) < 0) || (most != null && amount(type, most) < 0)) {
      throw new IllegalArgumentException(name + ": " + type + " has no such bounds");
    }
    if (defaultValue != null && !legal(type, choices, defaultValue, least, most, defaultValue)) {
      throw new IllegalArgumentException(name + ": its default " + defaultValue + " is not legal");
    }
  }

  /** A setting of any type but {@link Type#CHOICE}. */
  public static Setting of(
      String name, Type type, @Nullable String defaultValue, String description) {
    return new Setting(name, type, List.of(), defaultValue, null, null, description);
  }

  /** One of several words. */
  public static Setting choice(
      String name, List<String> choices, String defaultValue, String description) {
    return new Setting(name, Type.CHOICE, choices, defaultValue, null, null, description);
  }

  /** The same with a smallest legal value. */
  public Setting atLeast(String least) {
    return new Setting(name, type, choices, defaultValue, least, most, description);
  }

  /** The same with a smallest and a greatest legal value. */
  public Setting between(String least, String most) {
    return new Setting(name, type, choices, defaultValue, least, most, description);
  }

  /** What a value must look like, for messages: {@code a size: …}. */
  public String expected() {
    if (type == Type.CHOICE) {
      return type.expected + " " + String.join(", ", choices);
    }
    String range = range();
    return range.isEmpty() ? type.expected : type.expected + "; " + range;
  }

  /** The legal values in words, such as {@code 1 to 64MiB}; empty where there are no bounds. */
  public String range() {
    if (most == null) {
      return least == null ? "" : "at least " + least;
    }
    return least == null ? "at most " + most : least + " to " + most;
  }

  /** Whether a value is legal. */
  public boolean accepts(String value) {
    return legal(type, choices, defaultValue, least, most, value);
  }

  private static boolean legal(
      Type type,
      List<String> choices,
      @Nullable String defaultValue,
      @Nullable String least,
      @Nullable String most,
      String value) {
    if (value.equals(NONE) && NONE.equals(defaultValue)) {
      return true;
    }
    return switch (type) {
      case FLAG -> value.equals("true") || value.equals("false");
      case INTEGER, NUMBER, SIZE, DURATION -> {
        double amount = amount(type, value);
        yield amount >= (least == null ? 0 : amount(type, least))
            && (most == null || amount <= amount(type, most));
      }
      case CHOICE -> choices.contains(value);
      case DIRECTORY -> !value.isBlank() && value.indexOf('\0') < 0;
      case TEXT, SECRET, LIST -> true;
    };
  }

  /** A number, or bytes, or nanoseconds; -1 where the text is none, or the type has no amount. */
  private static double amount(Type type, String value) {
    return switch (type) {
      case INTEGER -> Quantity.parseInteger(value);
      case NUMBER -> Quantity.parseNumber(value);
      case SIZE -> Quantity.parseSize(value);
      case DURATION -> {
        @Nullable Duration duration = Quantity.parseDuration(value);
        // Engines count in nanoseconds; a span beyond that is a slip of the finger.
        yield duration == null || duration.compareTo(LONGEST) > 0 ? -1 : duration.toNanos();
      }
      case FLAG, CHOICE, TEXT, SECRET, LIST, DIRECTORY -> -1;
    };
  }
}

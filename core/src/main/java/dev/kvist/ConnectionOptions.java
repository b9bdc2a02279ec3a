package dev.kvist;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What to open: a scheme, a location, settings by the names of the configuration file, and an
 * observer. Immutable.
 *
 * <p>{@link #toString} is fit for logs: it leaves out user-info and the values of secrets.
 */
public final class ConnectionOptions {
  private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]*");
  private static final Pattern SETTINGS =
      Pattern.compile("[a-z][a-z0-9_.]*=[^&]*(&[a-z][a-z0-9_.]*=[^&]*)*");
  private static final Pattern ENVIRONMENT =
      Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?}");

  /** Up to the last @: a password may have a slash, a comma or another one as they are. */
  private static final Pattern USER_INFO = Pattern.compile("(?<=//).*@|^[^/]*@");

  private static final Pattern SECRET =
      Pattern.compile(".*(password|secret|token|nkey|creds|credential|key).*");

  private final String scheme;
  private final String location;
  private final Map<String, String> settings;
  private final KvObserver observer;

  private ConnectionOptions(
      String scheme, String location, Map<String, String> settings, KvObserver observer) {
    this.scheme = scheme;
    this.location = location;
    this.settings = Collections.unmodifiableMap(settings);
    this.observer = observer;
  }

  /**
   * Options without settings.
   *
   * @param scheme as in a URI, without the colon
   * @param location what follows the colon: a directory, hosts; may be empty
   */
  public static ConnectionOptions of(String scheme, String location) {
    if (!SCHEME.matcher(scheme).matches()) {
      throw new IllegalArgumentException(
          "'" + scheme + "' is no scheme: small letters and digits, such as simple");
    }
    return new ConnectionOptions(scheme, location, new LinkedHashMap<>(), KvObserver.NONE);
  }

  /**
   * Reads a URI: the scheme up to the first colon, the location, and after the last {@code ?} whose
   * tail is {@code name=value} pairs joined by {@code &}, the settings.
   *
   * <p>A {@code ?} belongs to the location when something else with a {@code /} follows it. Values
   * are percent-decoded ({@code +} stays a plus). {@code ${NAME}} and {@code ${NAME:default}} take
   * a value from the environment; {@code password_file=FILE} is the same as {@code password=} with
   * the file's first line.
   *
   * @throws IllegalArgumentException when there is no scheme, what follows the {@code ?} is no such
   *     list, a variable without default is not set or has no closing brace, a name comes twice, or
   *     the password file cannot be read
   */
  public static ConnectionOptions parse(String uri) {
    int colon = uri.indexOf(':');
    if (colon < 1 || !SCHEME.matcher(uri.substring(0, colon)).matches()) {
      throw new IllegalArgumentException(
          "a store URI starts with its scheme, such as simple:DIR, memory: or rocksdb:DIR");
    }
    String rest = uri.substring(colon + 1);
    var settings = new LinkedHashMap<String, String>();
    int question = rest.lastIndexOf('?');
    if (question >= 0 && areSettings(rest.substring(question + 1))) {
      for (String pair : rest.substring(question + 1).split("&", -1)) {
        int equals = pair.indexOf('=');
        put(settings, pair.substring(0, equals), decode(pair.substring(equals + 1)));
      }
      rest = rest.substring(0, question);
    }
    return new ConnectionOptions(uri.substring(0, colon), expand(rest), settings, KvObserver.NONE);
  }

  private static boolean areSettings(String text) {
    boolean matches = SETTINGS.matcher(text).matches();
    if (!matches && text.indexOf('/') < 0) {
      throw new IllegalArgumentException(
          "'"
              + text.replaceAll("=[^&]*", "=…").replaceAll("(?s).*@", "…@")
              + "' behind the ? of a store URI is no list of options, such as"
              + " sync_writes=true&flush_interval=500ms; a directory with a ? in its name is"
              + " written with a / at the end");
    }
    return matches;
  }

  private static void put(Map<String, String> settings, String name, String value) {
    boolean file = name.equals("password_file");
    if (settings.putIfAbsent(file ? "password" : name, file ? firstLine(value) : expand(value))
        != null) {
      throw new IllegalArgumentException("the option " + name + " comes twice in the store URI");
    }
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "an option of the store URI has a malformed % escape; write %25 for a percent sign", e);
    }
  }

  private static String firstLine(String file) {
    try (var lines = Files.lines(Path.of(file))) {
      return lines.findFirst().orElse("");
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "password_file " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Replaces every {@code ${NAME}} and {@code ${NAME:default}} by the environment's value.
   *
   * @throws IllegalArgumentException when a variable is not set and has no default, or is no name
   *     in braces
   */
  public static String expand(String text) {
    Matcher matcher = ENVIRONMENT.matcher(text);
    if (matcher.replaceAll("").contains("${")) {
      throw new IllegalArgumentException(
          "'${' starts a variable of the environment: write ${NAME} or ${NAME:default}");
    }
    return matcher.replaceAll(match -> {
      String value = System.getenv(match.group(1));
      if (value == null) {
        value = match.group(2);
      }
      if (value == null) {
        throw new IllegalArgumentException(
            "the environment variable "
                + match.group(1)
                + " is not set; set it, or write ${"
                + match.group(1)
                + ":default}");
      }
      return Matcher.quoteReplacement(value);
    });
  }

  /** The same with one more setting, which replaces one of that name. */
  public ConnectionOptions with(String name, String value) {
    var copy = new LinkedHashMap<>(settings);
    copy.put(name, value);
    return new ConnectionOptions(scheme, location, copy, observer);
  }

  /** The same with another observer. */
  public ConnectionOptions withObserver(KvObserver observer) {
    return new ConnectionOptions(scheme, location, new LinkedHashMap<>(settings), observer);
  }

  /** The scheme, without the colon. */
  public String scheme() {
    return scheme;
  }

  /**
   * What follows the scheme's colon, without settings: a directory, {@code //host:port}, or empty.
   */
  public String location() {
    return location;
  }

  /** Settings by name, in the order given. Unmodifiable. */
  public Map<String, String> settings() {
    return settings;
  }

  /** Who is told of operations and events. */
  public KvObserver observer() {
    return observer;
  }

  @Override
  public String toString() {
    var text =
        new StringBuilder(scheme).append(':').append(USER_INFO.matcher(location).replaceAll(""));
    char separator = '?';
    for (var setting : settings.entrySet()) {
      boolean secret = SECRET.matcher(setting.getKey()).matches();
      text.append(separator)
          .append(setting.getKey())
          .append('=')
          .append(secret ? "***" : setting.getValue());
      separator = '&';
    }
    return text.toString();
  }
}

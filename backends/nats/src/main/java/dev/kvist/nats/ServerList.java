package dev.kvist.nats;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The servers of a URI, and the login that it may name before them.
 *
 * <p>The login is taken out at once: the client library puts the addresses that it is given into
 * messages.
 *
 * @param urls each server as {@code nats://host:port} or {@code tls://host:port}
 * @param user the user; null when none is named
 * @param secret the password of the user, or the token where there is no user; null for none
 */
record ServerList(List<String> urls, @Nullable String user, @Nullable String secret) {
  static final int DEFAULT_PORT = 4222;

  /**
   * Reads what follows the scheme.
   *
   * @param location {@code //[user:password@]host[:port],host[:port]…}
   * @throws IllegalArgumentException when it is something else; the message has no login
   */
  static ServerList parse(String scheme, String location) {
    String rest = location.startsWith("//") ? location.substring(2) : location;
    while (rest.endsWith("/")) {
      rest = rest.substring(0, rest.length() - 1);
    }
    Set<String> urls = new LinkedHashSet<>();
    Set<String> logins = new LinkedHashSet<>();
    for (String part : rest.split(",", -1)) {
      int at = part.lastIndexOf('@');
      if (at >= 0) {
        logins.add(part.substring(0, at));
      }
      try {
        urls.add(scheme + "://" + hostAndPort(scheme, part.substring(at + 1)));
      } catch (IllegalArgumentException e) {
        throw rest.indexOf('@') < 0 ? e : withoutWords(scheme);
      }
    }
    return withLogin(List.copyOf(urls), logins);
  }

  /** A comma or a colon may be one of the login, so that a part of that is taken for a server. */
  private static IllegalArgumentException withoutWords(String scheme) {
    return new IllegalArgumentException(
        "what follows the login is no NATS server, or the login has one of / , : @ as it is;"
            + " write these with a percent sign, as %2F, and servers as "
            + scheme
            + "://LOGIN@HOST:PORT, several with commas between");
  }

  /**
   * Joins addresses to what follows a scheme.
   *
   * @throws IllegalArgumentException when they do not all have one scheme
   */
  static String join(String scheme, List<String> urls) {
    List<String> parts = new ArrayList<>();
    for (String url : urls) {
      String trimmed = url.trim();
      int end = trimmed.indexOf("://");
      if (end >= 0 && !trimmed.substring(0, end).equals(scheme)) {
        throw new IllegalArgumentException(
            "the urls of nats begin all with nats:// or all with tls://");
      }
      parts.add(end < 0 ? trimmed : trimmed.substring(end + 3));
    }
    return "//" + String.join(",", parts);
  }

  /** An address without the login that it may have. */
  static String withoutUserInfo(String url) {
    int scheme = url.indexOf("://");
    int at = url.lastIndexOf('@');
    return at < 0 ? url : url.substring(0, scheme < 0 ? 0 : scheme + 3) + url.substring(at + 1);
  }

  private static ServerList withLogin(List<String> urls, Set<String> logins) {
    if (logins.isEmpty()) {
      return new ServerList(urls, null, null);
    }
    if (logins.size() > 1) {
      throw new IllegalArgumentException(
          "the servers of one connection share a login: write it before the first one");
    }
    String login = logins.iterator().next();
    int colon = login.indexOf(':');
    return colon < 0
        ? new ServerList(urls, null, decode(login))
        : new ServerList(
            urls, decode(login.substring(0, colon)), decode(login.substring(colon + 1)));
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the login in a NATS URI has a malformed % escape; write %25 for a percent sign");
    }
  }

  private static String hostAndPort(String scheme, String address) {
    int colon = address.lastIndexOf(':');
    boolean hasPort = colon > address.lastIndexOf(']');
    String host = hasPort ? address.substring(0, colon) : address;
    if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || "/?#@\\".indexOf(c) >= 0)) {
      throw new IllegalArgumentException(
          "'"
              + address
              + "' is no NATS server; write "
              + scheme
              + "://HOST:PORT, several with commas between");
    }
    return host + ":" + (hasPort ? port(address.substring(colon + 1)) : DEFAULT_PORT);
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port > 0 && port <= 0xFFFF) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException("'" + text + "' is no port of a NATS server: 1 to 65535");
  }

  /** The addresses; never the login. */
  @Override
  public String toString() {
    return String.join(",", urls);
  }
}

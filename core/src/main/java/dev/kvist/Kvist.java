package dev.kvist;

import dev.kvist.spi.Backend;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import java.util.TreeSet;

/**
 * The door: opens a {@link Connection} from a URI.
 *
 * <pre>{@code
 * try (Connection connection = Kvist.open("simple:data/simple_kv")) {
 *   KvStore sessions = connection.store("sessions");
 *   Version version = sessions.writer().put(utf8("alice"), utf8("logged in"));
 *   byte[] value = sessions.reader().get(utf8("alice"));
 * }
 * }</pre>
 *
 * Backends are found by {@link ServiceLoader}: adding a backend's artifact to the class path is all
 * it takes.
 */
public final class Kvist {
  private Kvist() {}

  /**
   * Opens a connection.
   *
   * @param uri the scheme of a backend, a colon, where the data is, and options: {@code
   *     simple:DIR?sync_writes=true}; see {@link ConnectionOptions#parse}
   * @param required capabilities without which the caller cannot work
   * @throws IllegalArgumentException when the URI is malformed, no backend has its scheme, or an
   *     option is unknown
   * @throws KvException.Unsupported when a required capability is absent; the connection is closed
   *     again
   * @throws KvException.AlreadyOwned when another process or connection owns the data
   * @throws KvException.Corrupted when the data is damaged beyond what an open repairs
   * @throws KvException.FormatTooNew when a newer Kvist wrote the data
   * @throws KvException.ConnectionFailed when a server cannot be reached
   * @throws KvException.NotPermitted when credentials or file permissions do not allow it
   * @throws KvException.IoFailed when files cannot be read or made
   */
  public static Connection open(String uri, Capability... required) {
    return open(ConnectionOptions.parse(uri), required);
  }

  /**
   * Opens a connection from options made in code; otherwise as {@link #open(String,
   * Capability...)}.
   */
  public static Connection open(ConnectionOptions options, Capability... required) {
    Connection connection = backend(options.scheme()).open(options);
    for (Capability capability : required) {
      Capabilities.Detail detail = connection.capabilities().detail(capability);
      if (detail.support() == Support.ABSENT) {
        connection.close();
        throw new KvException.Unsupported(capability, options.scheme(), detail.note());
      }
    }
    try {
      options.observer().opened(options.scheme(), connection);
    } catch (RuntimeException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  /**
   * The backend for a scheme, for what needs no open connection, such as {@link Backend#repair}.
   *
   * @throws IllegalArgumentException when none on the class path has it
   */
  public static Backend backend(String scheme) {
    var known = new TreeSet<String>();
    for (Backend backend : ServiceLoader.load(Backend.class)) {
      if (backend.schemes().contains(scheme)) {
        return backend;
      }
      known.addAll(backend.schemes());
    }
    throw new IllegalArgumentException(
        "no backend for '"
            + scheme
            + ":' on the class path; there are "
            + known
            + ". Add its artifact, or correct the URI");
  }

  /** The UTF-8 bytes of a text, for keys and values. */
  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The text of UTF-8 bytes; malformed bytes become U+FFFD. */
  public static String utf8(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}

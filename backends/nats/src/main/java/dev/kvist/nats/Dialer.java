package dev.kvist.nats;

import dev.kvist.KvException;
import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.ServerInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes connections of the client library to one of several servers. For many threads. */
final class Dialer {
  private static final Logger LOG = LoggerFactory.getLogger(Dialer.class);

  /** A server that answers no ping for two of these is taken for dead. */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(10);

  private static final int MOST_PINGS_OUT = 2;
  private static final Duration PUSH_TIMEOUT = Duration.ofSeconds(5);

  private final Settings settings;
  private final Login login;
  private final @Nullable SSLContext tls;
  private final BiConsumer<Connection, String> permissionError;
  private final Set<String> discovered = new LinkedHashSet<>();

  /**
   * A dialer.
   *
   * @param permissionError told what a server says of a subject that is not permitted
   */
  Dialer(Settings settings, BiConsumer<Connection, String> permissionError) {
    this.settings = settings;
    this.login = Login.of(settings);
    this.tls = Tls.context(settings);
    this.permissionError = permissionError;
  }

  /** Dials until it succeeds, is refused, or the time for it is over. */
  Connection open(Link link) {
    Deadline deadline = Deadline.in(settings.connectRetry());
    while (true) {
      try {
        Connection made = dial(link);
        LOG.info("NATS: connected to {}", describe(made));
        return made;
      } catch (KvException.ConnectionFailed e) {
        if (!deadline.pause()) {
          throw e;
        }
        LOG.debug("NATS: {}", e.getMessage());
      }
    }
  }

  /**
   * One attempt at every server.
   *
   * @throws KvException.ConnectionFailed when none answers
   * @throws KvException.NotPermitted when one refuses the credentials, as soon as it says so
   */
  Connection dial(Link link) {
    var events = new Events(link, permissionError);
    Options options = options(events);
    CompletableFuture<Connection> connecting = events.connecting;
    Thread.ofVirtual().name("kvist-nats-dial").start(() -> connect(options, connecting));
    long most =
        options.getConnectionTimeout().toMillis() * Math.max(1, options.getServers().size());
    try {
      return connecting.get(most + 1_000, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw failed(e.getCause(), events.lastProblem);
    } catch (TimeoutException e) {
      connecting.cancel(false);
      throw failed(e, events.lastProblem);
    } catch (InterruptedException e) {
      connecting.cancel(false);
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(KvException.Effect.NONE, "connecting to NATS", null);
    }
  }

  private static void connect(Options options, CompletableFuture<Connection> connecting) {
    try {
      Connection made = Nats.connect(options);
      if (!connecting.complete(made)) {
        discard(made);
      }
    } catch (IOException | RuntimeException e) {
      connecting.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      connecting.completeExceptionally(e);
    }
  }

  private Options options(Events events) {
    Options.Builder builder =
        new Options.Builder()
            .servers(servers().toArray(String[]::new))
            .connectionName("kvist")
            .connectionTimeout(settings.connectTimeout())
            .noReconnect()
            .reconnectBufferSize(0)
            .pingInterval(PING_INTERVAL)
            .maxPingsOut(MOST_PINGS_OUT)
            .writeQueuePushTimeout(PUSH_TIMEOUT)
            .errorListener(events)
            .connectionListener(events);
    if (tls != null) {
      builder.sslContext(tls);
    }
    login.addTo(builder);
    return builder.build();
  }

  private synchronized Set<String> servers() {
    Set<String> all = new LinkedHashSet<>(settings.servers());
    all.addAll(discovered);
    return all;
  }

  /** Keeps what a connection learnt of other servers of the cluster. */
  synchronized void remember(Connection connection) {
    Collection<String> servers = connection.getServers();
    discovered.clear();
    for (String server : servers) {
      discovered.add(ServerList.withoutUserInfo(server));
    }
    discovered.removeAll(settings.servers());
  }

  private KvException failed(@Nullable Throwable cause, @Nullable String problem) {
    String where = String.join(", ", settings.servers());
    if (cause instanceof AuthenticationException || (problem != null && isAboutLogin(problem))) {
      return new KvException.NotPermitted(
          "NATS at "
              + where
              + " refuses the login: "
              + (problem == null ? "Authorization Violation" : problem)
              + "; check user, password, token, nkey or creds",
          null);
    }
    @Nullable String scheme = problem == null ? null : otherScheme(problem);
    if (scheme != null) {
      return new KvException.ConnectionFailed("NATS at " + where + " " + scheme, null);
    }
    // The library's own message names the servers as they were given to it, and no reason.
    return new KvException.ConnectionFailed(
        "no NATS server answers at "
            + where
            + (problem == null ? "" : ": " + problem)
            + "; check the address, and that it runs",
        null);
  }

  /** What is wrong where one side wants TLS and the other has none; null for another problem. */
  private static @Nullable String otherScheme(String problem) {
    if (problem.contains("SSL required by server")) {
      return "wants TLS; write tls:// for nats://";
    }
    return problem.contains("SSL connection wanted by client")
        ? "has no TLS; write nats:// for tls://"
        : null;
  }

  static boolean isAboutLogin(String problem) {
    String text = problem.toLowerCase(Locale.ROOT);
    return text.contains("authorization violation") || text.contains("authentication");
  }

  /** Host, port and version of a server. */
  static String describe(Connection connection) {
    ServerInfo info = connection.getServerInfo();
    return info.getHost() + ":" + info.getPort() + " (nats-server " + info.getVersion() + ")";
  }

  /** Closes a connection without waiting for what it still wanted to send. */
  static void discard(Connection connection) {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What one connection tells of itself. */
  private static final class Events implements ErrorListener, ConnectionListener {
    private final Link link;
    private final BiConsumer<Connection, String> permissionError;
    private final CompletableFuture<Connection> connecting = new CompletableFuture<>();
    private volatile @Nullable String lastProblem;

    Events(Link link, BiConsumer<Connection, String> permissionError) {
      this.link = link;
      this.permissionError = permissionError;
    }

    @Override
    public void errorOccurred(Connection connection, String error) {
      lastProblem = error;
      if (!connecting.isDone() && isAboutLogin(error)) {
        // The library says so only when its time to connect is over.
        connecting.completeExceptionally(new AuthenticationException(error));
      } else if (error.toLowerCase(Locale.ROOT).contains("permissions violation")) {
        LOG.warn("NATS: {}", error);
        permissionError.accept(connection, error);
      } else {
        LOG.warn("NATS: {}", error);
      }
    }

    @Override
    public void exceptionOccurred(Connection connection, Exception problem) {
      String said = problem.getMessage();
      lastProblem = said == null ? problem.getClass().getSimpleName() : said;
      LOG.debug("NATS: {}", problem.toString());
    }

    @Override
    @Deprecated
    public void connectionEvent(Connection connection, ConnectionListener.Events event) {
      switch (event) {
        case DISCONNECTED, CLOSED -> {
          @Nullable String problem = lastProblem;
          link.lost(connection, problem == null ? "closed by the server" : problem);
        }
        case LAME_DUCK ->
            LOG.warn(
                "NATS: the server {} is about to stop (lame duck); another one is looked for when it"
                    + " closes the connection",
                describe(connection));
        default -> LOG.debug("NATS: {}", event);
      }
    }
  }
}

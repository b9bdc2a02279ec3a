package dev.kvist.nats;

import dev.kvist.Capabilities;
import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvBatch;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvMaintenance;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.OperationCount;
import dev.kvist.StoreConfig;
import dev.kvist.Support;
import dev.kvist.spi.Names;
import dev.kvist.spi.OperationMeters;
import io.nats.client.api.ServerInfo;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the buckets of NATS JetStream.
 *
 * <p>It outlives its servers' restarts: while none is there, operations wait for one for as long as
 * {@code operation_timeout} allows, and then fail with {@link KvException.NotConnected}. A write
 * whose answer was lost fails with {@link Effect#UNKNOWN}, and is never sent again.
 */
public final class NatsConnection implements Connection {
  private static final Duration PING_TIMEOUT = Duration.ofSeconds(5);

  private final Session session;
  private final Capabilities capabilities;
  private final KvObserver observer;
  private final String scheme;
  private final Map<String, NatsStore> stores = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  private NatsConnection(
      String scheme, Settings settings, KvObserver observer, Link link, PendingRequests pending) {
    this.scheme = scheme;
    this.observer = observer;
    ServerInfo server = link.await(Deadline.in(settings.operationTimeout())).getServerInfo();
    ServerFeatures features = ServerFeatures.of(server);
    Requests requests = new Requests(link, pending);
    Api api = new Api(requests);
    this.session =
        new Session(
            link,
            requests,
            api,
            new PageSource(link, pending),
            new StreamPlan(settings, features),
            features,
            settings,
            new OperationMeters(scheme, observer),
            new Traffic(),
            new Watches(link, api, settings.operationTimeout()));
    this.capabilities = Abilities.of(features, server.getMaxPayload(), settings.readOnly());
    link.addListener(new Forgetting());
  }

  /** After a reconnect a bucket may be another one. */
  private final class Forgetting implements Link.Listener {
    @Override
    public void lost() {
      stores.values().forEach(store -> store.known().forget());
    }

    @Override
    public void restored() {
      stores.values().forEach(store -> store.known().forget());
    }
  }

  /**
   * Connects.
   *
   * @throws IllegalArgumentException when a setting is not legal, or a file cannot be read
   * @throws KvException.ConnectionFailed when no server answers, or JetStream is switched off
   * @throws KvException.NotPermitted when the server refuses the credentials
   */
  public static NatsConnection connect(NatsConnectionConfig config) {
    return open(config.options());
  }

  /**
   * Uses a connection of the application, which stays its own: closing this one leaves it open.
   *
   * <p>It reconnects as it was told to. Give it {@code reconnectBufferSize(0)}: otherwise a write
   * that failed while it was disconnected is sent afterwards.
   *
   * @param config the settings; its servers and its login are not used
   * @throws KvException.ConnectionFailed when JetStream is switched off
   */
  public static NatsConnection over(
      io.nats.client.Connection connection, NatsConnectionConfig config) {
    ConnectionOptions options = config.options();
    Settings settings = Settings.read(new NatsBackend(), options);
    return over(new Link(connection), options, settings, new PendingRequests());
  }

  static NatsConnection open(ConnectionOptions options) {
    Settings settings = Settings.read(new NatsBackend(), options);
    PendingRequests pending = new PendingRequests();
    Dialer dialer = new Dialer(settings, (_, error) -> pending.refuse(error));
    return over(new Link(dialer), options, settings, pending);
  }

  private static NatsConnection over(
      Link link, ConnectionOptions options, Settings settings, PendingRequests pending) {
    NatsConnection made;
    try {
      made = new NatsConnection(options.scheme(), settings, options.observer(), link, pending);
    } catch (RuntimeException e) {
      link.close();
      throw e;
    }
    try {
      made.checkJetStream();
      return made;
    } catch (RuntimeException e) {
      made.close();
      throw e;
    }
  }

  private void checkJetStream() {
    try {
      session.api().account(Deadline.in(openTimeout()));
    } catch (ApiError e) {
      throw new KvException.ConnectionFailed(
          "JetStream is not switched on at "
              + this
              + ": "
              + e.getMessage()
              + "; start nats-server with -js, or give the account JetStream",
          e);
    } catch (KvException.NotPermitted e) {
      // Whoever may not ask for the account may be permitted its buckets all the same.
      return;
    } catch (KvException.NotConnected | KvException.Timeout e) {
      throw new KvException.ConnectionFailed(
          "JetStream does not answer at "
              + this
              + "; is it switched on (nats-server -js), and has it a leader?",
          e);
    }
  }

  private Duration openTimeout() {
    Duration most = session.settings().operationTimeout();
    return most.compareTo(PING_TIMEOUT) < 0 ? most : PING_TIMEOUT;
  }

  /** Its servers, without a login. */
  @Override
  public String toString() {
    return session.settings().toString();
  }

  // --- checks -----------------------------------------------------------------------------------

  void checkOpen() {
    if (closed.get()) {
      throw new KvException.Closed("the connection to " + this);
    }
  }

  void checkWritable() {
    checkOpen();
    if (session.settings().readOnly()) {
      throw new KvException.Unsupported("the connection to " + this + " is read-only");
    }
  }

  void check(Capability capability) {
    checkOpen();
    Capabilities.Detail detail = capabilities.detail(capability);
    if (detail.support() == Support.ABSENT) {
      throw new KvException.Unsupported(capability, scheme, detail.note());
    }
  }

  /** Does something, which ends with {@code Closed} when the connection is closed meanwhile. */
  <T extends @Nullable Object> T call(Supplier<T> work) {
    checkOpen();
    try {
      return work.get();
    } catch (KvException e) {
      if (closed.get() && e.effect() == Effect.NONE && !Thread.currentThread().isInterrupted()) {
        checkOpen();
      }
      throw e;
    }
  }

  /** Does something that writes: an interrupted one may have done so. */
  <T extends @Nullable Object> T write(Supplier<T> work) {
    try {
      return call(work);
    } catch (KvException.VersionMismatch | KvException.AlreadyExists e) {
      session.traffic().conflicts.increment();
      throw e;
    } catch (KvException.Timeout e) {
      if (e.effect() == Effect.NONE && Thread.currentThread().isInterrupted()) {
        throw new KvException.Timeout(Effect.UNKNOWN, "a write", null);
      }
      throw e;
    }
  }

  private Deadline deadline() {
    return Deadline.in(session.settings().operationTimeout());
  }

  // --- buckets ----------------------------------------------------------------------------------

  @Override
  public KvStore store(String bucket) {
    checkOpen();
    return made(bucket);
  }

  private NatsStore made(String bucket) {
    @Nullable NatsStore known = stores.get(Objects.requireNonNull(bucket, "bucket"));
    return known != null
        ? known
        : stores.computeIfAbsent(
            Names.checkBucket(bucket), name -> new NatsStore(this, session, name));
  }

  /**
   * {@inheritDoc}
   *
   * <p>One that is there with another configuration is used as it is, and the differences are
   * logged; with {@code reconcile=true} it is changed. A {@code replicas} of 1 stands for the
   * setting of that name.
   */
  @Override
  public KvStore store(String bucket, StoreConfig config) {
    NatsStore store = made(bucket);
    checkWritable();
    call(() -> {
      store.known().define(config, session.settings().reconcile(), deadline());
      return null;
    });
    return store;
  }

  /**
   * How a bucket differs from a configuration, a sentence a field; empty when it does not, or is
   * missing.
   */
  public List<String> differences(String bucket, StoreConfig config) {
    NatsStore store = made(bucket);
    return call(() -> store.known().differences(config, deadline()));
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public Iterator<String> buckets() {
    List<String> streams = call(() -> session.api().streamNames(deadline()));
    var names = new TreeSet<String>();
    for (String stream : streams) {
      if (stream.startsWith(Stream.name(""))) {
        names.add(stream.substring(Stream.name("").length()));
      }
    }
    return names.iterator();
  }

  @Override
  public boolean drop(String bucket) {
    NatsStore store = made(bucket);
    checkWritable();
    return call(() -> new Drop(session, store).run(deadline()));
  }

  @Override
  public KvBatch batch() {
    checkWritable();
    check(Capability.BATCH_ACROSS_BUCKETS);
    throw new IllegalStateException("absent");
  }

  @Override
  public KvMaintenance maintenance() {
    check(Capability.MAINTENANCE);
    throw new IllegalStateException("absent");
  }

  // --- state ------------------------------------------------------------------------------------

  /**
   * {@inheritDoc}
   *
   * <p>The servers are asked for what only they know, all buckets of the account included: two
   * questions, and one more for each 256 buckets. What they do not tell within two seconds is -1.
   */
  @Override
  public Map<String, Long> stats() {
    checkOpen();
    Map<String, Long> stats = new LinkedHashMap<>();
    session.meters().putInto(stats);
    stats.put("scans.keys", session.traffic().scanned.sum());
    stats.put("conflicts", session.traffic().conflicts.sum());
    stats.put("connected", session.link().connected() == null ? 0L : 1L);
    stats.put("reconnects", session.link().reconnects());
    session.watches().putInto(stats);
    stats.put("requests.pending", (long) session.requests().pending());
    ServerFigures.putInto(stats, session);
    return stats;
  }

  @Override
  public List<OperationCount> operations() {
    checkOpen();
    return session.meters().counts();
  }

  @Override
  public void ping() {
    call(() -> {
      try {
        session.api().account(Deadline.in(openTimeout()));
      } catch (ApiError e) {
        throw Failures.of(e, "*");
      } catch (KvException.NotPermitted e) {
        // It answered.
      }
      return null;
    });
  }

  /** Lets what is under way end, and closes the connection unless the application owns it. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    session.watches().close();
    session.requests().close();
    session.pages().close();
    session.link().close();
    observer.closed(this);
  }
}

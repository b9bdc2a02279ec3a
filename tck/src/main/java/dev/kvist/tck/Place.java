package dev.kvist.tck;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capabilities;
import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvReader;
import dev.kvist.KvStore;
import dev.kvist.KvWriter;
import dev.kvist.Support;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.function.Executable;

/**
 * What one test works on: an open connection of the backend, and buckets that no other test has.
 * For one test.
 */
public final class Place implements AutoCloseable {
  private static final AtomicLong COUNTER = new AtomicLong();
  private static final String RUN = Long.toString(System.currentTimeMillis() & 0xFFFFFFFFFL, 36);

  private final BackendUnderTest backend;
  private final ConnectionOptions options;
  private final String bucket = "t" + RUN + COUNTER.incrementAndGet();
  private final Set<String> buckets = new LinkedHashSet<>();
  private final List<Runnable> toClose = new ArrayList<>();
  private final List<ConnectionOptions> toRelease = new ArrayList<>();
  private Connection connection;

  Place(BackendUnderTest backend, ConnectionOptions options) {
    this.backend = backend;
    this.options = options;
    this.connection = backend.open(options);
    toRelease.add(options);
  }

  /** The backend. */
  public BackendUnderTest backend() {
    return backend;
  }

  /** What {@link #connection} was opened with. */
  public ConnectionOptions options() {
    return options;
  }

  /** The open connection. */
  public Connection connection() {
    return connection;
  }

  /** Closes the connection and opens the same options again. */
  public Connection reopen() {
    connection.close();
    connection = backend.open(options);
    return connection;
  }

  /** Opens a connection to other options, closed and released with this place. */
  public Connection openOther(ConnectionOptions other) {
    Connection opened = backend.open(other);
    toClose.add(opened::close);
    toRelease.add(other);
    return opened;
  }

  /** The connection's capabilities. */
  public Capabilities capabilities() {
    return connection.capabilities();
  }

  /** Whether it has a capability, native or emulated. */
  public boolean has(Capability capability) {
    return capabilities().has(capability);
  }

  /** Whether a capability is native. */
  public boolean isNative(Capability capability) {
    return capabilities().support(capability) == Support.NATIVE;
  }

  /**
   * Whether a capability is absent; then checks that the call which needs it is refused by name.
   *
   * @return true when the test is over
   */
  public boolean lacks(Capability capability, Executable call) {
    if (has(capability)) {
      return false;
    }
    var refused =
        assertThrows(
            KvException.Unsupported.class,
            call,
            () -> capability + " is absent and must be refused");
    String message = String.valueOf(refused.getMessage());
    // A call may need several; any that is absent may be named.
    assertTrue(
        Arrays.stream(Capability.values())
            .anyMatch(named -> !has(named) && message.contains(named.toString())),
        () -> "the refusal must name " + capability + ": " + refused.getMessage());
    return true;
  }

  /** The name of a bucket of this test. */
  public String bucket(String suffix) {
    String name = bucket + suffix;
    buckets.add(name);
    return name;
  }

  /** The test's main store. */
  public KvStore store() {
    return store("");
  }

  /** Another store of the test. */
  public KvStore store(String suffix) {
    return connection.store(bucket(suffix));
  }

  /** The main store's reader. */
  public KvReader reader() {
    return store().reader();
  }

  /** The main store's writer. */
  public KvWriter writer() {
    return store().writer();
  }

  /** A watch of the main store, closed with this place. */
  public Watched watch(WatchScope scope, WatchOptions from) {
    return watch(store(), scope, from);
  }

  /** A watch of a store, closed with this place. */
  public Watched watch(KvStore store, WatchScope scope, WatchOptions from) {
    var watched = new Watched(store.watcher().watch(scope, from), patience());
    toClose.add(watched::close);
    return watched;
  }

  /** How long to wait for what must happen. */
  public Duration patience() {
    return backend.patience();
  }

  /** So many rounds on an embedded engine, fewer where the backend says so. */
  public int rounds(int embedded) {
    return Math.max(1, (int) (embedded * backend.effort()));
  }

  @Override
  public void close() {
    // A close that hangs must not hang the suite.
    Waiting.result(patience(), Waiting.start(Thread.ofPlatform().daemon(), this::closeAll));
    toRelease.forEach(backend::release);
  }

  private void closeAll() {
    toClose.reversed().forEach(Runnable::run);
    try {
      // A server is shared: leave nothing behind.
      if (backend.persistent() && !backend.exclusive() && has(Capability.DROP)) {
        buckets.forEach(connection::drop);
      }
    } catch (KvException.Closed e) {
      // The test closed it; its buckets have names of their own and disturb nobody.
    }
    connection.close();
  }
}

package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.spi.Threads;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to the servers: one connection of the client library at a time. For many threads.
 *
 * <p>A connection of ours that breaks is given up for a new one. The library could reconnect by
 * itself, but then it sends what was still queued when the old one broke: a write that was long
 * reported as failed would happen behind the caller's back. A connection of the application's is
 * left to it, and just waited for.
 */
final class Link implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Link.class);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /** Who is told of the end and the return of a connection, on a thread that must not be held. */
  interface Listener {
    /** The connection broke; subscriptions on it get nothing more. */
    void lost();

    /** There is a connection again: a new one, unless the application owns it. */
    void restored();
  }

  private final @Nullable Dialer dialer;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final @Nullable ConnectionListener borrowedListener;
  private volatile @Nullable Connection current;
  private volatile @Nullable String lostBecause;
  private final AtomicLong reconnects = new AtomicLong();
  private volatile boolean closed;

  /** Connects, with attempts for as long as the dialer says. */
  Link(Dialer dialer) {
    this.dialer = dialer;
    this.borrowedListener = null;
    Connection opened = dialer.open(this);
    this.current = opened;
    checkStillUp(opened);
  }

  /** Uses a connection of the application, which stays open. */
  Link(Connection borrowed) {
    this.dialer = null;
    this.borrowedListener = this::borrowedChanged;
    if (borrowed.getOptions().getReconnectBufferSize() != 0) {
      LOG.warn(
          "NATS: the application's connection has a reconnectBufferSize, with which a write that"
              + " failed while it was disconnected is sent afterwards; make it 0");
    }
    borrowed.addConnectionListener(borrowedListener);
    this.current = borrowed;
  }

  /** Whether the connection is one of the application. */
  boolean isBorrowed() {
    return dialer == null;
  }

  void addListener(Listener listener) {
    listeners.add(listener);
  }

  void removeListener(Listener listener) {
    listeners.remove(listener);
  }

  /** The connection, if there is one that works as far as is known. */
  @Nullable Connection connected() {
    @Nullable Connection now = current;
    return now != null && now.getStatus() == Connection.Status.CONNECTED ? now : null;
  }

  /**
   * Waits for a connection.
   *
   * @throws KvException.NotConnected when there is none in time
   * @throws KvException.Timeout when interrupted
   * @throws KvException.Closed after the close
   */
  Connection await(Deadline deadline) {
    @Nullable Connection now = connected();
    return now != null && !closed ? now : awaitSlowly(deadline);
  }

  private Connection awaitSlowly(Deadline deadline) {
    lock.lock();
    try {
      while (true) {
        checkOpen();
        @Nullable Connection now = connected();
        if (now != null) {
          return now;
        }
        long left = deadline.leftNanos();
        if (left <= 0) {
          throw notConnected(Effect.NONE, null);
        }
        // A borrowed connection may change its state without an event that reaches us.
        changed.awaitNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(50)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(Effect.NONE, "waiting for a NATS server", null);
    } finally {
      lock.unlock();
    }
  }

  KvException notConnected(Effect effect, @Nullable Throwable cause) {
    @Nullable String why = lostBecause;
    return new KvException.NotConnected(
        effect,
        "the connection to NATS is down"
            + (why == null ? "" : " (" + why + ")")
            + (effect == Effect.NONE
                ? "; it comes back by itself, try again later"
                : "; the write may have happened: read before repeating it"),
        cause);
  }

  /** How often there was another connection after the first. */
  long reconnects() {
    return reconnects.get();
  }

  void checkOpen() {
    if (closed) {
      throw new KvException.Closed("the connection to NATS");
    }
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * A connection that does not answer is as good as broken; whatever it still queues is dropped.
   */
  void suspect(Connection silent, String why) {
    lost(silent, why);
  }

  /** Called by the dialer's listeners, more than once for one connection. */
  @SuppressWarnings("ReferenceEquality") // It is that one which broke.
  void lost(Connection broken, String why) {
    if (dialer == null) {
      return;
    }
    lock.lock();
    try {
      if (broken != current) {
        return;
      }
      current = null;
      lostBecause = why;
    } finally {
      lock.unlock();
    }
    dialer.remember(broken);
    discarding(broken);
    if (!closed) {
      LOG.warn("NATS: connection lost ({}); connecting again", why);
      listeners.forEach(Listener::lost);
      Thread.ofVirtual().name("kvist-nats-connect").start(() -> connectAgain(dialer));
    }
  }

  private void connectAgain(Dialer dialer) {
    long begin = System.nanoTime();
    long pauseMillis = 20;
    @Nullable String said = null;
    while (!closed) {
      try {
        Connection next = dialer.dial(this);
        if (restore(next)) {
          reconnects.incrementAndGet();
          LOG.info(
              "NATS: connected again to {} after {} ms",
              Dialer.describe(next),
              (System.nanoTime() - begin) / 1_000_000);
          listeners.forEach(Listener::restored);
          checkStillUp(next);
        }
        return;
      } catch (KvException e) {
        if (!String.valueOf(e.getMessage()).equals(said)) {
          said = String.valueOf(e.getMessage());
          LOG.warn("NATS: {}", said);
        }
        if (e instanceof KvException.NotPermitted) {
          lostBecause = said;
        }
        Deadline.in(Duration.ofMillis(pauseMillis)).sleep();
        pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE.toMillis());
      }
    }
  }

  /** It may have broken before it was ours, and then nobody was told. */
  private void checkStillUp(Connection next) {
    if (next.getStatus() == Connection.Status.CLOSED) {
      lost(next, "closed");
    }
  }

  private boolean restore(Connection next) {
    lock.lock();
    try {
      if (closed) {
        Dialer.discard(next);
        return false;
      }
      current = next;
      lostBecause = null;
      changed.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void borrowedChanged(Connection connection, ConnectionListener.Events event) {
    switch (event) {
      case DISCONNECTED, CLOSED -> {
        lostBecause = "as its owner's connection is";
        listeners.forEach(Listener::lost);
      }
      case RECONNECTED -> {
        lostBecause = null;
        reconnects.incrementAndGet();
        signal();
        listeners.forEach(Listener::restored);
      }
      case LAME_DUCK -> LOG.warn("NATS: the server is about to stop (lame duck)");
      default -> LOG.debug("NATS: {}", event);
    }
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends it; what is under way on a connection of ours ends too. */
  @Override
  public void close() {
    closed = true;
    signal();
    @Nullable Connection last = current;
    if (last == null) {
      return;
    }
    if (borrowedListener != null) {
      last.removeConnectionListener(borrowedListener);
    } else {
      // On a thread of its own, as the library forgets an interrupt of the caller's.
      Threads.join(discarding(last));
    }
  }

  private static Thread discarding(Connection connection) {
    return Thread.ofVirtual().name("kvist-nats-close").start(() -> Dialer.discard(connection));
  }
}

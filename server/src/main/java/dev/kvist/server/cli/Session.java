package dev.kvist.server.cli;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * A connection that a command holds, which is closed properly also when the process is told to end.
 */
final class Session implements AutoCloseable {
  private final Connection connection;
  private final Thread atExit;

  private Session(Root root, Connection connection) {
    this.connection = connection;
    this.atExit =
        new Thread(
            () -> {
              root.stop();
              close(root, connection);
            },
            "kvist-exit");
  }

  static Session open(Root root, ConnectionOptions options) {
    var session = new Session(root, Kvist.open(options));
    Runtime.getRuntime().addShutdownHook(session.atExit);
    return session;
  }

  /** The process is ending: what goes wrong now can only be said. */
  private static void close(Root root, Connection connection) {
    try {
      connection.close();
    } catch (KvException e) {
      root.console().say("kvist: " + e.getMessage());
    }
  }

  Connection connection() {
    return connection;
  }

  KvStore store(String bucket) {
    return connection.store(bucket);
  }

  /** Whether a bucket exists. */
  boolean has(String bucket) {
    return buckets().contains(bucket);
  }

  /** The names of all buckets. */
  List<String> buckets() {
    var names = new ArrayList<String>();
    Iterator<String> buckets = connection.buckets();
    buckets.forEachRemaining(names::add);
    return names;
  }

  /** How many entries a bucket has about, where the store knows that without counting; else -1. */
  long entries(String bucket) {
    if (!buckets().equals(List.of(bucket))) {
      return -1; // A store counts those of all its buckets together.
    }
    Map<String, Long> stats = connection.stats();
    return stats.getOrDefault("entries", stats.getOrDefault("entries.estimated", -1L));
  }

  @Override
  public void close() {
    connection.close();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process is ending: the hook is what closed it, or finds it closed.
    }
  }
}

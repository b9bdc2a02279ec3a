package dev.kvist.nats;

import dev.kvist.ConnectionOptions;
import dev.kvist.tck.BackendUnderTest;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One server of a kind for all tests of the contract, started by the first of them. */
interface SharedServer extends BackendUnderTest {
  /** The servers that run. */
  Map<NatsKind, NatsServer> RUNNING = new ConcurrentHashMap<>();

  /** Which server it is. */
  NatsKind kind();

  /** The server of a kind. */
  static NatsServer of(NatsKind kind) {
    return RUNNING.computeIfAbsent(
        kind,
        which -> {
          NatsServer server = NatsServer.start(which);
          Runtime.getRuntime().addShutdownHook(new Thread(server::close));
          return server;
        });
  }

  @Override
  default ConnectionOptions options() {
    return ConnectionOptions.of("nats", "//" + of(kind()).address());
  }

  @Override
  default boolean exclusive() {
    return false;
  }

  /** Buckets are made with a history of one. */
  @Override
  default boolean everyChange() {
    return false;
  }

  @Override
  default Duration expiryLateness() {
    return Duration.ofSeconds(2);
  }

  @Override
  default double effort() {
    return 0.2;
  }
}

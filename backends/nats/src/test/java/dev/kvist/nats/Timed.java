package dev.kvist.nats;

/** Connections whose operations wait as long as a test wants. */
final class Timed {
  private Timed() {}

  /** Connects to the servers of a {@code nats://} URI. */
  static NatsConnection open(String uri, String operationTimeout) {
    return NatsConnection.connect(
        NatsConnectionConfig.of(uri).with("operation_timeout", operationTimeout));
  }
}

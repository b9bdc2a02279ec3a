package dev.kvist.nats;

import dev.kvist.tck.ConnectionContract;
import dev.kvist.tck.nats.NatsKind;

/** The whole contract on a current server. */
final class CurrentConformanceTest implements SharedServer, ConnectionContract {
  @Override
  public NatsKind kind() {
    return NatsKind.CURRENT;
  }
}

package dev.kvist.nats;

import dev.kvist.tck.ConnectionContract;
import dev.kvist.tck.nats.NatsKind;

/** The whole contract on an old server, which has to refuse what it lacks. */
final class OldConformanceTest implements SharedServer, ConnectionContract {
  @Override
  public NatsKind kind() {
    return NatsKind.OLD;
  }
}

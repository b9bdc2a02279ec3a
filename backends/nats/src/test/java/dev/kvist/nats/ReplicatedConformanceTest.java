package dev.kvist.nats;

import dev.kvist.ConnectionOptions;
import dev.kvist.tck.BatchContract;
import dev.kvist.tck.CasContract;
import dev.kvist.tck.ConcurrencyContract;
import dev.kvist.tck.nats.NatsKind;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * The clauses about conditions, where three servers have to agree: these also refuse what one
 * server by itself never does.
 */
final class ReplicatedConformanceTest
    implements SharedServer, CasContract, BatchContract, ConcurrencyContract {
  private static NatsCluster cluster;

  @BeforeAll
  static void startCluster() {
    cluster = NatsCluster.start(NatsKind.CURRENT);
  }

  @AfterAll
  static void endCluster() {
    cluster.close();
  }

  @Override
  public NatsKind kind() {
    return NatsKind.CURRENT;
  }

  @Override
  public ConnectionOptions options() {
    return ConnectionOptions.of("nats", "//" + cluster.addresses()).with("replicas", "3");
  }

  @Override
  public Duration patience() {
    return Duration.ofSeconds(60);
  }
}

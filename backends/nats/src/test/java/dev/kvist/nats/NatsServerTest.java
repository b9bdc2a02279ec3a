package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.Connection;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That the servers of the other tests are what these take them for. */
final class NatsServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @ParameterizedTest
  @EnumSource
  void whatWasStoredIsThereAfterAKillAndARestart(NatsKind kind) throws Exception {
    try (NatsServer server = NatsServer.start(kind);
        PlainClient client = PlainClient.connect(server.url())) {
      assertEquals(
          kind == NatsKind.CURRENT,
          client.connection().getServerInfo().isSameOrNewerThanVersion("2.12.0"));
      makeStream(client, 1);
      client.connection().jetStream().publish("s.a", new byte[] {1});
      server.kill();
      assertFalse(server.isRunning());
      server.start();
      Waiting.until(
          PATIENCE,
          "the client's return",
          () -> client.connection().getStatus() == Connection.Status.CONNECTED);
      assertEquals(1, client.streams().getStreamInfo("s").getStreamState().getMsgCount());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPausedServerAnswersOnlyWhenItGoesOn(NatsKind kind) throws Exception {
    try (NatsServer server = NatsServer.start(kind);
        PlainClient client = PlainClient.connect(server.url())) {
      server.pause();
      assertThrows(IOException.class, () -> client.streams().getAccountStatistics());
      server.proceed();
      client.connection().flush(PATIENCE);
      assertEquals(0, client.streams().getAccountStatistics().getStreams());
    }
  }

  @ParameterizedTest
  @EnumSource
  void linesOfTheConfigurationTakeEffect(NatsKind kind) throws Exception {
    try (NatsServer server = NatsServer.start(kind, "jetstream: false", "max_payload: 1000")) {
      try (PlainClient client = PlainClient.connect(server.url())) {
        assertFalse(client.connection().getServerInfo().isJetStreamAvailable());
        assertEquals(1000, client.connection().getMaxPayload());
      }
      server.reload("jetstream: false", "max_payload: 2000");
      try (PlainClient client = PlainClient.connect(server.url())) {
        assertEquals(2000, client.connection().getMaxPayload());
      }
    }
  }

  @Test
  void aClusterGoesOnWithoutItsLeader() throws Exception {
    try (NatsCluster cluster = NatsCluster.start(NatsKind.CURRENT)) {
      NatsServer leader;
      try (PlainClient client = PlainClient.connect(cluster.servers().getFirst().url())) {
        makeStream(client, 3);
        leader = cluster.leaderOf(client, "s");
        leader.kill();
      }
      NatsServer left =
          cluster.servers().stream().filter(NatsServer::isRunning).findFirst().orElseThrow();
      try (PlainClient client = PlainClient.connect(left.url())) {
        assertTrue(cluster.leaderOf(client, "s").isRunning());
      }
    }
  }

  private static void makeStream(PlainClient client, int replicas) throws Exception {
    client
        .streams()
        .addStream(
            StreamConfiguration.builder()
                .name("s")
                .subjects("s.>")
                .storageType(StorageType.File)
                .replicas(replicas)
                .build());
  }
}

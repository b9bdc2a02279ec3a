package dev.kvist.nats;

import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.ClusterInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Three servers on the loopback interface that form one cluster. For one thread. */
final class NatsCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<NatsServer> servers = new ArrayList<>();

  private NatsCluster() {}

  /** Starts three and waits until they have a leader, so that streams can be made. */
  static NatsCluster start(NatsKind kind) {
    var cluster = new NatsCluster();
    var ports = List.of(NatsServer.freePort(), NatsServer.freePort(), NatsServer.freePort());
    String routes =
        String.join(", ", ports.stream().map(port -> "nats-route://127.0.0.1:" + port).toList());
    for (int i = 0; i < ports.size(); i++) {
      cluster.servers.add(
          NatsServer.prepared(
              kind,
              "member" + i,
              "cluster { name: kvist, listen: \"127.0.0.1:"
                  + ports.get(i)
                  + "\", routes: ["
                  + routes
                  + "] }"));
    }
    cluster.servers.forEach(NatsServer::start);
    try (PlainClient client = PlainClient.connect(cluster.servers.getFirst().url())) {
      Waiting.until(PATIENCE, "a cluster with a leader", client::answers);
    }
    return cluster;
  }

  /** The members. */
  List<NatsServer> servers() {
    return servers;
  }

  /** Host and port of each, with commas between. */
  String addresses() {
    return String.join(",", servers.stream().map(NatsServer::address).toList());
  }

  /** The URLs for clients of the library, with commas between. */
  String urls() {
    return String.join(",", servers.stream().map(NatsServer::url).toList());
  }

  /** The member that leads a stream; waits until there is one. */
  NatsServer leaderOf(PlainClient client, String stream) {
    var leader = new AtomicReference<@Nullable NatsServer>();
    Waiting.until(
        PATIENCE,
        "a leader of " + stream,
        () -> {
          leader.set(currentLeader(client, stream));
          return leader.get() != null;
        });
    return Objects.requireNonNull(leader.get());
  }

  private @Nullable NatsServer currentLeader(PlainClient client, String stream) {
    try {
      ClusterInfo info = client.streams().getStreamInfo(stream).getClusterInfo();
      String name = info == null ? null : info.getLeader();
      return servers.stream()
          .filter(server -> server.name().equals(name) && server.isRunning())
          .findFirst()
          .orElse(null);
    } catch (IOException | JetStreamApiException e) {
      return null;
    }
  }

  @Override
  public void close() {
    servers.forEach(NatsServer::close);
  }
}

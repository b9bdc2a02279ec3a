package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvStore;
import dev.kvist.StoreConfig;
import dev.kvist.Version;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Three servers with three replicas: reads are never old, and a killed leader loses nothing. */
final class ClusterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static NatsConnection open(NatsCluster cluster) {
    return Timed.open("nats://" + cluster.addresses(), "12s");
  }

  @Test
  void whatWasAcknowledgedIsRead() {
    try (NatsCluster cluster = NatsCluster.start(NatsKind.CURRENT);
        NatsConnection connection = open(cluster)) {
      KvStore store = connection.store("fresh", StoreConfig.DEFAULT.withReplicas(3));
      byte[] key = utf8("k");
      Version version = store.writer().put(key, utf8("0"));
      for (int i = 1; i <= 500; i++) {
        byte[] value = utf8("" + i);
        version = store.writer().update(key, value, version);
        assertArrayEquals(value, store.reader().get(key), "an old value at " + i);
        byte[] created = utf8("created" + i);
        store.writer().create(created, value);
        assertArrayEquals(value, store.reader().get(created), "no value at " + i);
      }
    }
  }

  @Test
  void aKilledLeaderLosesNothing() {
    try (NatsCluster cluster = NatsCluster.start(NatsKind.CURRENT);
        NatsConnection connection = open(cluster)) {
      KvStore store = connection.store("kill", StoreConfig.DEFAULT.withReplicas(3));
      Map<String, Version> versions = new ConcurrentHashMap<>();
      StoreWriters writers =
          StoreWriters.start(
              4, name -> versions.put(name, store.writer().create(utf8(name), utf8(name))));
      writers.awaitDone(200);
      try (PlainClient client = PlainClient.connect("nats://" + cluster.addresses())) {
        cluster.leaderOf(client, "KV_kill").kill();
      }
      writers.awaitDone(500);
      writers.stop();
      writers
          .done()
          .forEach(key -> {
            var entry = store.reader().entry(utf8(key));
            assertEquals(versions.get(key), entry == null ? null : entry.version(), key);
          });
      writers
          .failed()
          .forEach((key, effect) -> {
            if (effect == Effect.NONE) {
              assertNull(store.reader().get(utf8(key)), () -> key + " was written later");
            }
          });
    }
  }

  /** Its answers do not come, and the connection is one to another server. */
  @Test
  void aMultiGetOutlivesTheLeader() {
    try (NatsCluster cluster = NatsCluster.start(NatsKind.CURRENT);
        NatsConnection maker = open(cluster);
        PlainClient client = PlainClient.connect(cluster.urls())) {
      KvStore store = maker.store("paused", StoreConfig.DEFAULT.withReplicas(3));
      List<byte[]> keys = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        keys.add(utf8("k" + i));
        store.writer().put(keys.getLast(), utf8("v" + i));
      }
      NatsServer leader = cluster.leaderOf(client, "KV_paused");
      NatsServer other =
          cluster.servers().stream().filter(one -> one != leader).findFirst().orElseThrow();
      try (NatsConnection connection = Timed.open(other.url(), "45s")) {
        KvStore read = connection.store("paused");
        assertArrayEquals(utf8("v7"), read.reader().get(keys.get(7)));
        leader.pause();
        var values = read.reader().getAll(keys);
        for (int i = 0; i < keys.size(); i++) {
          assertArrayEquals(utf8("v" + i), values.get(i));
        }
      } finally {
        leader.proceed();
      }
    }
  }

  /** What is left could answer a read, with something old. */
  @Test
  void withoutAMajorityNothingIsReadOrWritten() {
    try (NatsCluster cluster = NatsCluster.start(NatsKind.CURRENT);
        NatsConnection connection = open(cluster);
        NatsConnection hasty = Timed.open("nats://" + cluster.addresses(), "3s")) {
      KvStore store = connection.store("minority", StoreConfig.DEFAULT.withReplicas(3));
      store.writer().put(utf8("k"), utf8("v"));
      List<NatsServer> killed = new ArrayList<>();
      try (PlainClient client = PlainClient.connect(cluster.urls())) {
        killed.add(cluster.leaderOf(client, "KV_minority"));
      }
      killed.add(
          cluster.servers().stream()
              .filter(one -> !killed.contains(one))
              .findFirst()
              .orElseThrow());
      killed.forEach(NatsServer::kill);
      KvStore left = hasty.store("minority");
      var unread = assertThrows(KvException.class, () -> left.reader().get(utf8("k")));
      assertEquals(Effect.NONE, unread.effect());
      assertThrows(KvException.class, () -> left.writer().put(utf8("k"), utf8("w")));
      killed.forEach(NatsServer::start);
      Waiting.until(PATIENCE, "a leader", () -> isRead(left));
      store.writer().put(utf8("k"), utf8("x"));
      assertArrayEquals(utf8("x"), store.reader().get(utf8("k")));
    }
  }

  private static boolean isRead(KvStore store) {
    try {
      return store.reader().exists(utf8("k"));
    } catch (KvException e) {
      return false;
    }
  }
}

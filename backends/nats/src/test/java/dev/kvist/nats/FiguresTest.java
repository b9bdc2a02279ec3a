package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.DiscardPolicy;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvWatch;
import dev.kvist.StoreConfig;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.FiguresDocument;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.api.StreamInfo;
import io.nats.client.support.JsonParseException;
import io.nats.client.support.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code stats()} says. */
final class FiguresTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Test
  void theDocumentListsThemAll() throws IOException {
    try (NatsConnection connection =
        NatsConnection.connect(NatsConnectionConfig.of(SharedServer.of(NatsKind.CURRENT).url()))) {
      assertEquals(
          FiguresDocument.names(Path.of("..", ".."), "figures of nats"),
          new TreeSet<>(connection.stats().keySet()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theServerIsAskedForWhatOnlyItKnows(NatsKind kind) throws Exception {
    try (NatsServer server = NatsServer.start(kind);
        PlainClient other = PlainClient.connect(server.url());
        NatsConnection connection = NatsConnection.connect(NatsConnectionConfig.of(server.url()))) {
      expect(connection.stats(), Map.of("connected", 1L, "buckets", 0L, "messages", 0L));
      assertEquals(0, figure(connection.stats(), "account.files.bytes"));
      KvStore limited =
          connection.store(
              "limited",
              StoreConfig.DEFAULT.withMaxHistory(5).withMaxBytes(100_000, DiscardPolicy.NEW));
      for (int i = 0; i < 5; i++) {
        limited.writer().put(utf8("k"), new byte[10_000]);
      }
      limited.writer().put(utf8("deleted"), utf8("v"));
      limited.writer().delete(utf8("deleted"));
      connection.store("plain").writer().put(utf8("k"), utf8("v"));
      other.streams().deleteStream("KV_plain");
      connection.store("second").writer().put(utf8("k"), utf8("v"));
      try (KvWatch _ = limited.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
        Map<String, Long> figures = connection.stats();
        expect(
            figures,
            Map.of(
                "buckets", 2L,
                "buckets.leaderless", 0L,
                "entries.estimated", 3L,
                "messages", 8L,
                "consumers", 1L,
                "replicas.offline", 0L,
                "watches.open", 1L));
        assertTrue(figure(figures, "messages.bytes") > 50_000, figures::toString);
        assertTrue(figure(figures, "account.files.bytes") > 50_000, figures::toString);
        long fullest = figure(figures, "buckets.fullest.percent");
        assertTrue(fullest >= 50 && fullest < 60, figures::toString);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDoneIsCounted(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = NatsConnection.connect(NatsConnectionConfig.of(server.url()))) {
      KvStore store = connection.store("counted");
      Version first = store.writer().create(utf8("a"), utf8("1"));
      store.writer().update(utf8("a"), utf8("2"), first);
      store.writer().put(utf8("b"), utf8("1"));
      assertThrows(
          KvException.AlreadyExists.class, () -> store.writer().create(utf8("a"), utf8("3")));
      assertThrows(
          KvException.VersionMismatch.class,
          () -> store.writer().update(utf8("a"), utf8("3"), first));
      assertThrows(
          KvException.VersionMismatch.class, () -> store.writer().delete(utf8("a"), first));
      assertEquals(2, store.reader().keys(KeyRange.all()).toList().size());
      assertEquals(1, store.reader().scan(KeyRange.prefix(utf8("a"))).toList().size());
      expect(connection.stats(), Map.of("conflicts", 3L, "scans.keys", 4L, "puts", 3L));
    }
  }

  private static long figure(Map<String, Long> figures, String name) {
    Long value = figures.get(name);
    assertTrue(value != null, () -> "no " + name);
    return value == null ? 0 : value;
  }

  private static void expect(Map<String, Long> figures, Map<String, Long> expected) {
    expected.forEach((name, value) -> assertEquals(value, figures.get(name), name));
  }

  @Test
  void whatNobodyTellsIsNotTakenForNothing() {
    String users =
        "authorization { users = [ { user: u, password: p, permissions: { publish: { deny:"
            + " \"$JS.API.STREAM.LIST\" } } } ] }";
    try (NatsServer server = NatsServer.start(NatsKind.CURRENT, users);
        NatsConnection connection =
            NatsConnection.connect(NatsConnectionConfig.of(server.url()).withUser("u", "p"))) {
      expect(connection.stats(), Map.of("buckets", -1L, "messages", -1L));
      assertTrue(figure(connection.stats(), "account.files.bytes") >= 0, "that one is permitted");
      server.kill();
      Waiting.until(PATIENCE, "a loss", () -> figure(connection.stats(), "connected") == 0);
      expect(
          connection.stats(),
          Map.of("buckets", -1L, "account.files.bytes", -1L, "server.version", -1L));
    }
  }

  @Test
  void replicasThatAreBehindOrGone() throws JsonParseException {
    var figures = new ServerFigures();
    for (String cluster :
        new String[] {
          "{\"leader\":\"a\",\"replicas\":[{\"name\":\"b\",\"lag\":7},{\"name\":\"c\",\"lag\":3}]}",
          "{\"replicas\":[{\"name\":\"b\",\"offline\":true},{\"name\":\"c\",\"offline\":true}]}"
        }) {
      figures.bucket(
          new StreamInfo(
              JsonParser.parse(
                  "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"KV_b\",\"subjects\":[\"$KV.b.>\"]},"
                      + "\"state\":{\"messages\":1},\"cluster\":"
                      + cluster
                      + "}")));
    }
    assertEquals(2, figures.figure("buckets"));
    assertEquals(1, figures.figure("buckets.leaderless"));
    assertEquals(2, figures.figure("replicas.offline"));
    assertEquals(7, figures.figure("replicas.lag.versions"));
  }

  @Test
  void aVersionIsANumber() {
    assertEquals(2_015_001, ServerFigures.version("2.15.1"));
    assertEquals(2_011_000, ServerFigures.version("2.11.0-RC.2"));
    assertEquals(-1, ServerFigures.version("unknown"));
  }
}

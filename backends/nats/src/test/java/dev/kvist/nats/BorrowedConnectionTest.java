package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvStore;
import dev.kvist.PutOptions;
import dev.kvist.spi.PutPipeline;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.Nats;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Kvist over a connection that the application has already. */
final class BorrowedConnectionTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** It goes on without us when its server comes back, and what was under way is lost then. */
  @ParameterizedTest
  @EnumSource
  void whatWasUnderWayOnAConnectionOfTheApplicationEndsWithItsServer(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        PlainClient theirs = PlainClient.connect(server.url());
        NatsConnection connection =
            NatsConnection.over(theirs.connection(), NatsConnectionConfig.of("nats://unused"))) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("v"));
      server.pause();
      Future<KvException> write =
          Waiting.start(
              Thread.ofVirtual(),
              () ->
                  assertThrows(
                      KvException.NotConnected.class,
                      () -> store.writer().put(utf8("k"), utf8("w"))));
      Future<byte[]> read = Waiting.start(Thread.ofVirtual(), () -> store.reader().get(utf8("k")));
      Waiting.until(
          PATIENCE,
          "requests",
          () -> Long.valueOf(2).equals(connection.stats().get("requests.pending")));
      server.kill();
      assertEquals(Effect.UNKNOWN, Waiting.result(PATIENCE, write).effect());
      server.start();
      assertArrayEquals(utf8("v"), Waiting.result(PATIENCE, read));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionOfTheApplicationStaysItsOwn(NatsKind kind) throws Exception {
    try (NatsServer server = NatsServer.start(kind)) {
      io.nats.client.Connection theirs =
          io.nats.client.Nats.connect(
              io.nats.client.Options.builder()
                  .server(server.url())
                  .reconnectBufferSize(0)
                  .maxReconnects(-1)
                  .reconnectWait(Duration.ofMillis(100))
                  .build());
      try {
        NatsConnection connection =
            NatsConnection.over(
                theirs, NatsConnectionConfig.of("nats://unused").with("operation_timeout", "10s"));
        KvStore store = connection.store("own");
        assertNull(store.reader().get(utf8("missing")), "nobody listens, and nothing is reported");
        store.writer().put(utf8("k"), utf8("v"));
        server.kill();
        server.start();
        assertArrayEquals(utf8("v"), store.reader().get(utf8("k")));
        assertEquals(1, store.reader().keys(dev.kvist.KeyRange.all()).toList().size());
        connection.close();
        assertThrows(KvException.Closed.class, () -> store.reader().get(utf8("k")));
        assertEquals(io.nats.client.Connection.Status.CONNECTED, theirs.getStatus());
      } finally {
        theirs.close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsWrittenAfterItsClose(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        PlainClient theirs = PlainClient.connect(server.url())) {
      NatsConnectionConfig config = NatsConnectionConfig.of("nats://unused");
      NatsConnection closed = NatsConnection.over(theirs.connection(), config);
      try (PutPipeline puts = ((PutPipeline.Source) closed.store("b")).pipeline()) {
        puts.put(utf8("before"), utf8("v"), PutOptions.DEFAULT, _ -> {});
        puts.flush();
        closed.close();
        var outcome = new AtomicReference<RuntimeException>();
        puts.put(utf8("after"), utf8("v"), PutOptions.DEFAULT, outcome::set);
        assertInstanceOf(KvException.Closed.class, outcome.get());
      }
      try (NatsConnection next = NatsConnection.over(theirs.connection(), config)) {
        assertTrue(next.store("b").reader().exists(utf8("before")));
        assertFalse(next.store("b").reader().exists(utf8("after")));
      }
    }
  }

  /** It would send what was reported as failed. */
  @ParameterizedTest
  @EnumSource
  void aConnectionThatSendsLaterIsWarnedOf(NatsKind kind) throws Exception {
    NatsConnectionConfig config = NatsConnectionConfig.of("nats://unused");
    String server = SharedServer.of(kind).url();
    try (Captured log = Captured.of("dev.kvist.nats.Link");
        PlainClient without = PlainClient.connect(server);
        NatsConnection connection = NatsConnection.over(without.connection(), config)) {
      connection.ping();
      assertEquals(List.of(), log.lines());
      var with = Nats.connect(server);
      try (NatsConnection other = NatsConnection.over(with, config)) {
        other.ping();
        assertTrue(log.has(Level.WARNING, ".*reconnectBufferSize.*"), log.toString());
      } finally {
        with.close();
      }
    }
  }
}

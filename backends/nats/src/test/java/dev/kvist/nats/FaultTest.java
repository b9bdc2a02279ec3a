package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.DiscardPolicy;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.StoreConfig;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.api.KeyValueConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers that end, hang, fill up, or forbid. */
final class FaultTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static StoreWriters writers(KvStore store) {
    return StoreWriters.start(8, name -> store.writer().put(utf8(name), utf8(name)));
  }

  /** What was acknowledged is there, and what certainly was not done is not. */
  private static void isAsTold(KvStore store, StoreWriters writers) {
    writers.done().forEach(key -> assertArrayEquals(utf8(key), store.reader().get(utf8(key)), key));
    writers
        .failed()
        .forEach((key, effect) -> {
          if (effect == Effect.NONE) {
            assertNull(store.reader().get(utf8(key)), () -> key + " was written later");
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aKilledServerLosesNothingAndGetsNothingLater(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "400ms")) {
      KvStore store = connection.store("kill");
      StoreWriters writers = writers(store);
      writers.awaitDone(200);
      server.kill();
      Waiting.until(PATIENCE, "failures", () -> writers.failed().containsValue(Effect.NONE));
      server.start();
      writers.awaitDone(200);
      writers.stop();
      isAsTold(store, writers);
      assertEquals(1L, connection.stats().get("reconnects"));
    }
  }

  /** What a hanging server never took from us is dropped with the connection, not sent later. */
  @ParameterizedTest
  @EnumSource
  void whatTimedOutIsNotSentLater(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "1s")) {
      KvStore store = connection.store("pause");
      store.writer().put(utf8("k"), utf8("v"));
      server.pause();
      byte[] large = new byte[900_000];
      List<Future<?>> writers = new ArrayList<>();
      int writes = 60;
      for (int i = 0; i < writes; i++) {
        byte[] key = utf8("large" + i);
        writers.add(
            Waiting.start(
                Thread.ofVirtual(),
                () -> {
                  var error = assertThrows(KvException.class, () -> store.writer().put(key, large));
                  if (error instanceof KvException.Timeout) {
                    assertEquals(Effect.UNKNOWN, error.effect());
                  }
                }));
      }
      Waiting.all(PATIENCE, writers);
      server.proceed();
      Waiting.until(PATIENCE, "the server", () -> answers(store));
      store.writer().put(utf8("last"), utf8("v"));
      long there = 0;
      for (int i = 0; i < writes; i++) {
        there += store.reader().exists(utf8("large" + i)) ? 1 : 0;
      }
      long stored = there;
      assertTrue(
          stored < writes / 2,
          () -> stored + " of " + writes + " were in the buffers of the kernel");
    }
  }

  private static boolean answers(KvStore store) {
    try {
      return store.reader().exists(utf8("k"));
    } catch (KvException e) {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBucketThatAnotherClientDropsIsMissingAndMadeAgain(NatsKind kind) throws Exception {
    try (NatsServer server = NatsServer.start(kind);
        PlainClient other = PlainClient.connect(server.url());
        NatsConnection connection = Timed.open(server.url(), "10s")) {
      KvStore store = connection.store("dropped");
      var version = store.writer().put(utf8("k"), utf8("v"));
      other.streams().deleteStream("KV_dropped");
      assertNull(store.reader().get(utf8("k")));
      store.writer().put(utf8("k"), utf8("w"));
      assertArrayEquals(utf8("w"), store.reader().get(utf8("k")));
      assertThrows(
          KvException.VersionMismatch.class,
          () -> store.writer().update(utf8("k"), utf8("x"), version));
      other.streams().deleteStream("KV_dropped");
      store.writer().put(utf8("k"), utf8("y"));
      assertArrayEquals(utf8("y"), store.reader().get(utf8("k")));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFullBucketRefusesOrDiscards(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "10s")) {
      KvStore refusing =
          connection.store(
              "refusing", StoreConfig.DEFAULT.withMaxBytes(100_000, DiscardPolicy.NEW));
      byte[] value = new byte[10_000];
      var full =
          assertThrows(
              KvException.StoreFull.class,
              () -> {
                for (int i = 0; i < 20; i++) {
                  refusing.writer().put(utf8("k" + i), value);
                }
              });
      assertEquals(Effect.NONE, full.effect());
      assertTrue(refusing.writer().delete(utf8("k0")), "a delete makes room");
      refusing.writer().put(utf8("new"), value);
      KvStore discarding =
          connection.store(
              "discarding", StoreConfig.DEFAULT.withMaxBytes(100_000, DiscardPolicy.OLD));
      for (int i = 0; i < 20; i++) {
        discarding.writer().put(utf8("k" + i), value);
      }
      assertNull(discarding.reader().get(utf8("k0")), "the oldest is gone");
      assertTrue(discarding.reader().exists(utf8("k19")));
    }
  }

  /** Those of the server, and those of a bucket that another client made. */
  @ParameterizedTest
  @EnumSource
  void aValueOverALimitIsRefused(NatsKind kind) throws Exception {
    try (NatsServer server = NatsServer.start(kind, "max_payload: 100000");
        PlainClient other = PlainClient.connect(server.url());
        NatsConnection connection = Timed.open(server.url(), "10s")) {
      other
          .connection()
          .keyValueManagement()
          .create(KeyValueConfiguration.builder("small").maximumValueSize(1_000).build());
      KvStore small = connection.store("small");
      assertEquals(1_000, tooLarge(small, new byte[2_000]).limit());
      if (kind == NatsKind.CURRENT) {
        var batch = new WriteBatch().put(utf8("k"), new byte[3_000]);
        assertEquals(
            3_000,
            assertThrows(KvException.TooLarge.class, () -> small.batch().apply(batch)).size());
      }
      assertTrue(tooLarge(connection.store("b"), new byte[100_000]).limit() < 100_000);
      byte[] most = new byte[(int) connection.capabilities().maxValueSize()];
      connection.store("b").writer().put(utf8("k"), most);
      assertArrayEquals(most, connection.store("b").reader().get(utf8("k")));
    }
  }

  private static KvException.TooLarge tooLarge(KvStore store, byte[] value) {
    var refused =
        assertThrows(KvException.TooLarge.class, () -> store.writer().put(utf8("k"), value));
    assertEquals(Effect.NONE, refused.effect());
    assertNull(store.reader().get(utf8("k")));
    return refused;
  }

  /** What was sent before the close gets its answer. */
  @ParameterizedTest
  @EnumSource
  void aCloseWaitsForWhatIsUnderWay(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "20s")) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("v"));
      server.pause();
      Future<Version> writing =
          Waiting.start(Thread.ofVirtual(), () -> store.writer().put(utf8("k"), utf8("w")));
      Waiting.until(PATIENCE, "a request", () -> writing.isDone() || isUnderWay(connection));
      Future<?> closing = Waiting.start(Thread.ofVirtual(), connection::close);
      Waiting.until(PATIENCE, "a close", () -> isClosed(store));
      server.proceed();
      assertTrue(Waiting.result(PATIENCE, writing).low() > 0);
      Waiting.result(PATIENCE, closing);
    }
  }

  private static boolean isUnderWay(NatsConnection connection) {
    Long pending = connection.stats().get("requests.pending");
    return pending != null && pending > 0;
  }

  private static boolean isClosed(KvStore store) {
    try {
      store.reader().keys(KeyRange.all());
      return false;
    } catch (KvException.Closed e) {
      return true;
    }
  }

  @ParameterizedTest
  @EnumSource
  void anOpenWaitsForAServerThatComes(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind)) {
      server.stop();
      Future<?> opening =
          Waiting.start(
              Thread.ofPlatform().daemon(),
              () -> Kvist.open(server.url() + "?connect_retry=20s").close());
      server.start();
      Waiting.result(PATIENCE, opening);
    }
  }

  /** Its connection goes on, and nobody answers there. */
  @ParameterizedTest
  @EnumSource
  void jetStreamThatIsSwitchedOffIsSaidSo(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "1s")) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("v"));
      server.kill();
      server.configure("jetstream: disabled");
      server.start();
      Waiting.until(PATIENCE, "a connection", () -> isConnected(connection));
      for (Executable call :
          List.<Executable>of(
              () -> store.reader().get(utf8("k")),
              () -> store.writer().put(utf8("k"), utf8("w")),
              connection::ping)) {
        var off = assertThrows(KvException.NotConnected.class, call);
        assertEquals(Effect.NONE, off.effect());
        assertTrue(String.valueOf(off.getMessage()).contains("JetStream"), off.getMessage());
      }
      server.kill();
      server.configure();
      server.start();
      Waiting.until(PATIENCE, "the server", () -> isHealthy(connection));
      assertArrayEquals(utf8("v"), store.reader().get(utf8("k")));
    }
  }

  private static boolean isConnected(NatsConnection connection) {
    return Long.valueOf(1).equals(connection.stats().get("connected"));
  }

  /** Longer than a write waits, and than a connection is believed that says nothing. */
  @Tag("deep")
  @ParameterizedTest
  @EnumSource
  void aServerThatIsPausedForLongLosesNothingAndGetsNothingLater(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "5s")) {
      KvStore store = connection.store("b");
      StoreWriters writers = writers(store);
      writers.awaitDone(200);
      server.pause();
      // For forty seconds: eight at a time, each after five.
      writers.awaitFailures(8 * 8);
      server.proceed();
      writers.awaitDone(200);
      writers.stop();
      isAsTold(store, writers);
    }
  }

  /** It is not just the connection that is missing. */
  @ParameterizedTest
  @EnumSource
  void aLoginThatIsRevokedIsSaidSo(NatsKind kind) {
    String user = "authorization { users = [ { user: u, password: %s } ] }";
    try (NatsServer server = NatsServer.start(kind, user.formatted("first"));
        NatsConnection connection =
            NatsConnection.connect(
                NatsConnectionConfig.of(server.url())
                    .withUser("u", "first")
                    .with("operation_timeout", "2s"))) {
      connection.store("b").writer().put(utf8("k"), utf8("v"));
      server.reload(user.formatted("second"));
      Waiting.until(PATIENCE, "a loss", () -> !isConnected(connection));
      var down =
          assertThrows(
              KvException.NotConnected.class, () -> connection.store("b").reader().get(utf8("k")));
      assertTrue(
          String.valueOf(down.getMessage()).contains("Authorization Violation"), down.getMessage());
      server.reload(user.formatted("first"));
      Waiting.until(PATIENCE, "the server", () -> isHealthy(connection));
    }
  }

  /** Its thread is told so afterwards, and the server is left. */
  @ParameterizedTest
  @EnumSource
  void aCloseThatIsInterruptedCloses(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind, "debug: true")) {
      NatsConnection connection = Timed.open(server.url(), "20s");
      connection.store("b").writer().put(utf8("k"), utf8("v"));
      int before = closed(server);
      Thread.currentThread().interrupt();
      connection.close();
      assertTrue(Thread.interrupted());
      Waiting.until(PATIENCE, "the end of it", () -> closed(server) > before);
    }
  }

  private static int closed(NatsServer server) {
    return server.log().split("Client connection closed", -1).length;
  }

  /** Before anybody was there to be told that it broke. */
  @ParameterizedTest
  @EnumSource
  void aConnectionThatBreaksWhileItIsOpenedIsReplaced(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind)) {
      var killed = new AtomicBoolean();
      var killer =
          new Handler() {
            @Override
            public void publish(LogRecord line) {
              if (line.getMessage().contains("connected to") && !killed.getAndSet(true)) {
                server.kill();
                server.start();
              }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
          };
      Logger logger = Logger.getLogger("dev.kvist.nats.Dialer");
      logger.addHandler(killer);
      try (NatsConnection connection = Timed.open(server.url(), "20s")) {
        assertTrue(killed.get());
        connection.store("b").writer().put(utf8("k"), utf8("v"));
      } finally {
        logger.removeHandler(killer);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void healthAsksTheServer(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "500ms")) {
      connection.ping();
      assertEquals(1L, connection.stats().get("connected"));
      server.pause();
      assertThrows(KvException.class, connection::ping);
      server.proceed();
      Waiting.until(PATIENCE, "the server", () -> isHealthy(connection));
      server.kill();
      assertThrows(KvException.NotConnected.class, connection::ping);
      assertEquals(0L, connection.stats().get("connected"));
      server.start();
      Waiting.until(PATIENCE, "the server", () -> isHealthy(connection));
    }
  }

  private static boolean isHealthy(NatsConnection connection) {
    try {
      connection.ping();
      return true;
    } catch (KvException e) {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatBecomesOfAConnectionIsLogged(NatsKind kind) {
    try (Captured log = Captured.of("dev.kvist.nats");
        NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "20s")) {
      assertTrue(
          log.toString().contains("connected to 127.0.0.1:" + server.port()), log.toString());
      server.lameDuck();
      Waiting.until(PATIENCE, "a line", () -> log.toString().contains("lame duck"));
      server.kill();
      Waiting.until(PATIENCE, "a line", () -> log.toString().contains("connection lost"));
      server.start();
      connection.store("logged").writer().put(utf8("k"), utf8("v"));
      Waiting.until(PATIENCE, "a line", () -> log.toString().contains("connected again to"));
    }
  }
}

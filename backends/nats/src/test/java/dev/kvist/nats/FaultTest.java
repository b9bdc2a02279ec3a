package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.DiscardPolicy;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.StoreConfig;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers that end, hang, fill up, or forbid. */
final class FaultTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static NatsConnection open(NatsServer server, String timeout) {
    return NatsConnection.connect(
        NatsConnectionConfig.of(server.url()).with("operation_timeout", timeout));
  }

  /** What was acknowledged is there, and what certainly was not done is not. */
  @ParameterizedTest
  @EnumSource
  void aKilledServerLosesNothingAndGetsNothingLater(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = open(server, "400ms")) {
      KvStore store = connection.store("kill");
      Map<String, Effect> failed = new ConcurrentHashMap<>();
      Map<String, Boolean> done = new ConcurrentHashMap<>();
      var stop = new AtomicBoolean();
      List<Future<?>> writers = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        String name = "t" + t + ".";
        writers.add(
            Waiting.start(
                Thread.ofVirtual(),
                () -> {
                  for (int i = 0; !stop.get(); i++) {
                    String key = name + i;
                    try {
                      store.writer().put(utf8(key), utf8(key));
                      done.put(key, true);
                    } catch (KvException e) {
                      failed.put(key, e.effect());
                    }
                  }
                }));
      }
      Waiting.until(PATIENCE, "writes", () -> done.size() > 200);
      server.kill();
      Waiting.until(PATIENCE, "failures", () -> failed.containsValue(Effect.NONE));
      server.start();
      int before = done.size();
      Waiting.until(PATIENCE, "writes again", () -> done.size() > before + 200);
      stop.set(true);
      Waiting.all(PATIENCE, writers);
      done.keySet()
          .forEach(key -> assertArrayEquals(utf8(key), store.reader().get(utf8(key)), key));
      failed.forEach((key, effect) -> {
        if (effect == Effect.NONE) {
          assertNull(store.reader().get(utf8(key)), () -> key + " was written later");
        }
      });
      assertEquals(1L, connection.stats().get("reconnects"));
    }
  }

  /** What a hanging server never took from us is dropped with the connection, not sent later. */
  @ParameterizedTest
  @EnumSource
  void whatTimedOutIsNotSentLater(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = open(server, "1s")) {
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
        NatsConnection connection = open(server, "10s")) {
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
        NatsConnection connection = open(server, "10s")) {
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

  @ParameterizedTest
  @EnumSource
  void aMissingPermissionIsNamedAtOnce(NatsKind kind) {
    String users =
        "authorization { users = [ { user: boss, password: b }, { user: reader, password: r,"
            + " permissions: { publish: { deny: [\"$KV.>\"] } } } ] }";
    try (NatsServer server = NatsServer.start(kind, users);
        NatsConnection boss =
            NatsConnection.connect(NatsConnectionConfig.of(server.url()).withUser("boss", "b"));
        NatsConnection reader =
            NatsConnection.connect(NatsConnectionConfig.of(server.url()).withUser("reader", "r"))) {
      boss.store("b").writer().put(utf8("k"), utf8("v"));
      assertArrayEquals(utf8("v"), reader.store("b").reader().get(utf8("k")));
      long begin = System.nanoTime();
      var error =
          assertThrows(
              KvException.NotPermitted.class,
              () -> reader.store("b").writer().put(utf8("k"), utf8("w")));
      assertTrue(System.nanoTime() - begin < 5_000_000_000L);
      assertEquals(Effect.NONE, error.effect());
      assertTrue(String.valueOf(error.getMessage()).contains("$KV.b.k"), error.getMessage());
      assertArrayEquals(utf8("v"), boss.store("b").reader().get(utf8("k")));
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

  @ParameterizedTest
  @EnumSource
  void healthAsksTheServer(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = open(server, "500ms")) {
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
        NatsConnection connection = open(server, "20s")) {
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

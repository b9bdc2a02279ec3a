package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.BulkWriter;
import dev.kvist.DiscardPolicy;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvStore;
import dev.kvist.PutOptions;
import dev.kvist.StoreConfig;
import dev.kvist.spi.PutPipeline;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.api.KeyValueConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bulk puts, and what may happen to a server while many of them are under way. */
final class PutsUnderWayTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Puts with one outcome after the other until something fails; returns that. */
  private static KvException untilFailure(KvStore store, List<Integer> stored) {
    try (PutPipeline puts = ((PutPipeline.Source) store).pipeline()) {
      return assertThrows(
          KvException.class,
          () -> {
            for (int i = 0; ; i++) {
              int number = i;
              puts.put(
                  utf8("k" + i),
                  utf8("v" + i),
                  PutOptions.DEFAULT,
                  failure -> {
                    if (failure != null) {
                      throw failure;
                    }
                    stored.add(number);
                  });
            }
          });
    }
  }

  /** Puts in the background until something fails; returns when so many are stored. */
  private static Future<KvException> failing(KvStore store, List<Integer> stored, int enough) {
    Future<KvException> failing =
        Waiting.start(Thread.ofPlatform(), () -> untilFailure(store, stored));
    Waiting.until(PATIENCE, "puts", () -> stored.size() > enough);
    return failing;
  }

  @ParameterizedTest
  @EnumSource
  void whatIsToldAsStoredSurvivesTheKillOfTheServer(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "20s")) {
      KvStore store = connection.store("b");
      List<Integer> stored = Collections.synchronizedList(new ArrayList<>());
      Future<KvException> failing = failing(store, stored, 5_000);
      server.kill();
      KvException failure = Waiting.result(PATIENCE, failing);
      assertInstanceOf(KvException.NotConnected.class, failure);
      assertEquals(Effect.UNKNOWN, failure.effect());
      server.start();
      for (int number : stored) {
        assertArrayEquals(utf8("v" + number), store.reader().get(utf8("k" + number)));
      }
      assertEquals(0L, connection.stats().get("requests.pending"));
    }
  }

  /** It comes back, but the answers do not. */
  @ParameterizedTest
  @EnumSource
  void theyEndWithTheServerAlsoOnAConnectionOfTheApplication(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        PlainClient theirs = PlainClient.connect(server.url());
        NatsConnection connection =
            NatsConnection.over(
                theirs.connection(),
                NatsConnectionConfig.of("nats://unused").with("operation_timeout", "120s"))) {
      KvStore store = connection.store("b");
      List<Integer> stored = Collections.synchronizedList(new ArrayList<>());
      Future<KvException> failing = failing(store, stored, 500);
      server.pause();
      server.kill();
      server.start();
      assertEquals(Effect.UNKNOWN, Waiting.result(PATIENCE, failing).effect());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatHangsIsWaitedForNoLongerThanForOnePut(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "2s")) {
      KvStore store = connection.store("b");
      List<Integer> stored = Collections.synchronizedList(new ArrayList<>());
      Future<KvException> failing = failing(store, stored, 500);
      server.pause();
      KvException failure = Waiting.result(PATIENCE, failing);
      assertEquals(Effect.UNKNOWN, failure.effect());
      server.proceed();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatTheServerRefusesIsToldByItself(NatsKind kind) throws Exception {
    try (NatsServer server = NatsServer.start(kind);
        PlainClient other = PlainClient.connect(server.url());
        NatsConnection connection = Timed.open(server.url(), "20s")) {
      other
          .connection()
          .keyValueManagement()
          .create(KeyValueConfiguration.builder("small").maximumValueSize(1_000).build());
      KvStore store = connection.store("small");
      List<Integer> refused = new ArrayList<>();
      try (var bulk =
          new BulkWriter<Integer>(
              store,
              connection.capabilities(),
              (number, why) -> {
                assertInstanceOf(KvException.TooLarge.class, why);
                refused.add(number);
              })) {
        for (int i = 0; i < 3_000; i++) {
          byte[] value = new byte[i % 1_000 == 7 ? 2_000 : 10];
          bulk.put(i, utf8("k" + i), value, PutOptions.DEFAULT);
        }
        bulk.flush();
        assertEquals(2_997, bulk.stored());
        assertEquals(0L, connection.stats().getOrDefault("requests.pending", -1L));
      }
      assertEquals(List.of(7, 1_007, 2_007), refused);
      assertTrue(store.reader().exists(utf8("k2999")));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFullBucketIsNamed(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "20s")) {
      KvStore store =
          connection.store("full", StoreConfig.DEFAULT.withMaxBytes(100_000, DiscardPolicy.NEW));
      List<Integer> stored = new ArrayList<>();
      assertInstanceOf(KvException.StoreFull.class, untilFailure(store, stored));
      // The old server takes one more than there is room for, and drops the oldest for it.
      for (int number : stored.subList(kind == NatsKind.OLD ? 1 : 0, stored.size())) {
        assertArrayEquals(utf8("v" + number), store.reader().get(utf8("k" + number)));
      }
    }
  }

  /** What it never took from us is dropped with the connection, as for one put. */
  @ParameterizedTest
  @EnumSource
  void whatTimedOutIsNotSentLater(NatsKind kind) {
    int pipelines = 8;
    int putsOfEach = 8;
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "2s")) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("v"));
      server.pause();
      Waiting.together(
          PATIENCE,
          pipelines,
          pipeline -> {
            try (PutPipeline puts = ((PutPipeline.Source) store).pipeline()) {
              for (int i = 0; i < putsOfEach; i++) {
                byte[] key = utf8("large" + pipeline + "." + i);
                puts.put(key, new byte[900_000], PutOptions.DEFAULT, _ -> {});
              }
              var failure = assertThrows(KvException.class, puts::flush);
              assertEquals(Effect.UNKNOWN, failure.effect());
            }
          });
      server.proceed();
      KvStore after = connection.store("b");
      Waiting.until(PATIENCE, "the server", () -> isStored(after, "last"));
      long stored = 0;
      for (int pipeline = 0; pipeline < pipelines; pipeline++) {
        for (int i = 0; i < putsOfEach; i++) {
          stored += store.reader().exists(utf8("large" + pipeline + "." + i)) ? 1 : 0;
        }
      }
      long there = stored;
      assertTrue(
          there < pipelines * putsOfEach / 2, () -> there + " were in the buffers of the kernel");
    }
  }

  private static boolean isStored(KvStore store, String key) {
    try {
      store.writer().put(utf8(key), utf8("v"));
      return true;
    } catch (KvException e) {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aMissingPermissionIsNamed(NatsKind kind) {
    isNamed(kind, "$KV.b.k700");
  }

  /** Of so many only the last ones are remembered. */
  @ParameterizedTest
  @EnumSource
  void aMissingPermissionForAllOfThemIsNamed(NatsKind kind) {
    isNamed(kind, "$KV.b.>");
  }

  private static void isNamed(NatsKind kind, String subject) {
    String users =
        "authorization { users = [ { user: boss, password: b }, { user: writer, password: w,"
            + " permissions: { publish: { deny: [\""
            + subject
            + "\"] } } } ] }";
    try (NatsServer server = NatsServer.start(kind, users);
        NatsConnection connection =
            NatsConnection.connect(NatsConnectionConfig.of(server.url()).withUser("writer", "w"))) {
      KvException failure = untilFailure(connection.store("b"), new ArrayList<>());
      assertInstanceOf(KvException.NotPermitted.class, failure);
      assertTrue(String.valueOf(failure.getMessage()).contains("$KV.b.k"), failure.getMessage());
    }
  }
}

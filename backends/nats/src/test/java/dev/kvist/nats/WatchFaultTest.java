package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static dev.kvist.nats.WatchFixture.PATIENCE;
import static dev.kvist.nats.WatchFixture.cursor;
import static dev.kvist.nats.WatchFixture.next;
import static dev.kvist.nats.WatchFixture.untilCaughtUp;
import static dev.kvist.nats.WatchFixture.untilExpired;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.StoreConfig;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Watches while real servers are killed, paused and restarted, and their bucket goes. */
final class WatchFaultTest {
  private static final WatchScope SCOPE = WatchScope.prefix(utf8("k."));

  /** When a consumer was told something for the last time, by {@link System#nanoTime}. */
  private final AtomicLong toldNanos = new AtomicLong();

  /**
   * What a consumer was told, in order, until it was told of this key; fails on anything that is
   * told twice.
   */
  private Future<List<String>> follow(KvWatch watch, String last) {
    return Waiting.start(
        Thread.ofVirtual(),
        () -> {
          var told = new ArrayList<String>();
          long sequence = 0;
          while (told.isEmpty() || !told.getLast().equals(last)) {
            var put = (KvUpdate.Put) next(watch);
            assertTrue(put.entry().version().low() > sequence, "in order, and nothing twice");
            sequence = put.entry().version().low();
            told.add(utf8(put.key()));
            toldNanos.set(System.nanoTime());
          }
          return told;
        });
  }

  @ParameterizedTest
  @EnumSource
  void aKilledServerThatComesBackTellsEverythingThatItAcknowledged(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      KvWatch watch = fixture.watch(SCOPE, WatchOptions.fromNow());
      Future<List<String>> following = follow(watch, "k.last");
      var writer = new LoadWriter(fixture.client, WatchFixture.BUCKET, "k.");
      writer.start();
      for (int round = 0; round < 3; round++) {
        writer.awaitMore(300);
        fixture.server.kill();
        fixture.server.start();
        long backNanos = System.nanoTime();
        Waiting.until(
            PATIENCE, "an update after the restart", () -> toldNanos.get() - backNanos > 0);
        long millis = (toldNanos.get() - backNanos) / 1_000_000;
        assertTrue(millis < 2_000, () -> "the watch was back after " + millis + " ms");
      }
      writer.awaitMore(300);
      List<String> acknowledged = writer.stop();
      fixture.connection.store(WatchFixture.BUCKET).writer().put(utf8("k.last"), utf8("v"));
      List<String> told = Waiting.result(PATIENCE, following);
      told.removeLast();
      told.removeIf(key -> writer.mayHaveStored(key));
      assertEquals(acknowledged, told);
      watch.close();
    }
  }

  /** It was stopped in the middle of telling the state. */
  @ParameterizedTest
  @EnumSource
  void aStateThatIsInterruptedIsToldInFull(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, 5_000, "x".repeat(5_000));
      try (KvWatch watch = fixture.watch(SCOPE, WatchOptions.fromState())) {
        for (int i = 0; i < 100; i++) {
          next(watch);
        }
        fixture.server.kill();
        fixture.server.start();
        var live = new java.util.HashSet<String>();
        for (KvUpdate update : untilCaughtUp(watch)) {
          live.add(utf8(((KvUpdate.Put) update).key()));
        }
        assertEquals(5_000, live.size());
        fixture.put("k.", 5_000, 5_001);
        assertArrayEquals(utf8("k.5000"), ((KvUpdate.Put) next(watch)).key());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPausedServerLosesNothing(NatsKind kind) throws Exception {
    pause(kind, Duration.ofSeconds(4));
  }

  @Tag("deep")
  @ParameterizedTest
  @EnumSource
  void aServerThatIsPausedForLongLosesNothing(NatsKind kind) throws Exception {
    pause(kind, Duration.ofSeconds(40));
  }

  private void pause(NatsKind kind, Duration time) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, 100);
      try (KvWatch watch = fixture.watch(SCOPE, WatchOptions.fromState())) {
        untilCaughtUp(watch);
        fixture.put("k.", 100, 200);
        fixture.server.pause();
        long end = System.nanoTime() + time.toNanos();
        var told = new ArrayList<String>();
        while (System.nanoTime() - end < 0) {
          if (watch.next(Duration.ofMillis(100)) instanceof KvUpdate.Put put) {
            told.add(utf8(put.key()));
          }
        }
        fixture.server.proceed();
        fixture.put("k.", 200, 300);
        while (told.size() < 200) {
          told.add(utf8(((KvUpdate.Put) next(watch)).key()));
        }
        for (int i = 0; i < 200; i++) {
          assertEquals("k." + (100 + i), told.get(i));
        }
      }
    }
  }

  /** Who opens a watch has more time than who asks an open one for the next update. */
  @ParameterizedTest
  @EnumSource
  void aWatchThatIsOpenedOnAHangingServerDelaysNoOther(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      KvWatch watch = fixture.watch(SCOPE, WatchOptions.fromNow());
      ((StreamWatch) watch).rest(0);
      fixture.server.pause();
      Future<?> opening =
          Waiting.start(
              Thread.ofVirtual(), () -> fixture.watch(SCOPE, WatchOptions.fromNow()).close());
      Waiting.until(
          PATIENCE,
          "a question",
          () -> fixture.connection.stats().getOrDefault("requests.pending", 0L) > 0);
      assertNull(watch.next(Duration.ofMillis(1)));
      assertFalse(opening.isDone(), "it has thirty seconds");
      fixture.server.proceed();
      Waiting.result(PATIENCE, opening);
      fixture.put("k.", 0, 1);
      assertArrayEquals(utf8("k.0"), ((KvUpdate.Put) next(watch)).key());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBucketThatIsDeletedEndsItsWatches(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, 5);
      try (KvWatch watch = fixture.watch(SCOPE, WatchOptions.fromState())) {
        untilCaughtUp(watch);
        var last = cursor(watch);
        fixture.client.streams().deleteStream("KV_" + WatchFixture.BUCKET);
        var expired = untilExpired(watch);
        assertEquals(last, expired.cursor());
        assertTrue(String.valueOf(expired.getMessage()).contains("deleted"));
      }
    }
  }

  /** Servers attach a watch to the new one silently, behind what it has already. */
  @ParameterizedTest
  @EnumSource
  void aBucketThatIsMadeAnewIsNotTakenForTheOldOne(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, 5);
      try (KvWatch watch = fixture.watch(SCOPE, WatchOptions.fromState())) {
        untilCaughtUp(watch);
        fixture.client.streams().deleteStream("KV_" + WatchFixture.BUCKET);
        fixture.make(stream -> stream);
        fixture.put("k.", 0, 20);
        untilExpired(watch);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClosedWatchLeavesNoConsumer(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      for (int i = 0; i < 20; i++) {
        KvWatch watch = fixture.watch(SCOPE, WatchOptions.fromState());
        assertNull(watch.cursor());
        watch.close();
      }
      for (int i = 0; i < 20; i++) {
        KvWatch watch = fixture.watch(SCOPE, WatchOptions.fromNow());
        var waiting =
            Waiting.start(
                Thread.ofVirtual(),
                () -> {
                  assertThrows(KvException.Closed.class, watch::next);
                });
        watch.close();
        Waiting.result(PATIENCE, waiting);
      }
      // Well before the server would take an unused one away by itself.
      Waiting.until(
          Duration.ofSeconds(3), "no consumer to be left", () -> fixture.consumers() == 0);
    }
  }

  /** It gives back what it holds on the server, and goes on as if nothing had happened. */
  @ParameterizedTest
  @EnumSource
  void aWatchThatNobodyReadsRests(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, 5);
      try (KvWatch watch = fixture.watch(SCOPE, WatchOptions.fromState())) {
        next(watch);
        ((StreamWatch) watch).rest(0);
        assertEquals(4, untilCaughtUp(watch).size(), "not in the middle of the state");
        fixture.put("k.", 5, 10);
        next(watch);
        ((StreamWatch) watch).rest(Duration.ofHours(1).toNanos());
        assertEquals(1, fixture.consumers(), "not as long as it is read");
        ((StreamWatch) watch).rest(0);
        Waiting.until(Duration.ofSeconds(3), "no consumer", () -> fixture.consumers() == 0);
        for (int i = 6; i < 10; i++) {
          assertArrayEquals(utf8("k." + i), ((KvUpdate.Put) next(watch)).key());
        }
        assertNull(watch.next(Duration.ofMillis(1)));
      }
    }
  }

  /** Nobody reads one of them, which is larger than what is in line. */
  @Test
  void manyWatchesNeedNoThreadsAndDoNotDelayEachOther() throws Exception {
    int count = 200;
    try (var fixture = new WatchFixture(NatsKind.CURRENT)) {
      fixture.make(stream -> stream);
      KvWatch blocked = fixture.watch(WatchScope.all(), WatchOptions.fromNow());
      int before = platformThreads();
      var watches = new ArrayList<KvWatch>();
      for (int i = 0; i < count; i++) {
        WatchScope scope = WatchScope.prefix(utf8("k" + i + "."));
        watches.add(fixture.watch(scope, WatchOptions.fromState()));
      }
      fixture.put("noise.", 0, 5_000, "x".repeat(10_000));
      for (int i = 0; i < count; i++) {
        fixture.put("k" + i + ".", 0, 2);
      }
      List<Future<?>> reading = new ArrayList<>();
      for (KvWatch watch : watches) {
        reading.add(
            Waiting.start(
                Thread.ofVirtual(),
                () -> {
                  untilCaughtUp(watch);
                  next(watch);
                }));
      }
      int more = platformThreads() - before;
      assertTrue(more < 20, () -> count + " watches have " + more + " threads");
      for (int i = 0; i < count; i++) {
        fixture.put("k" + i + ".", 2, 3);
      }
      Waiting.all(PATIENCE, reading);
      for (int i = 0; i < 5_000 + 3 * count; i++) {
        next(blocked);
      }
      assertNull(blocked.next(Duration.ofMillis(1)), "it had all, however late, and nothing twice");
    }
  }

  private static int platformThreads() {
    return Thread.getAllStackTraces().size();
  }

  @Test
  void theLeaderOfAReplicatedBucketIsKilled() throws Exception {
    try (NatsCluster cluster = NatsCluster.start(NatsKind.CURRENT);
        Connection connection =
            Kvist.open(ConnectionOptions.of("nats", "//" + cluster.addresses()));
        PlainClient client = PlainClient.connect(cluster.urls())) {
      connection.store("r", StoreConfig.DEFAULT.withReplicas(3));
      KvWatch watch = connection.store("r").watcher().watch(SCOPE, WatchOptions.fromNow());
      Future<List<String>> following = follow(watch, "k.last");
      var writer = new LoadWriter(client, "r", "k.");
      writer.start();
      writer.awaitMore(200);
      NatsServer leader = cluster.leaderOf(client, "KV_r");
      leader.kill();
      writer.awaitMore(200);
      leader.start();
      writer.awaitMore(200);
      List<String> acknowledged = writer.stop();
      connection.store("r").writer().put(utf8("k.last"), utf8("v"));
      List<String> told = Waiting.result(PATIENCE.multipliedBy(2), following);
      told.removeLast();
      told.removeIf(key -> writer.mayHaveStored(key));
      assertEquals(acknowledged, told);
    }
  }
}

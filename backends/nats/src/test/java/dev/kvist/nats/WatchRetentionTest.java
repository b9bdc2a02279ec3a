package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static dev.kvist.nats.WatchFixture.BUCKET;
import static dev.kvist.nats.WatchFixture.PATIENCE;
import static dev.kvist.nats.WatchFixture.cursor;
import static dev.kvist.nats.WatchFixture.next;
import static dev.kvist.nats.WatchFixture.untilCaughtUp;
import static dev.kvist.nats.WatchFixture.untilExpired;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A stream that forgets by size, number or age does not do so behind the back of a watch, whatever
 * its scope; and one that forgets what no watch needs disturbs none.
 */
final class WatchRetentionTest {
  private static final WatchScope PREFIX = WatchScope.prefix(utf8("p."));
  private static final WatchScope PREFIXES = WatchScope.prefixes(List.of(utf8("p."), utf8("q.")));
  private static final String KILOBYTES = "x".repeat(10_000);

  static Stream<Arguments> scopes() {
    return Stream.of(NatsKind.values())
        .flatMap(kind ->
            Stream.of(WatchScope.all(), PREFIX, PREFIXES).map(scope -> Arguments.of(kind, scope)));
  }

  private static UnaryOperator<StreamConfiguration.Builder> messages(long most) {
    return stream -> stream.maxMessages(most).discardPolicy(DiscardPolicy.Old);
  }

  /** More comes than flow control lets through, and all of it is forgotten before it is read. */
  @ParameterizedTest
  @MethodSource("scopes")
  void aPausedConsumerIsToldThatItWasOvertaken(NatsKind kind, WatchScope scope) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(messages(2_000));
      fixture.put("p.", 0, 10);
      try (KvWatch watch = fixture.watch(scope, WatchOptions.fromState())) {
        assertEquals(10, untilCaughtUp(watch).size());
        WatchCursor last = cursor(watch);
        fixture.put("p.", 10, 4_000, KILOBYTES);
        fixture.put("other.", 0, 3_000);
        var expired = untilExpired(watch);
        namesTheRate(expired);
        assertTrue(expired.cursor().compareTo(last) >= 0);
        assertEquals(cursor(watch), untilExpired(watch).cursor(), "of the last one given out");
        assertThrows(KvException.CursorExpired.class, watch::next, "again at every call");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void alsoByBytes(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream ->
          stream.maxBytes(4 << 20).maximumMessageSize(20_000).discardPolicy(DiscardPolicy.Old));
      fixture.put("p.", 0, 10);
      try (KvWatch watch = fixture.watch(PREFIX, WatchOptions.fromNow())) {
        fixture.put("p.", 10, 4_000, KILOBYTES);
        fixture.put("other.", 0, 500, KILOBYTES);
        untilExpired(watch);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void alsoByAge(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream.maxAge(Duration.ofSeconds(2)));
      fixture.put("p.", 0, 10);
      try (KvWatch watch = fixture.watch(PREFIX, WatchOptions.fromNow())) {
        fixture.put("p.", 10, 4_000, KILOBYTES);
        Waiting.until(PATIENCE, "everything to be too old", () -> fixture.messages() == 0);
        untilExpired(watch);
      }
    }
  }

  /** The library would go on behind what is gone. */
  @ParameterizedTest
  @MethodSource("scopes")
  void alsoAcrossARestart(NatsKind kind, WatchScope scope) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(messages(1_000));
      fixture.put("p.", 0, 10);
      try (KvWatch watch = fixture.watch(scope, WatchOptions.fromState())) {
        untilCaughtUp(watch);
        fixture.server.kill();
        fixture.server.start();
        fixture.put("p.", 10, 500);
        fixture.put("other.", 0, 2_000);
        namesTheRate(untilExpired(watch));
      }
    }
  }

  /** Of a key that was deleted there is nothing left then, and nothing else shows that it was. */
  @Test
  void alsoByTheEndOfAMarker() throws Exception {
    try (var fixture = new WatchFixture(NatsKind.CURRENT)) {
      fixture.make(
          stream -> stream.allowMessageTtl(true).subjectDeleteMarkerTtl(Duration.ofSeconds(1)));
      fixture.put("q.", 0, 1);
      try (KvWatch watch = fixture.watch(PREFIXES, WatchOptions.fromState())) {
        untilCaughtUp(watch);
        fixture.put("p.", 0, 4_000, KILOBYTES);
        assertTrue(fixture.connection.store(BUCKET).writer().delete(utf8("q.0")));
        Waiting.until(PATIENCE, "the marker to go", () -> fixture.messages() == 4_000);
        fixture.put("p.", 4_000, 4_001);
        var expired = untilExpired(watch);
        String message = String.valueOf(expired.getMessage());
        assertTrue(message.contains("delete markers for 1s,"), message);
      }
    }
  }

  private static void namesTheRate(KvException failed) {
    String message = String.valueOf(failed.getMessage());
    assertTrue(message.contains("messages per second"), message);
    assertFalse(message.contains(" at 0 "), message);
  }

  /** What it did not read was overwritten, not forgotten. */
  @ParameterizedTest
  @EnumSource
  void aFewKeysThatAreOverwrittenExpireNoWatch(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(messages(100_000));
      fixture.put("p.", 0, 3);
      try (KvWatch watch = fixture.watch(PREFIX, WatchOptions.fromState())) {
        untilCaughtUp(watch);
        fixture.server.kill();
        fixture.server.start();
        for (int i = 0; i < 1_000; i++) {
          fixture.put("p.", 0, 3, " " + i);
        }
        String last = "";
        while (!last.equals("2 999")) {
          last = utf8(((KvUpdate.Put) next(watch)).value());
        }
      }
    }
  }

  /** Nothing was given out that a cursor could stand for. */
  @ParameterizedTest
  @EnumSource
  void aStateThatIsOvertakenFailsTheWatchAndNamesTheRate(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(messages(5_000));
      fixture.put("p.", 0, 4_000, KILOBYTES);
      try (KvWatch watch = fixture.watch(PREFIX, WatchOptions.fromState())) {
        assertInstanceOf(KvUpdate.Put.class, next(watch));
        fixture.put("p.", 0, 4_000, KILOBYTES);
        fixture.put("other.", 0, 6_000);
        var failed = assertThrows(KvException.WatchFailed.class, () -> untilCaughtUp(watch));
        namesTheRate(failed);
        assertEquals(null, failed.cursor());
      }
    }
  }

  /** The stream forgets many times over what is not in scope, while little happens in it. */
  @ParameterizedTest
  @MethodSource("scopes")
  void whoKeepsUpIsLeftAlone(NatsKind kind, WatchScope scope) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(messages(1_000));
      fixture.put("p.", 0, 1);
      try (KvWatch watch = fixture.watch(scope, WatchOptions.fromState())) {
        untilCaughtUp(watch);
        for (int round = 1; round <= 5; round++) {
          var done = new AtomicBoolean();
          var writing =
              Waiting.start(
                  Thread.ofPlatform().daemon(),
                  () -> {
                    for (int i = 0; i < 4; i++) {
                      fixture.put("other.", 500 * i, 500 * (i + 1));
                    }
                    done.set(true);
                  });
          while (!done.get()) {
            watch.next(Duration.ofMillis(10));
          }
          Waiting.result(PATIENCE, writing);
          fixture.put("p.", round, round + 1);
          assertArrayEquals(utf8("p." + round), keyInScope(watch));
        }
      }
    }
  }

  private static byte[] keyInScope(KvWatch watch) {
    while (true) {
      var put = (KvUpdate.Put) next(watch);
      if (utf8(put.key()).startsWith("p.")) {
        return put.key();
      }
    }
  }

  /** Otherwise its cursor would expire though it missed nothing. */
  @ParameterizedTest
  @EnumSource
  void theCursorOfAQuietScopeIsCarriedOn(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(messages(1_000));
      fixture.put("p.", 0, 1);
      WatchCursor later;
      try (KvWatch watch = fixture.watch(PREFIX, WatchOptions.fromState())) {
        untilCaughtUp(watch);
        WatchCursor first = cursor(watch);
        fixture.put("other.", 0, 900);
        Waiting.until(
            PATIENCE,
            "a later cursor",
            () ->
                watch.next(Duration.ofMillis(50)) == null
                    && cursor(watch).low() >= first.low() + 900);
        later = cursor(watch);
        fixture.put("other.", 900, 1_500);
        namesTheRate(
            assertThrows(
                KvException.CursorExpired.class,
                () -> fixture.watch(PREFIX, WatchOptions.from(first)).close()));
      }
      try (KvWatch watch = fixture.watch(PREFIX, WatchOptions.from(later))) {
        fixture.put("p.", 1, 2);
        assertArrayEquals(utf8("p.1"), ((KvUpdate.Put) next(watch)).key());
      }
    }
  }
}

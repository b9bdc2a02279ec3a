package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static dev.kvist.nats.WatchFixture.BUCKET;
import static dev.kvist.nats.WatchFixture.PATIENCE;
import static dev.kvist.nats.WatchFixture.cursor;
import static dev.kvist.nats.WatchFixture.next;
import static dev.kvist.nats.WatchFixture.untilCaughtUp;
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
import io.nats.client.PurgeOptions;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a watch may start, on real servers, which themselves would start anywhere. */
final class WatchResumeTest {
  private WatchCursor cursorNow(WatchFixture fixture) {
    try (KvWatch watch = fixture.watch(WatchScope.all(), WatchOptions.fromState())) {
      untilCaughtUp(watch);
      return cursor(watch);
    }
  }

  private static void refused(WatchFixture fixture, WatchCursor cursor, String reason) {
    for (WatchScope scope : List.of(WatchScope.all(), WatchScope.prefix(utf8("k.")))) {
      var expired =
          assertThrows(
              KvException.CursorExpired.class,
              () -> fixture.watch(scope, WatchOptions.from(cursor)).close());
      assertEquals(cursor, expired.cursor());
      assertTrue(
          String.valueOf(expired.getMessage()).contains(reason),
          () -> String.valueOf(expired.getMessage()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void belowTheFirstSequenceItIsRefused(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, 10);
      WatchCursor cursor = cursorNow(fixture);
      fixture.put("k.", 10, 20);
      fixture.client.streams().purgeStream("KV_" + BUCKET, PurgeOptions.builder().keep(9).build());
      refused(fixture, cursor, "sequences 12 to 20");
    }
  }

  /** The next one that it has is the first that is asked for. */
  @ParameterizedTest
  @EnumSource
  void justBeforeTheFirstSequenceItGoesOn(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, 10);
      WatchCursor cursor = cursorNow(fixture);
      fixture.put("k.", 10, 20);
      fixture.client.streams().purgeStream("KV_" + BUCKET, PurgeOptions.builder().keep(10).build());
      try (KvWatch watch = fixture.watch(WatchScope.all(), WatchOptions.from(cursor))) {
        for (int i = 10; i < 20; i++) {
          assertArrayEquals(utf8("k." + i), ((KvUpdate.Put) next(watch)).key());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aboveTheLastSequenceItIsRefused(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, 10);
      WatchCursor cursor = cursorNow(fixture);
      refused(fixture, WatchCursor.of(cursor.high(), 11), "sequences 1 to 10");
    }
  }

  @ParameterizedTest
  @EnumSource
  void inABucketThatWasMadeAnewItIsRefused(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, 10);
      WatchCursor cursor = cursorNow(fixture);
      fixture.client.streams().deleteStream("KV_" + BUCKET);
      refused(fixture, cursor, "deleted");
      fixture.make(stream -> stream);
      fixture.put("k.", 0, 20);
      refused(fixture, cursor, "an earlier one of that name");
    }
  }

  /** On the servers' word alone the delete would never be told. */
  @Test
  void whatIsOlderThanTheMarkersIsRefused() throws Exception {
    try (var fixture = new WatchFixture(NatsKind.CURRENT)) {
      fixture.make(
          stream -> stream.allowMessageTtl(true).subjectDeleteMarkerTtl(Duration.ofSeconds(1)));
      var store = fixture.connection.store(BUCKET);
      store.writer().put(utf8("anchor"), utf8("v"));
      store.ttl().put(utf8("k.gone"), utf8("v"), Duration.ofSeconds(2));
      WatchCursor cursor = cursorNow(fixture);
      try (KvWatch watch = fixture.watch(WatchScope.all(), WatchOptions.from(cursor))) {
        var told = assertInstanceOf(KvUpdate.Delete.class, next(watch));
        assertTrue(told.expired(), "who was there was told");
      }
      Waiting.until(PATIENCE, "the marker to go", () -> fixture.messages() == 1);
      refused(fixture, cursor, "delete markers for 1s,");
    }
  }

  /** A max age of the bucket leaves markers where these are kept. */
  @Test
  void whatGoesByAgeIsToldAsExpired() throws Exception {
    try (var fixture = new WatchFixture(NatsKind.CURRENT)) {
      fixture.make(stream ->
          stream
              .maxAge(Duration.ofSeconds(1))
              .allowMessageTtl(true)
              .subjectDeleteMarkerTtl(Duration.ofSeconds(30)));
      try (KvWatch watch = fixture.watch(WatchScope.all(), WatchOptions.fromNow())) {
        fixture.put("k.", 0, 1);
        assertInstanceOf(KvUpdate.Put.class, next(watch));
        var told = assertInstanceOf(KvUpdate.Delete.class, next(watch));
        assertTrue(told.expired());
        assertArrayEquals(utf8("k.0"), told.key());
      }
    }
  }

  /** Half the keys are overwritten while they are told: each comes before the end of the state. */
  @ParameterizedTest
  @EnumSource
  void theStateIsCompleteWhileItIsOverwritten(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      int keys = 20_000;
      fixture.put("k.", 0, keys);
      fixture.put("z", 0, 10);
      for (WatchScope scope : List.of(WatchScope.all(), WatchScope.prefix(utf8("k.")))) {
        var writing =
            Waiting.start(
                Thread.ofPlatform().daemon(), () -> fixture.put("k.", 0, keys / 2, " again"));
        var told = new TreeMap<String, Long>();
        try (KvWatch watch = fixture.watch(scope, WatchOptions.fromState())) {
          for (KvUpdate update : untilCaughtUp(watch)) {
            var entry = ((KvUpdate.Put) update).entry();
            Long earlier = told.put(utf8(entry.key()), entry.version().low());
            assertTrue(earlier == null || earlier < entry.version().low(), "never an older one");
          }
        }
        Waiting.result(PATIENCE, writing);
        var missing = new TreeSet<String>();
        for (int i = 0; i < keys; i++) {
          missing.add("k." + i);
        }
        missing.removeAll(told.keySet());
        assertEquals(new TreeSet<String>(), missing);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aForeignBucketIsWatchedWithItsOwnKeys(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream.maxMessagesPerSubject(5));
      var keys = fixture.client.connection().keyValue(BUCKET);
      keys.put("a=b/c", utf8("1"));
      keys.put("a=b/c", utf8(""));
      keys.delete("gone");
      try (KvWatch watch = fixture.watch(WatchScope.all(), WatchOptions.fromState())) {
        var put = assertInstanceOf(KvUpdate.Put.class, next(watch));
        assertArrayEquals(utf8("a=b/c"), put.key());
        assertArrayEquals(new byte[0], put.value());
        assertInstanceOf(KvUpdate.CaughtUp.class, next(watch));
        keys.purge("a=b/c");
        assertInstanceOf(KvUpdate.Purge.class, next(watch));
        keys.delete("a=b/c");
        var deleted = assertInstanceOf(KvUpdate.Delete.class, next(watch));
        assertFalse(deleted.expired());
      }
    }
  }
}

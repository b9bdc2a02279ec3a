package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** K7: what becomes of consumers that do not keep up. */
public interface SlowConsumerContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(Capability.WATCH, () -> place.store().watcher());
  }

  @Test
  default void aConsumerThatBlocksHindersNoWriterAndMissesNothing(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("first"), utf8("v"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    int count = place.rounds(20_000);
    Waiting.together(
        place.patience().multipliedBy(2),
        1,
        _ -> {
          for (int i = 0; i < count; i++) {
            store.writer().put(utf8("k" + i), utf8("v" + i));
          }
        });
    for (int i = 0; i < count; i++) {
      assertEquals("put k" + i + "=v" + i, Changes.text(watched.next()));
    }
  }

  @Test
  default void aConsumerWithinItsBufferIsLeftAlone(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("first"), utf8("v"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState().failingPast(1_000));
    watched.untilCaughtUp();
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < 300; i++) {
        store.writer().put(utf8("k" + i), utf8("v" + round));
      }
      for (int i = 0; i < 300; i++) {
        assertEquals("put k" + i + "=v" + round, Changes.text(watched.next()));
      }
    }
  }

  @Test
  default void aConsumerPastItsBufferFailsWithTheCursorToResumeFrom(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("first"), utf8("v"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState().failingPast(10));
    watched.untilCaughtUp();
    WatchCursor first = watched.cursor();
    var delivered = new ArrayList<KvUpdate>();
    KvException.WatchFailed failed = null;
    int written = 0;
    // The consumer takes one update where the writer makes thirty, with a pause in which a remote
    // one gets its share.
    for (int i = 0; i < 200 && failed == null; i++) {
      for (int k = 0; k < 30; k++) {
        store.writer().put(utf8("k" + written), utf8("v" + written));
        written++;
      }
      LockSupport.parkNanos(1_000_000);
      failed = take(watched, delivered);
    }
    var cause =
        Changes.present(failed, "the failure of a consumer that is thousands of updates behind");
    WatchCursor resume = Changes.present(cause.cursor(), "the cursor to resume from");
    assertEquals(watched.cursor(), resume);
    assertEquals(
        delivered.isEmpty() ? first : delivered.getLast().cursor(),
        resume,
        "that of the last one delivered");
    assertSame(
        cause,
        assertThrows(KvException.WatchFailed.class, () -> watched.watch().next()),
        "again at every call");
    assertThrows(KvException.WatchFailed.class, () -> watched.watch().next(Duration.ofMillis(1)));
    if (!place.has(Capability.WATCH_CURSOR)) {
      return;
    }
    Watched resumed = place.watch(WatchScope.all(), WatchOptions.from(resume));
    List<String> all = new ArrayList<>(Changes.texts(delivered));
    while (all.size() < written) {
      all.add(Changes.text(resumed.next()));
    }
    for (int i = 0; i < written; i++) {
      assertEquals("put k" + i + "=v" + i, all.get(i), "nothing lost and nothing repeated");
    }
  }

  private static KvException.@Nullable WatchFailed take(Watched watched, List<KvUpdate> to) {
    try {
      KvUpdate update = watched.watch().next(Duration.ofMillis(1));
      if (update != null) {
        to.add(update);
      }
      return null;
    } catch (KvException.WatchFailed e) {
      return e;
    }
  }

  @Test
  default void aWatchThatNobodyReadsCostsNothing(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("first"), utf8("v"));
    var idle = new ArrayList<Watched>();
    for (int i = 0; i < place.rounds(50); i++) {
      idle.add(
          place.watch(
              WatchScope.all(), i % 2 == 0 ? WatchOptions.fromState() : WatchOptions.fromNow()));
    }
    int count = place.rounds(3_000);
    for (int i = 0; i < count; i++) {
      store.writer().put(utf8("k" + i), utf8("v"));
    }
    Watched reader = idle.get(1 % idle.size());
    var keys = new ArrayList<String>();
    while (keys.size() < count) {
      String text = Changes.text(reader.next());
      if (text.startsWith("put k")) {
        keys.add(text);
      }
    }
    for (int i = 0; i < count; i++) {
      assertEquals("put k" + i + "=v", keys.get(i));
    }
    idle.forEach(Watched::close);
    assertTrue(store.reader().exists(utf8("k0")));
  }
}

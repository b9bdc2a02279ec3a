package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Version;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** K7: state-sync, live updates, scopes, and the end of a watch. */
public interface WatchContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(Capability.WATCH, () -> place.store().watcher());
  }

  /** Made by one thread, consumed by another, while the first goes on writing. */
  @Test
  default void aWatchMayBeConsumedByAnotherThread(Place place) throws Exception {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromNow());
    int updates = 1_000;
    var consumed = Waiting.start(Thread.ofPlatform(), () -> Changes.texts(watched.take(updates)));
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < updates; i++) {
      store.writer().put(utf8("k" + i), utf8("v" + i));
      expected.add("put k" + i + "=v" + i);
    }
    assertEquals(expected, consumed.get(60, TimeUnit.SECONDS));
    for (int i = 0; i < updates; i++) {
      assertArrayEquals(utf8("v" + i), store.reader().get(utf8("k" + i)));
    }
  }

  @Test
  default void stateThenCaughtUpThenLive(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    var expected = new TreeSet<String>();
    for (int i = 0; i < 100; i++) {
      store.writer().put(utf8("k" + i), utf8("old"));
      store.writer().put(utf8("k" + i), utf8("v" + i));
      expected.add("put k" + i + "=v" + i);
    }
    store.writer().delete(utf8("k7"));
    expected.remove("put k7=v7");
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    assertNull(watched.cursorOrNull(), "no cursor before the first");
    List<KvUpdate> state = watched.take(expected.size());
    assertEquals(
        expected,
        new TreeSet<>(Changes.texts(state)),
        "each live key with its newest value, no deleted one");
    for (KvUpdate update : state) {
      assertNull(update.cursor(), "no cursor before CaughtUp");
      assertEquals(
          store.reader().entry(((KvUpdate.Put) update).key()), ((KvUpdate.Put) update).entry());
    }
    assertNull(watched.cursorOrNull());
    KvUpdate caughtUp = assertInstanceOf(KvUpdate.CaughtUp.class, watched.next());
    assertEquals(Changes.present(caughtUp.cursor(), "the first cursor"), watched.cursor());
    assertNull(watched.watch().next(Duration.ofMillis(1)), "nothing happened, so nothing comes");
    Version version = store.writer().put(utf8("live"), utf8("1"));
    var put = assertInstanceOf(KvUpdate.Put.class, watched.next());
    assertEquals(version, put.entry().version());
    assertEquals(store.reader().entry(utf8("live")), put.entry());
    WatchCursor first = Changes.present(caughtUp.cursor(), "the first cursor");
    WatchCursor second = Changes.present(put.cursor(), "a cursor");
    assertTrue(first.compareTo(second) < 0, "cursors grow");
    assertEquals(put.cursor(), watched.cursor());
    store.writer().delete(utf8("live"));
    var delete = assertInstanceOf(KvUpdate.Delete.class, watched.next());
    assertEquals("delete live", Changes.text(delete));
    assertFalse(delete.expired());
    assertTrue(second.compareTo(Changes.present(delete.cursor(), "a cursor")) < 0, "cursors grow");
    if (place.isNative(Capability.MARKERS)) {
      assertEquals(
          Changes.present(store.reader().entry(utf8("live")), "the marker").version(),
          delete.version());
    }
  }

  @Test
  default void anEmptyBucketIsCaughtUpAtOnce(Place place) {
    if (absent(place)) {
      return;
    }
    place.writer().put(utf8("k"), utf8("v"));
    place.writer().delete(utf8("k"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    assertEquals(List.of(), watched.untilCaughtUp());
  }

  @Test
  default void aMissingBucketIsWaitedFor(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store("later");
    Watched state = place.watch(store, WatchScope.all(), WatchOptions.fromState());
    Watched now = place.watch(store, WatchScope.all(), WatchOptions.fromNow());
    var names = new ArrayList<String>();
    place.connection().buckets().forEachRemaining(names::add);
    assertFalse(names.contains(store.bucket()), "a watch makes no bucket");
    store.writer().put(utf8("k"), utf8("1"));
    store.writer().put(utf8("l"), utf8("2"));
    assertEquals(List.of("put k=1", "put l=2"), Changes.texts(now.take(2)));
    // Whether CaughtUp comes before the bucket or with it is the backend's; it comes once.
    var texts = new ArrayList<>(Changes.texts(state.take(3)));
    assertTrue(texts.remove("caught up"), texts.toString());
    assertEquals(Set.of("put k=1", "put l=2"), new HashSet<>(texts));
  }

  @Test
  default void fromNowDeliversJustWhatComes(Place place) {
    if (absent(place)) {
      return;
    }
    place.writer().put(utf8("before"), utf8("v"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromNow());
    assertNull(watched.cursorOrNull());
    place.writer().put(utf8("after"), utf8("v"));
    KvUpdate first = watched.next();
    assertEquals("put after=v", Changes.text(first));
    assertEquals(Changes.present(first.cursor(), "a cursor"), watched.cursor());
  }

  @Test
  default void aScopeSelectsKeysByBytes(Place place) {
    if (absent(place)) {
      return;
    }
    if (!place.has(Capability.WATCH_PREFIXES)) {
      var two = WatchScope.prefixes(List.of(utf8("a"), utf8("b")));
      place.lacks(
          Capability.WATCH_PREFIXES,
          () -> place.store().watcher().watch(two, WatchOptions.fromState()));
    }
    assertThrows(
        IllegalArgumentException.class, () -> WatchScope.prefixes(List.of()), "an empty union");
    Seeded.rounds(
        place.rounds(8),
        random -> {
          KvStore store = place.store("s" + random.nextInt(Integer.MAX_VALUE));
          var prefixes = new ArrayList<byte[]>();
          int count = place.has(Capability.WATCH_PREFIXES) ? random.nextInt(1, 5) : 1;
          for (int i = 0; i < count; i++) {
            prefixes.add(Seeded.bytes(random, i == 0 ? 1 : 0, 3, 4));
          }
          WatchScope scope = WatchScope.prefixes(prefixes);
          var live = new java.util.TreeMap<Bytes, Bytes>();
          for (int i = 0; i < 100; i++) {
            byte[] key = Seeded.bytes(random, 1, 4, 4);
            byte[] value = utf8("v" + i);
            store.writer().put(key, value);
            if (matches(prefixes, key)) {
              live.put(Bytes.of(key), Bytes.of(value));
            }
          }
          Watched watched = place.watch(store, scope, WatchOptions.fromState());
          List<KvUpdate> state = watched.untilCaughtUp();
          assertEquals(
              live.size(),
              state.size(),
              () -> scope + ": each once, however many prefixes overlap");
          var found = new java.util.TreeMap<Bytes, Bytes>();
          state.forEach(update -> Changes.fold(found, update));
          assertEquals(live, found, scope.toString());
          var expected = new ArrayList<String>();
          var keys = new ArrayList<String>();
          for (int i = 0; i < 100; i++) {
            byte[] key = Seeded.bytes(random, 1, 4, 4);
            boolean delete = random.nextInt(3) == 0;
            boolean told = !delete || store.reader().exists(key);
            if (delete) {
              store.writer().delete(key);
            } else {
              store.writer().put(key, utf8("w" + i));
            }
            if (told && matches(prefixes, key)) {
              expected.add(delete ? "delete " + Bytes.of(key) : "put " + Bytes.of(key) + "=w" + i);
              keys.add(Bytes.of(key).toString());
            }
          }
          byte[] last =
              java.util.Arrays.copyOf(prefixes.getFirst(), prefixes.getFirst().length + 9);
          store.writer().put(last, utf8("last"));
          Changes.assertDelivered(
              expected, keys, Changes.texts(watched.untilPut(last)), place.backend().everyChange());
        });
  }

  private static boolean matches(List<byte[]> prefixes, byte[] key) {
    return prefixes.stream().anyMatch(prefix -> Bytes.of(key).startsWith(prefix));
  }

  @Test
  default void closingWakesTheConsumer(Place place) {
    if (absent(place)) {
      return;
    }
    place.writer().put(utf8("k"), utf8("v"));
    for (boolean virtual : new boolean[] {false, true}) {
      KvWatch watch = place.store().watcher().watch(WatchScope.all(), WatchOptions.fromNow());
      var thread = new AtomicReference<Thread>();
      var waiting =
          Waiting.start(
              virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon(),
              () -> {
                thread.set(Thread.currentThread());
                assertThrows(KvException.Closed.class, watch::next);
              });
      Waiting.until(place.patience(), "a waiting consumer", () -> isWaiting(thread.get()));
      watch.close();
      Waiting.result(place.patience(), waiting);
      watch.close();
      assertThrows(KvException.Closed.class, watch::next);
      assertThrows(KvException.Closed.class, () -> watch.next(Duration.ofMillis(1)));
    }
  }

  private static boolean isWaiting(@org.jspecify.annotations.Nullable Thread thread) {
    return thread != null
        && (thread.getState() == Thread.State.WAITING
            || thread.getState() == Thread.State.TIMED_WAITING);
  }

  @Test
  default void anInterruptedConsumerLosesNothing(Place place) {
    if (absent(place)) {
      return;
    }
    place.writer().put(utf8("k"), utf8("v"));
    for (boolean virtual : new boolean[] {false, true}) {
      Watched watched = place.watch(WatchScope.all(), WatchOptions.fromNow());
      var thread = new AtomicReference<Thread>();
      var interrupts = new AtomicInteger();
      var waiting =
          Waiting.start(
              virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon(),
              () -> {
                thread.set(Thread.currentThread());
                assertThrows(KvException.Timeout.class, () -> watched.watch().next());
                assertTrue(Thread.interrupted(), "the flag stays set");
                Thread.currentThread().interrupt();
                assertThrows(
                    KvException.Timeout.class, () -> watched.watch().next(Duration.ofSeconds(60)));
                assertTrue(Thread.interrupted(), "the flag stays set");
                interrupts.set(2);
                return watched.next();
              });
      Waiting.until(place.patience(), "a waiting consumer", () -> isWaiting(thread.get()));
      Changes.present(thread.get(), "the consumer").interrupt();
      Waiting.until(place.patience(), "the consumer to wait again", () -> interrupts.get() == 2);
      place.writer().put(utf8("k"), utf8("after"));
      assertEquals(
          "put k=after",
          Changes.text(Waiting.result(place.patience(), waiting)),
          "the watch goes on");
    }
  }

  @Test
  default void manyWatchesEachGetTheirs(Place place) {
    if (absent(place)) {
      return;
    }
    int count = place.rounds(100);
    var watches = new ArrayList<Watched>();
    place.writer().put(utf8("first"), utf8("v"));
    for (int i = 0; i < count; i++) {
      watches.add(place.watch(WatchScope.prefix(utf8("w" + i + ".")), WatchOptions.fromNow()));
    }
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < count; i++) {
        place.writer().put(utf8("w" + i + ".k" + round), utf8("v"));
      }
    }
    for (int i = 0; i < count; i++) {
      String name = "w" + i;
      assertEquals(
          List.of(
              "put " + name + ".k0=v",
              "put " + name + ".k1=v",
              "put " + name + ".k2=v",
              "put " + name + ".k3=v",
              "put " + name + ".k4=v"),
          Changes.texts(watches.get(i).take(5)));
    }
  }
}

package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** K7: watches from a cursor deliver just what came after, or say that they cannot. */
public interface ResumeContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    if (place.lacks(Capability.WATCH, () -> place.store().watcher())) {
      return true;
    }
    var cursor = WatchOptions.from(WatchCursor.of(0, 1));
    return place.lacks(
        Capability.WATCH_CURSOR, () -> place.store().watcher().watch(WatchScope.all(), cursor));
  }

  @Test
  default void everyCursorResumesWhereItWasGiven(Place place) {
    if (absent(place)) {
      return;
    }
    Seeded.rounds(
        place.rounds(6),
        random -> {
          KvStore store = place.store("c" + random.nextInt(Integer.MAX_VALUE));
          // Another bucket's changes lie between, and belong to no cursor of this one's.
          KvStore noise = place.store("n" + random.nextInt(Integer.MAX_VALUE));
          store.writer().put(utf8("k"), utf8("v"));
          Watched live = place.watch(store, WatchScope.all(), WatchOptions.fromState());
          live.untilCaughtUp();
          WatchCursor start = live.cursor();
          var model = new ModelStore();
          model.put(
              store.bucket(),
              utf8("k"),
              utf8("v"),
              Changes.present(store.reader().entry(utf8("k")), "k").version());
          int before = model.changes().size();
          for (int i = 0; i < 120; i++) {
            change(place, store, model, random, i);
            if (random.nextInt(4) == 0) {
              noise.writer().put(utf8("k"), utf8("v" + i));
            }
          }
          byte[] last = utf8("last");
          model.put(store.bucket(), last, last, store.writer().put(last, last));
          List<KvUpdate> told = live.untilPut(last);
          List<String> expected =
              model.changes(store.bucket()).stream().skip(before).map(Change::toString).toList();
          assertTold(place, expected.subList(0, expected.size() - 1), told);
          resumesFromEvery(place, store, start, told, last, random);
        });
  }

  private static void assertTold(Place place, List<String> expected, List<KvUpdate> told) {
    Changes.assertDelivered(
        expected,
        expected.stream().map(line -> line.split("[ =]", 3)[1]).toList(),
        told.stream().map(Changes::exact).toList(),
        place.backend().everyChange());
  }

  private static void resumesFromEvery(
      Place place,
      KvStore store,
      WatchCursor start,
      List<KvUpdate> told,
      byte[] last,
      Random random) {
    int step = Math.max(1, told.size() / Math.max(1, place.rounds(told.size())));
    for (int from = 0; from <= told.size(); from += step) {
      WatchCursor cursor = from == 0 ? start : told.get(from - 1).cursor();
      if (cursor == null) {
        continue;
      }
      byte[] prefix =
          random.nextBoolean() ? new byte[0] : new byte[] {(byte) ('a' + random.nextInt(2))};
      WatchScope scope = prefix.length == 0 ? WatchScope.all() : WatchScope.prefix(prefix);
      WatchCursor read = WatchCursor.parse(cursor.toString());
      assertEquals(cursor, read, "the text form reads back");
      try (Watched resumed =
          new Watched(store.watcher().watch(scope, WatchOptions.from(read)), place.patience())) {
        var expected = new ArrayList<KvUpdate>(told.subList(from, told.size()));
        expected.removeIf(update -> !Changes.key(update).startsWith(prefix));
        List<KvUpdate> delivered =
            prefix.length == 0 ? resumed.untilPut(last) : take(place, resumed, expected);
        assertTold(place, expected.stream().map(Changes::exact).toList(), delivered);
        if (prefix.length == 0) {
          assertSameCursors(place, expected, delivered);
        }
      }
    }
  }

  private static void assertSameCursors(
      Place place, List<KvUpdate> expected, List<KvUpdate> delivered) {
    if (place.backend().everyChange()) {
      assertEquals(expected, delivered, "with the same cursors");
      return;
    }
    // Without the newer ones of a batch, another one is its last and carries the cursor.
    var byVersion = new HashMap<Version, KvUpdate>();
    expected.forEach(update -> byVersion.put(version(update), update));
    for (KvUpdate update : delivered) {
      WatchCursor first =
          Changes.present(byVersion.get(version(update)), "what was told before").cursor();
      if (first != null && update.cursor() != null) {
        assertEquals(first, update.cursor(), "with the same cursors");
      }
    }
  }

  private static Version version(KvUpdate update) {
    return switch (update) {
      case KvUpdate.Put put -> put.entry().version();
      case KvUpdate.Delete delete -> delete.version();
      case KvUpdate.Purge purge -> purge.version();
      case KvUpdate.CaughtUp _ -> throw new AssertionError("a resumed watch is not caught up");
    };
  }

  /** All of them, or where a newer record takes the place of an older one, those up to the last. */
  private static List<KvUpdate> take(Place place, Watched resumed, List<KvUpdate> expected) {
    if (place.backend().everyChange()) {
      return resumed.take(expected.size());
    }
    var delivered = new ArrayList<KvUpdate>();
    while (!expected.isEmpty()
        && (delivered.isEmpty()
            || !version(delivered.getLast()).equals(version(expected.getLast())))) {
      delivered.add(resumed.next());
    }
    return delivered;
  }

  /** One random operation on the store and on the model. */
  private static void change(Place place, KvStore store, ModelStore model, Random random, int i) {
    String bucket = store.bucket();
    byte[] key = {(byte) ('a' + random.nextInt(3)), (byte) random.nextInt(3)};
    byte[] value = utf8("v" + i);
    switch (random.nextInt(8)) {
      case 0, 1 -> assertEquals(model.delete(bucket, key), store.writer().delete(key));
      case 2 -> {
        if (place.has(Capability.PURGE) && model.get(bucket, key) != null) {
          store.purger().purge(key);
          model.purge(bucket, key);
        }
      }
      case 3 -> {
        if (place.has(Capability.BATCH)) {
          var batch = new WriteBatch();
          for (byte second = 0; second < random.nextInt(1, 4); second++) {
            byte[] one = {key[0], second};
            var _ = random.nextInt(3) == 0 ? batch.delete(one) : batch.put(one, value);
          }
          model.apply(bucket, batch, store.batch().apply(batch));
        }
      }
      case 4 -> {
        if (place.has(Capability.TTL)) {
          var options =
              PutOptions.DEFAULT.withExpires(
                  Instant.ofEpochMilli(System.currentTimeMillis() + 3_600_000 + i));
          var version = store.writer().put(key, value, options);
          KvEntry entry = Changes.present(store.reader().entry(key), "the entry");
          model.put(bucket, key, value, options, entry.expiresMillis(), version);
        }
      }
      default -> model.put(bucket, key, value, store.writer().put(key, value));
    }
  }

  @Test
  default void aCursorOfWhatNeverCameIsRefused(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore longer = place.openOther(options()).store(place.bucket("long"));
    for (int i = 0; i < 200; i++) {
      longer.writer().put(utf8("k" + i), utf8("v"));
    }
    WatchCursor foreign;
    try (Watched watched =
        new Watched(
            longer.watcher().watch(WatchScope.all(), WatchOptions.fromState()), place.patience())) {
      watched.untilCaughtUp();
      foreign = watched.cursor();
    }
    place.writer().put(utf8("k"), utf8("v"));
    expires(place, place.store(), foreign);
    Watched own = place.watch(WatchScope.all(), WatchOptions.fromState());
    own.untilCaughtUp();
    WatchCursor future = WatchCursor.of(own.cursor().high(), own.cursor().low() + 1_000_000);
    expires(place, place.store(), future);
  }

  private static void expires(Place place, KvStore store, WatchCursor cursor) {
    var refused =
        assertThrows(
            KvException.CursorExpired.class,
            () -> {
              try (var watch = store.watcher().watch(WatchScope.all(), WatchOptions.from(cursor))) {
                watch.next(place.patience());
              }
            });
    assertEquals(cursor, refused.cursor());
  }

  @Test
  default void anOvertakenCursorExpires(Place place) {
    ConnectionOptions small = optionsWithRetention(1 << 20);
    if (absent(place) || small == null) {
      return;
    }
    Connection connection = place.openOther(small);
    KvStore store = connection.store(place.bucket("small"));
    store.writer().put(utf8("k"), utf8("v"));
    Watched live = place.watch(store, WatchScope.all(), WatchOptions.fromState());
    live.untilCaughtUp();
    WatchCursor old = live.cursor();
    // Noise: what is compressed would take many more writes.
    byte[] value = new byte[10_000];
    new Random(1).nextBytes(value);
    boolean expired = false;
    // Retention may go by whole segments and in the background, so write until it shows; the bound
    // is generous.
    for (int i = 0; i < 10_000 && !expired; i++) {
      store.writer().put(utf8("k" + i % 10), value);
      expired = i % 100 == 99 && isExpired(store, old);
    }
    if (!expired) {
      // The writer was faster than what works in the background.
      Waiting.until(patience(), "the cursor to expire", () -> isExpired(store, old));
    }
    expires(place, store, old);
    // The consumer that blocked was overtaken too: it must be told, after what it may still have
    // had in hand.
    var overtaken =
        assertThrows(
            KvException.CursorExpired.class,
            () -> {
              for (int i = 0; i < 10_001; i++) {
                live.next();
              }
            });
    assertThrows(KvException.CursorExpired.class, () -> live.watch().next(), "again at every call");
    assertTrue(overtaken.cursor().compareTo(old) >= 0);
    Watched again = place.watch(store, WatchScope.all(), WatchOptions.fromState());
    assertEquals(11, again.untilCaughtUp().size(), "state-sync works as ever");
  }

  private static boolean isExpired(KvStore store, WatchCursor cursor) {
    try (var watch = store.watcher().watch(WatchScope.all(), WatchOptions.from(cursor))) {
      KvUpdate first = watch.next(java.time.Duration.ofSeconds(5));
      assertEquals(
          "put k0=",
          Changes.text(Changes.present(first, "the first update")).substring(0, 7),
          "nothing skipped");
      return false;
    } catch (KvException.CursorExpired e) {
      return true;
    }
  }
}

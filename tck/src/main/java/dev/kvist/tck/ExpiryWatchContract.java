package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** K5: what watches see of keys that expire. */
public interface ExpiryWatchContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(Capability.TTL, () -> place.store().ttl())
        || place.lacks(Capability.WATCH, () -> place.store().watcher());
  }

  @Test
  default void anExpiryIsToldOnceWithoutARead(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("first"), utf8("v"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    Version version = store.ttl().put(utf8("k"), utf8("v"), Duration.ofMillis(20));
    assertEquals("put k=v", Changes.text(watched.next()));
    KvUpdate told = watched.next();
    assertEquals("expire k", Changes.text(told));
    var expiry = (KvUpdate.Delete) told;
    assertNotEquals(version, expiry.version(), "the marker is a write of its own");
    Changes.present(expiry.cursor(), "the expiry's cursor");
    assertFalse(store.reader().exists(utf8("k")));
    if (place.isNative(Capability.MARKERS)) {
      assertEquals(
          expiry.version(),
          Changes.present(store.reader().entry(utf8("k")), "the marker").version());
    }
    assertFalse(store.writer().delete(utf8("k")));
    store.writer().put(utf8("last"), utf8("v"));
    assertEquals(List.of("put last=v"), Changes.texts(watched.take(1)), "told just once");
  }

  @Test
  default void aTouchIsToldAsAPut(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("k"), utf8("v"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    store.ttl().touch(utf8("absent"), Duration.ofHours(1));
    Version touched =
        Changes.present(
            store.ttl().touch(utf8("k"), Duration.ofHours(1)), "the version of a touch");
    var put = (KvUpdate.Put) watched.next();
    assertEquals(touched, put.entry().version());
    assertEquals(store.reader().entry(utf8("k")), put.entry(), "with the new deadline");
  }

  @Test
  default void aWriteOverAnExpiredEntryTellsTheExpiryFirst(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("first"), utf8("v"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    for (int round = 0; round < place.rounds(24); round++) {
      byte[] key = utf8("k" + round);
      Version old = store.ttl().put(key, utf8("old"), Duration.ofMillis(1 + round % 3));
      Waiting.until(place.patience(), "an expiry", () -> !store.reader().exists(key));
      String then = overwrite(place, store, key, old, round % 6);
      String name = utf8(key);
      if (place.backend().everyChange()) {
        assertEquals("put " + name + "=old", Changes.text(watched.next()));
        assertEquals("expire " + name, Changes.text(watched.next()));
      }
      if (!then.isEmpty()) {
        String text = Changes.text(watched.next());
        while (!place.backend().everyChange() && !text.equals(then)) {
          text = Changes.text(watched.next());
        }
        assertEquals(then, text);
      }
    }
    store.writer().put(utf8("last"), utf8("v"));
    if (place.backend().everyChange()) {
      assertEquals(List.of("put last=v"), Changes.texts(watched.take(1)), "nothing told twice");
    }
  }

  /**
   * Does one kind of write over an expired key; returns the update that it must cause, empty for
   * none.
   */
  private static String overwrite(Place place, KvStore store, byte[] key, Version old, int kind) {
    boolean cas = place.has(Capability.CAS);
    switch (kind) {
      case 0 -> store.writer().put(key, utf8("new"));
      case 1 -> {
        if (cas) {
          store.writer().create(key, utf8("new"));
        } else {
          store.writer().put(key, utf8("new"));
        }
      }
      case 2 -> {
        assertFalse(store.writer().delete(key), "nothing live was there");
        return "";
      }
      case 3 -> {
        if (cas) {
          assertThrows(
              KvException.VersionMismatch.class, () -> store.writer().update(key, utf8("x"), old));
          assertThrows(KvException.VersionMismatch.class, () -> store.writer().delete(key, old));
        }
        return "";
      }
      case 4 -> store.ttl().put(key, utf8("new"), Duration.ofHours(1));
      default -> {
        if (place.has(Capability.BATCH)) {
          store.batch().apply(new WriteBatch().put(key, utf8("new")));
        } else {
          store.writer().put(key, utf8("new"));
        }
      }
    }
    return "put " + utf8(key) + "=new";
  }

  @Test
  default void randomDeadlinesLeaveReplicaAndStoreAlike(Place place) {
    if (absent(place) || !place.has(Capability.SCAN)) {
      return;
    }
    Seeded.rounds(
        place.rounds(4),
        random -> {
          KvStore store = place.store("x" + random.nextInt(Integer.MAX_VALUE));
          store.writer().put(utf8("first"), utf8("v"));
          Watched watched = place.watch(store, WatchScope.all(), WatchOptions.fromState());
          var replica = new TreeMap<Bytes, Bytes>();
          watched.untilCaughtUp().forEach(update -> Changes.fold(replica, update));
          for (int i = 0; i < 400; i++) {
            byte[] key = utf8("k" + random.nextInt(30));
            switch (random.nextInt(4)) {
              case 0 -> store.writer().put(key, utf8("v" + i));
              case 1 -> store.writer().delete(key);
              default ->
                  store.ttl().put(key, utf8("v" + i), Duration.ofMillis(random.nextInt(1, 40)));
            }
          }
          for (int i = 0; i < 30; i++) {
            byte[] key = utf8("k" + i);
            Waiting.until(
                place.patience(),
                "the end of all deadlines",
                () -> store.ttl().remaining(key) == null);
          }
          store.writer().put(utf8("last"), utf8("v"));
          for (KvUpdate update : watched.untilPut(utf8("last"))) {
            Bytes key = Changes.key(update);
            if (place.backend().everyChange() && !(update instanceof KvUpdate.Put)) {
              assertTrue(
                  replica.containsKey(key),
                  () -> "told that what is not live went: " + Changes.text(update));
            }
            Changes.fold(replica, update);
          }
          var held = new TreeMap<Bytes, Bytes>();
          store
              .reader()
              .scan(dev.kvist.KeyRange.all())
              .forEach(entry -> held.put(Bytes.of(entry.key()), Bytes.of(entry.value())));
          held.remove(Bytes.of("last"));
          // What expired without a write after it may still have to be swept.
          while (!replica.equals(held)) {
            KvUpdate update = watched.next();
            assertTrue(
                update instanceof KvUpdate.Delete delete && delete.expired(),
                () -> Changes.text(update));
            Changes.fold(replica, update);
          }
        });
  }
}

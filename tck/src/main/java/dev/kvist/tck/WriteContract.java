package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KvStore;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** K3: puts and deletes without conditions; {@link CasContract} has those with. */
public interface WriteContract extends BackendUnderTest {
  @Test
  default void aPutReplacesWhateverWasThere(Place place) {
    for (KeyState state : KeyState.possible(place)) {
      KvStore store = state.store(place);
      Version before = state.prepare(place, store);
      Version version = store.writer().put(KeyState.KEY, utf8("new"));
      assertFalse(version.equals(before), () -> state + ": a version of its own");
      assertArrayEquals(utf8("new"), store.reader().get(KeyState.KEY), state.toString());
      assertEquals(
          version, Changes.present(store.reader().entry(KeyState.KEY), "the entry").version());
    }
  }

  @Test
  default void aDeleteSaysWhetherAValueWasThere(Place place) {
    for (KeyState state : KeyState.possible(place)) {
      KvStore store = state.store(place);
      state.prepare(place, store);
      assertEquals(state == KeyState.LIVE, store.writer().delete(KeyState.KEY), state.toString());
      assertNull(store.reader().get(KeyState.KEY));
      assertFalse(store.reader().exists(KeyState.KEY));
      assertFalse(store.writer().delete(KeyState.KEY), state + ": nothing is left to delete");
    }
  }

  @Test
  default void deletingNothingWritesNothingAndTellsNobody(Place place) {
    KvStore store = place.store();
    store.writer().put(utf8("first"), utf8("v"));
    store.writer().put(utf8("gone"), utf8("v"));
    store.writer().delete(utf8("gone"));
    var marker = store.reader().entry(utf8("gone"));
    if (place.lacks(Capability.WATCH, () -> store.watcher())) {
      assertFalse(store.writer().delete(utf8("absent")));
      return;
    }
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    assertFalse(store.writer().delete(utf8("absent")));
    assertFalse(store.writer().delete(utf8("gone")));
    if (place.has(Capability.BATCH)) {
      var nothing = new ArrayList<Version>();
      nothing.add(null);
      assertEquals(nothing, store.batch().apply(new WriteBatch().delete(utf8("absent"))));
    }
    store.writer().put(utf8("last"), utf8("v"));
    assertEquals(
        List.of("put last=v"), Changes.texts(watched.take(1)), "nothing before the last put");
    assertNull(store.reader().entry(utf8("absent")), "no marker of a key that never was");
    assertEquals(marker, store.reader().entry(utf8("gone")), "the marker stays as it was");
  }

  @Test
  default void versionsAreAlwaysNew(Place place) {
    KvStore store = place.store();
    byte[] key = utf8("k");
    var versions = new HashSet<Version>();
    int rounds = place.rounds(200);
    for (int i = 0; i < rounds; i++) {
      assertTrue(versions.add(store.writer().put(key, utf8("same"))), "put " + i);
      switch (i % 5) {
        case 0 -> store.writer().delete(key);
        case 1 -> {
          if (place.has(Capability.PURGE)) {
            store.purger().purge(key);
          }
        }
        case 2 -> {
          if (place.has(Capability.CAS)) {
            Version version = Changes.present(store.reader().entry(key), "the entry").version();
            assertTrue(versions.add(store.writer().delete(key, version)), "delete " + i);
            assertTrue(versions.add(store.writer().create(key, utf8("same"))), "create " + i);
          }
        }
        case 3 -> {
          if (place.has(Capability.TTL)) {
            assertTrue(
                versions.add(
                    Changes.present(store.ttl().touch(key, Duration.ofHours(1)), "a version")));
          }
        }
        default -> {
          if (place.has(Capability.DROP) && i % 20 == 4) {
            assertTrue(place.connection().drop(store.bucket()));
          }
        }
      }
    }
    for (Version version : versions) {
      assertEquals(version, Version.parse(version.toString()), "the text form reads back");
    }
  }

  @Test
  default void openingAStoreMakesNothing(Place place) {
    KvStore store = place.store("made");
    assertNull(store.reader().get(utf8("k")));
    assertFalse(store.reader().exists(utf8("k")));
    assertNull(store.reader().entry(utf8("k")));
    assertFalse(store.writer().delete(utf8("k")));
    if (place.has(Capability.SCAN)) {
      assertEquals(List.of(), store.reader().keys(dev.kvist.KeyRange.all()).toList());
    }
    assertFalse(exists(place, store.bucket()), "nothing but a write makes a bucket");
    store.writer().put(utf8("k"), utf8("v"));
    assertTrue(exists(place, store.bucket()), "the first write makes it");
  }

  private static boolean exists(Place place, String bucket) {
    var names = new ArrayList<String>();
    place.connection().buckets().forEachRemaining(names::add);
    return names.contains(bucket);
  }

  @Test
  default void randomWritesLeaveWhatTheModelHolds(Place place) {
    Seeded.rounds(
        place.rounds(20),
        random -> {
          var model = new ModelStore();
          var stores =
              List.of(
                  place.store("a" + random.nextInt(Integer.MAX_VALUE)),
                  place.store("b" + random.nextInt(Integer.MAX_VALUE)));
          for (int i = 0; i < 300; i++) {
            KvStore store = stores.get(random.nextInt(2));
            byte[] key = Seeded.bytes(random, 1, 2, 5);
            byte[] value = utf8("v" + i);
            switch (random.nextInt(4)) {
              case 0 -> assertEquals(model.delete(store.bucket(), key), store.writer().delete(key));
              case 1 -> assertArrayEquals(model.get(store.bucket(), key), store.reader().get(key));
              default ->
                  model.put(
                      store.bucket(),
                      key,
                      value,
                      store.writer().put(key, value, PutOptions.DEFAULT));
            }
          }
          for (KvStore store : stores) {
            for (Bytes key : model.live(store.bucket()).keySet()) {
              assertEquals(
                  model.version(store.bucket(), key.array()),
                  Changes.present(store.reader().entry(key.array()), "the entry").version());
            }
          }
          if (place.has(Capability.SCAN)) {
            model.assertHeldBy(place.connection());
          }
        });
  }
}

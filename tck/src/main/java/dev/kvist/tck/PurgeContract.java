package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvist.Capability;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.util.List;
import org.junit.jupiter.api.Test;

/** K6: purges. */
public interface PurgeContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(Capability.PURGE, () -> place.store().purger());
  }

  @Test
  default void aPurgedKeyIsGone(Place place) {
    if (absent(place)) {
      return;
    }
    for (KeyState state : KeyState.possible(place)) {
      KvStore store = state.store(place);
      Version before = state.prepare(place, store);
      store.purger().purge(KeyState.KEY);
      store.purger().purge(KeyState.KEY);
      assertNull(store.reader().get(KeyState.KEY), state.toString());
      assertFalse(store.reader().exists(KeyState.KEY));
      KvEntry entry = store.reader().entry(KeyState.KEY);
      assertFalse(entry != null && entry.live());
      if (state == KeyState.LIVE && place.isNative(Capability.MARKERS)) {
        assertEquals(KvEntry.Kind.PURGED, Changes.present(entry, "the marker").kind());
      }
      if (place.has(Capability.SCAN)) {
        assertEquals(0, store.reader().keys(KeyRange.prefix(KeyState.KEY)).toList().size());
      }
      if (before != null && place.has(Capability.CAS)) {
        assertThrows(
            KvException.VersionMismatch.class,
            () -> store.writer().update(KeyState.KEY, utf8("x"), before));
        store.writer().create(KeyState.KEY, utf8("back"));
      } else {
        store.writer().put(KeyState.KEY, utf8("back"));
      }
      assertArrayEquals(utf8("back"), store.reader().get(KeyState.KEY));
    }
  }

  @Test
  default void watchersGetOnePurge(Place place) {
    if (absent(place) || !place.has(Capability.WATCH)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("k"), utf8("v"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    store.purger().purge(utf8("k"));
    store.writer().put(utf8("last"), utf8("v"));
    List<KvUpdate> told = watched.take(2);
    assertEquals(List.of("purge k", "put last=v"), Changes.texts(told));
    if (place.isNative(Capability.MARKERS)) {
      KvEntry marker = Changes.present(store.reader().entry(utf8("k")), "the marker");
      assertEquals(marker.version(), ((KvUpdate.Purge) told.getFirst()).version());
    }
    Watched later = place.watch(WatchScope.all(), WatchOptions.fromState());
    assertEquals(
        List.of("put last=v"), Changes.texts(later.untilCaughtUp()), "state-sync omits it");
  }
}

package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.DiscardPolicy;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.StorageType;
import dev.kvist.StoreConfig;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Buckets: which there are, how one is made, and how one is dropped. */
public interface BucketContract extends BackendUnderTest {
  private static List<String> names(Place place) {
    var names = new ArrayList<String>();
    place.connection().buckets().forEachRemaining(names::add);
    return names;
  }

  @Test
  default void bucketsAreListedInOrder(Place place) {
    var made = new TreeSet<String>();
    for (String suffix : List.of("c", "a", "b", "B", "_", "-")) {
      place.store(suffix).writer().put(utf8("k"), utf8("v"));
      made.add(place.bucket(suffix));
    }
    List<String> names = names(place);
    assertEquals(List.copyOf(new TreeSet<>(names)), names, "in order, each once");
    assertTrue(names.containsAll(made), () -> names + " lacks some of " + made);
  }

  @Test
  default void aStoreWithAConfigurationIsMadeAtOnce(Place place) {
    String name = place.bucket("made");
    KvStore store = place.connection().store(name, StoreConfig.DEFAULT);
    assertTrue(names(place).contains(name));
    assertNull(store.reader().get(utf8("k")));
    store.writer().put(utf8("k"), utf8("v"));
    KvStore again = place.connection().store(name, StoreConfig.DEFAULT);
    assertArrayEquals(utf8("v"), again.reader().get(utf8("k")), "making it again changes nothing");
  }

  @Test
  default void aFieldIsHonouredOrRefusedByName(Place place) {
    var configs = new LinkedHashMap<String, StoreConfig>();
    configs.put("description", StoreConfig.DEFAULT.withDescription("routes of the gateway"));
    configs.put("storage", StoreConfig.DEFAULT.withStorage(StorageType.MEMORY));
    configs.put("maxHistory", StoreConfig.DEFAULT.withMaxHistory(5));
    configs.put("maxAge", StoreConfig.DEFAULT.withMaxAge(Duration.ofHours(1)));
    configs.put("maxBytes", StoreConfig.DEFAULT.withMaxBytes(10 << 20, DiscardPolicy.NEW));
    configs.put("replicas", StoreConfig.DEFAULT.withReplicas(3));
    configs.put("compression", StoreConfig.DEFAULT.withCompression());
    configs.forEach((field, config) -> {
      String name = place.bucket(field);
      try {
        KvStore store = place.connection().store(name, config);
        store.writer().put(utf8("k"), utf8("v"));
        assertArrayEquals(utf8("v"), store.reader().get(utf8("k")));
      } catch (KvException.Unsupported e) {
        assertTrue(
            String.valueOf(e.getMessage()).contains(field),
            () -> "must name " + field + ": " + e.getMessage());
        assertFalse(names(place).contains(name), "a refused configuration makes nothing");
      }
    });
  }

  @Test
  default void aDroppedBucketIsGone(Place place) {
    if (place.lacks(Capability.DROP, () -> place.connection().drop(place.bucket("")))) {
      return;
    }
    KvStore store = place.store();
    KvStore other = place.store("other");
    assertFalse(place.connection().drop(store.bucket()), "there was none");
    Version first = store.writer().put(utf8("k"), utf8("v"));
    other.writer().put(utf8("k"), utf8("v"));
    assertTrue(place.connection().drop(store.bucket()));
    assertFalse(names(place).contains(store.bucket()));
    assertNull(store.reader().get(utf8("k")));
    assertFalse(store.reader().exists(utf8("k")));
    var entry = store.reader().entry(utf8("k"));
    assertTrue(entry == null || !entry.live());
    if (place.has(Capability.SCAN)) {
      assertEquals(List.of(), store.reader().keys(KeyRange.all()).toList());
    }
    assertFalse(store.writer().delete(utf8("k")));
    assertFalse(place.connection().drop(store.bucket()));
    assertTrue(other.reader().exists(utf8("k")), "its neighbour stays");
    if (place.has(Capability.CAS)) {
      assertThrows(
          KvException.VersionMismatch.class,
          () -> store.writer().update(utf8("k"), utf8("x"), first));
    }
    Version second = store.writer().put(utf8("k"), utf8("v"));
    assertNotEquals(first, second, "a version is never used again");
    assertTrue(names(place).contains(store.bucket()), "the first write makes it again");
    if (place.has(Capability.CAS)) {
      assertThrows(
          KvException.VersionMismatch.class,
          () -> store.writer().update(utf8("k"), utf8("x"), first));
    }
  }

  @Test
  default void aDropIsToldAsPurges(Place place) {
    if (place.lacks(Capability.DROP, () -> place.connection().drop(place.bucket("")))
        || place.lacks(Capability.WATCH, () -> place.store().watcher())) {
      return;
    }
    KvStore store = place.store();
    for (String key : List.of("a", "b", "c", "gone")) {
      store.writer().put(utf8(key), utf8("v"));
    }
    store.writer().delete(utf8("gone"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    assertTrue(place.connection().drop(store.bucket()));
    assertEquals(
        new TreeSet<>(List.of("purge a", "purge b", "purge c")),
        new TreeSet<>(Changes.texts(watched.take(3))),
        "each live key once");
    store.writer().put(utf8("new"), utf8("v"));
    assertEquals(
        "put new=v", Changes.text(watched.next()), "the watch goes on with the new bucket");
  }
}

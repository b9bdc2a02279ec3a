package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** K4: batches within a bucket. */
public interface BatchContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(Capability.BATCH, () -> place.store().batch());
  }

  @Test
  default void aBatchDoesEverythingAndReturnsTheVersionsInOrder(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    Version a = store.writer().put(utf8("a"), utf8("1"));
    store.writer().put(utf8("b"), utf8("1"));
    Version c = store.writer().put(utf8("c"), utf8("1"));
    store.writer().put(utf8("d"), utf8("1"));
    Version e = store.writer().put(utf8("e"), utf8("1"));
    List<@Nullable Version> versions =
        store
            .batch()
            .apply(
                new WriteBatch()
                    .update(utf8("a"), utf8("2"), a)
                    .put(utf8("b"), utf8("2"))
                    .delete(utf8("c"), c)
                    .delete(utf8("d"))
                    .require(utf8("e"), e)
                    .create(utf8("f"), utf8("2"))
                    .delete(utf8("g"))
                    .requireAbsent(utf8("h"))
                    .put(utf8("i"), new byte[0]));
    assertEquals(9, versions.size());
    for (int absent : new int[] {4, 6, 7}) {
      assertNull(versions.get(absent), "a require, or a delete that found nothing, at " + absent);
    }
    for (var written : Map.of("a", 0, "b", 1, "f", 5, "i", 8).entrySet()) {
      var entry = Changes.present(store.reader().entry(utf8(written.getKey())), "the entry");
      assertEquals(versions.get(written.getValue()), entry.version(), written.getKey());
      assertArrayEquals(
          written.getKey().equals("i") ? new byte[0] : utf8("2"), entry.value(), written.getKey());
    }
    for (int deleted : new int[] {2, 3}) {
      Changes.present(versions.get(deleted), "the version of a delete that found something");
    }
    assertNull(store.reader().get(utf8("c")));
    assertNull(store.reader().get(utf8("d")));
    assertEquals(
        e,
        Changes.present(store.reader().entry(utf8("e")), "the entry").version(),
        "a require writes nothing");
    assertNull(store.reader().entry(utf8("h")));
    assertEquals(List.of(), store.batch().apply(new WriteBatch()), "nothing to do is done");
  }

  @Test
  default void anyConditionThatDoesNotHoldStopsAll(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    Version old = store.writer().put(utf8("live"), utf8("1"));
    Version live = store.writer().put(utf8("live"), utf8("2"));
    Version dead = store.writer().put(utf8("dead"), utf8("1"));
    store.writer().delete(utf8("dead"));
    var failing = new LinkedHashMap<WriteBatch, Class<? extends KvException>>();
    failing.put(new WriteBatch().create(utf8("live"), utf8("x")), KvException.AlreadyExists.class);
    failing.put(
        new WriteBatch().update(utf8("live"), utf8("x"), old), KvException.VersionMismatch.class);
    failing.put(new WriteBatch().delete(utf8("live"), old), KvException.VersionMismatch.class);
    failing.put(new WriteBatch().require(utf8("live"), old), KvException.VersionMismatch.class);
    failing.put(new WriteBatch().require(utf8("dead"), dead), KvException.VersionMismatch.class);
    failing.put(new WriteBatch().require(utf8("never"), live), KvException.VersionMismatch.class);
    failing.put(new WriteBatch().requireAbsent(utf8("live")), KvException.AlreadyExists.class);
    failing.put(
        new WriteBatch().update(utf8("dead"), utf8("x"), dead), KvException.VersionMismatch.class);
    failing.forEach((condition, error) -> {
      WriteBatch.Op op = condition.ops().getFirst();
      var batch = new WriteBatch().put(utf8("before"), utf8("x")).delete(utf8("live2"));
      switch (op.kind()) {
        case PUT -> batch.put(op.key(), op.value(), op.options());
        case DELETE ->
            batch.delete(op.key(), Changes.present(op.options().expected(), "the condition"));
        default -> {
          Version expected = op.options().expected();
          var _ =
              expected == null ? batch.requireAbsent(op.key()) : batch.require(op.key(), expected);
        }
      }
      batch.put(utf8("after"), utf8("x"));
      KvException refused =
          assertThrows(
              error, () -> store.batch().apply(batch), () -> op.kind() + " " + op.options());
      assertEquals(KvException.Effect.NONE, refused.effect());
      assertTrue(
          String.valueOf(refused.getMessage()).contains(store.bucket()), refused.getMessage());
      assertNull(store.reader().entry(utf8("before")), "nothing is written");
      assertNull(store.reader().entry(utf8("after")), "nothing is written");
      assertEquals(
          live, Changes.present(store.reader().entry(utf8("live")), "the entry").version());
    });
    store
        .batch()
        .apply(
            new WriteBatch()
                .requireAbsent(utf8("dead"))
                .requireAbsent(utf8("never"))
                .require(utf8("live"), live));
  }

  @Test
  default void malformedBatchesAreRefused(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    Version version = store.writer().put(utf8("k"), utf8("v"));
    for (WriteBatch twice :
        List.of(
            new WriteBatch().put(utf8("a"), utf8("1")).put(utf8("a"), utf8("2")),
            new WriteBatch().put(utf8("a"), utf8("1")).delete(utf8("a")),
            new WriteBatch().require(utf8("k"), version).put(utf8("k"), utf8("2")),
            new WriteBatch()
                .put(utf8("a"), utf8("1"))
                .in(store.bucket())
                .put(utf8("a"), utf8("2")))) {
      assertThrows(
          IllegalArgumentException.class, () -> store.batch().apply(twice), "one operation a key");
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            store
                .batch()
                .apply(
                    new WriteBatch()
                        .put(utf8("a"), utf8("1"))
                        .in(place.bucket("x"))
                        .put(utf8("b"), utf8("1"))),
        "a store's batch stays in its bucket");
    assertNull(store.reader().entry(utf8("a")), "nothing is written");
    assertEquals(version, Changes.present(store.reader().entry(utf8("k")), "the entry").version());
    store.batch().apply(new WriteBatch().in(store.bucket()).put(utf8("own"), utf8("v")));
    assertArrayEquals(utf8("v"), store.reader().get(utf8("own")), "its own bucket may be named");
  }

  @Test
  default void aBatchIsAsLongAsTheCapabilitiesSay(Place place) {
    if (absent(place)) {
      assertEquals(0, place.capabilities().maxBatchOps());
      return;
    }
    int max = place.capabilities().maxBatchOps();
    assertTrue(max > 0 && max <= 1_000_000, "a limit that a test can reach: " + max);
    KvStore store = place.store();
    var batch = new WriteBatch();
    for (int i = 0; i < max; i++) {
      batch.put(utf8("k" + i), utf8("v"));
    }
    assertEquals(max, new HashSet<>(store.batch().apply(batch)).size());
    assertTrue(store.reader().exists(utf8("k" + (max - 1))));
    batch.put(utf8("more"), utf8("v"));
    assertThrows(IllegalArgumentException.class, () -> store.batch().apply(batch));
    assertNull(store.reader().get(utf8("more")));
  }

  @Test
  default void aBatchMayBeAppliedAgain(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    var batch = new WriteBatch().put(utf8("a"), utf8("1")).put(utf8("b"), utf8("1"));
    List<@Nullable Version> first = store.batch().apply(batch);
    List<@Nullable Version> second = store.batch().apply(batch);
    assertNotEquals(first, second);
    assertEquals(
        second.getLast(), Changes.present(store.reader().entry(utf8("b")), "the entry").version());
  }

  @Test
  default void aBatchIsPurgedAndToldWhole(Place place) {
    if (absent(place) || !place.has(Capability.WATCH)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("b"), utf8("old"));
    store.writer().put(utf8("c"), utf8("old"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    var batch = new WriteBatch().put(utf8("a"), utf8("1")).delete(utf8("b")).delete(utf8("absent"));
    boolean purges = place.has(Capability.PURGE);
    if (purges) {
      batch.purge(utf8("c"));
    } else {
      batch.delete(utf8("c"));
    }
    batch.put(utf8("d"), utf8("1"));
    store.batch().apply(batch);
    List<KvUpdate> told = watched.take(4);
    assertEquals(
        List.of("put a=1", "delete b", purges ? "purge c" : "delete c", "put d=1"),
        Changes.texts(told),
        "in order");
    for (int i = 0; i < 3; i++) {
      assertNull(told.get(i).cursor(), "just the last of a batch carries the cursor");
    }
    assertEquals(
        Changes.present(told.get(3).cursor(), "the cursor of the batch"), watched.cursor());
    store.writer().put(utf8("last"), utf8("v"));
    assertEquals(List.of("put last=v"), Changes.texts(watched.take(1)));
    if (!place.has(Capability.WATCH_CURSOR)) {
      return;
    }
    Watched resumed =
        place.watch(
            WatchScope.all(), WatchOptions.from(Changes.present(told.get(3).cursor(), "cursor")));
    assertEquals(
        List.of("put last=v"),
        Changes.texts(resumed.take(1)),
        "a resume begins behind the whole batch");
  }

  @Test
  default void aFilteredBatchStillMovesTheCursor(Place place) {
    if (absent(place) || !place.has(Capability.WATCH)) {
      return;
    }
    KvStore store = place.store();
    Watched watched = place.watch(WatchScope.prefix(utf8("a")), WatchOptions.fromNow());
    store
        .batch()
        .apply(
            new WriteBatch()
                .put(utf8("b1"), utf8("v"))
                .put(utf8("a1"), utf8("v"))
                .put(utf8("a2"), utf8("v"))
                .put(utf8("b2"), utf8("v")));
    List<KvUpdate> told = watched.take(2);
    assertEquals(List.of("put a1=v", "put a2=v"), Changes.texts(told));
    assertNull(told.getFirst().cursor());
    Changes.present(told.getLast().cursor(), "the cursor on the last that the scope lets through");
  }
}

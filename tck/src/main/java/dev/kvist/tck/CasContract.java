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
import dev.kvist.KeyText;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** K3 and K11: writes under a condition, and the errors of one that does not hold. */
public interface CasContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    Version version = Version.of(0, 1);
    return place.lacks(Capability.CAS, () -> place.writer().create(utf8("k"), utf8("v")))
        && place.lacks(Capability.CAS, () -> place.writer().update(utf8("k"), utf8("v"), version))
        && place.lacks(Capability.CAS, () -> place.writer().delete(utf8("k"), version));
  }

  @Test
  default void createSucceedsUnlessTheKeyIsLive(Place place) {
    if (absent(place)) {
      return;
    }
    for (KeyState state : KeyState.possible(place)) {
      KvStore store = state.store(place);
      Version before = state.prepare(place, store);
      if (state == KeyState.LIVE) {
        var refused =
            assertThrows(
                KvException.AlreadyExists.class,
                () -> store.writer().create(KeyState.KEY, utf8("new")));
        assertEquals(store.bucket(), refused.bucket());
        assertEquals("k\\x00\\xFF", refused.key());
        assertTrue(refused.actual() == null || refused.actual().equals(before));
        names(refused, store);
        assertArrayEquals(utf8("old"), store.reader().get(KeyState.KEY));
      } else {
        Version version = store.writer().create(KeyState.KEY, utf8("new"));
        assertNotEquals(before, version, state.toString());
        assertArrayEquals(utf8("new"), store.reader().get(KeyState.KEY), state.toString());
        assertThrows(
            KvException.AlreadyExists.class,
            () -> store.writer().create(KeyState.KEY, utf8("newer")));
      }
    }
  }

  @Test
  default void updateAndDeleteSucceedOnlyOverTheExpectedVersion(Place place) {
    if (absent(place)) {
      return;
    }
    for (KeyState state : KeyState.possible(place)) {
      KvStore store = state.store(place);
      Version before = state.prepare(place, store);
      Version foreign = place.store("foreign").writer().put(utf8("another"), utf8("v"));
      refuses(store, state, foreign, before);
      KvEntry marker = store.reader().entry(KeyState.KEY);
      if (state != KeyState.LIVE) {
        if (before != null) {
          refuses(store, state, before, null);
        }
        if (marker != null) {
          refuses(store, state, marker.version(), null);
        }
        continue;
      }
      Version last = Changes.present(before, "a version");
      Version updated = store.writer().update(KeyState.KEY, utf8("new"), last);
      assertArrayEquals(utf8("new"), store.reader().get(KeyState.KEY));
      refuses(store, state, last, updated);
      Version deleted = store.writer().delete(KeyState.KEY, updated);
      assertNotEquals(updated, deleted);
      assertNull(store.reader().get(KeyState.KEY));
      refuses(store, KeyState.DELETED, updated, null);
      refuses(store, KeyState.DELETED, deleted, null);
    }
  }

  private static void refuses(
      KvStore store, KeyState state, Version expected, @Nullable Version actual) {
    byte[] before = store.reader().get(KeyState.KEY);
    var update =
        assertThrows(
            KvException.VersionMismatch.class,
            () -> store.writer().update(KeyState.KEY, utf8("wrong"), expected),
            () -> "update of a key that is " + state);
    var delete =
        assertThrows(
            KvException.VersionMismatch.class,
            () -> store.writer().delete(KeyState.KEY, expected),
            () -> "delete of a key that is " + state);
    for (var refused : List.of(update, delete)) {
      assertEquals(store.bucket(), refused.bucket());
      assertEquals(KeyText.print(KeyState.KEY), refused.key());
      assertEquals(expected, refused.expected());
      assertTrue(
          refused.actual() == null || (state == KeyState.LIVE && refused.actual().equals(actual)),
          () -> state + ": says " + refused.actual() + " is there, and it is " + actual);
      names(refused, store);
    }
    assertArrayEquals(before, store.reader().get(KeyState.KEY), "a refused write changes nothing");
  }

  private static void names(KvException refused, KvStore store) {
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(store.bucket()), () -> "must name the bucket: " + message);
    assertTrue(message.contains("k\\x00\\xFF"), () -> "must name the key as text: " + message);
    assertEquals(KvException.Effect.NONE, refused.effect());
  }

  @Test
  default void whatIsRefusedTellsNobody(Place place) {
    if (absent(place) || !place.has(Capability.WATCH)) {
      return;
    }
    KvStore store = place.store();
    Version old = store.writer().put(utf8("k"), utf8("1"));
    store.writer().put(utf8("k"), utf8("2"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    assertThrows(
        KvException.AlreadyExists.class, () -> store.writer().create(utf8("k"), utf8("3")));
    assertThrows(
        KvException.VersionMismatch.class, () -> store.writer().update(utf8("k"), utf8("3"), old));
    assertThrows(KvException.VersionMismatch.class, () -> store.writer().delete(utf8("k"), old));
    assertThrows(
        KvException.VersionMismatch.class,
        () -> store.writer().update(utf8("absent"), utf8("3"), old));
    assertNull(store.reader().entry(utf8("absent")));
    store.writer().put(utf8("last"), utf8("v"));
    assertEquals(List.of("put last=v"), Changes.texts(watched.take(1)));
  }

  @Test
  default void theFullPutTakesTheSameConditions(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    byte[] key = utf8("k");
    byte[] pair = {1, 0, 0, 0, 0x10, 'a'};
    Version first = store.writer().put(key, pair, PutOptions.DEFAULT.ifAbsent().withCompressed());
    assertTrue(Changes.present(store.reader().entry(key), "the entry").compressed());
    assertThrows(
        KvException.AlreadyExists.class,
        () -> store.writer().put(key, pair, PutOptions.DEFAULT.ifAbsent()));
    Version second = store.writer().put(key, utf8("v"), PutOptions.DEFAULT.ifVersion(first));
    assertFalse(
        Changes.present(store.reader().entry(key), "the entry").compressed(),
        "the flag is the record's");
    assertThrows(
        KvException.VersionMismatch.class,
        () -> store.writer().put(key, pair, PutOptions.DEFAULT.ifVersion(first)));
    Version parsed = Version.parse(second.toString());
    assertNotEquals(
        second, store.writer().update(key, utf8("w"), parsed), "the text form is as good");
    assertThrows(
        IllegalArgumentException.class, () -> PutOptions.DEFAULT.ifAbsent().ifVersion(first));
  }

  @Test
  default void malformedTextFormsAreRefused(Place place) {
    String good = place.writer().put(utf8("k"), utf8("v")).toString();
    var malformed =
        new ArrayList<>(List.of("", "?", "AAAA", "=", good + "=", good + "A", " " + good, "ä"));
    malformed.add(good.substring(1));
    for (String text : malformed) {
      assertThrows(
          IllegalArgumentException.class, () -> Version.parse(text), "version '" + text + "'");
      assertThrows(
          IllegalArgumentException.class,
          () -> dev.kvist.WatchCursor.parse(text),
          "cursor '" + text + "'");
    }
    assertEquals(good, Version.parse(good).toString());
    assertTrue(
        good.matches("[A-Za-z0-9_-]{1,22}"), "unpadded base64url of at most 16 bytes: " + good);
  }
}

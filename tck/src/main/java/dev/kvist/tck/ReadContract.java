package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KvEntry;
import dev.kvist.KvReader;
import dev.kvist.KvStore;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** K2: point reads. */
public interface ReadContract extends BackendUnderTest {
  @Test
  default void absenceIsNull(Place place) {
    byte[] key = utf8("absent");
    readsAbsent(place.store("missing").reader(), key);
    place.writer().put(utf8("other"), utf8("v"));
    readsAbsent(place.reader(), key);
    assertNull(place.reader().entry(key), "a key that never was has no marker");
  }

  private static void readsAbsent(KvReader reader, byte[] key) {
    assertNull(reader.get(key));
    assertFalse(reader.exists(key));
    assertNull(reader.getAll(List.of(key)).getFirst());
    KvEntry entry = reader.entry(key);
    assertTrue(entry == null || !entry.live(), () -> "neither value nor live entry, but " + entry);
  }

  @Test
  default void anEntryTellsEverything(Place place) {
    byte[] key = {0, 'k', (byte) 0xFF};
    long before = System.currentTimeMillis();
    Version version = place.writer().put(key, utf8("value"));
    long after = System.currentTimeMillis();
    KvEntry entry = Changes.present(place.reader().entry(key), "the entry");
    assertEquals(place.store().bucket(), entry.bucket());
    assertArrayEquals(key, entry.key());
    assertArrayEquals(utf8("value"), entry.value());
    assertEquals(version, entry.version());
    assertEquals(KvEntry.Kind.VALUE, entry.kind());
    assertTrue(entry.live());
    assertNull(entry.expires());
    assertEquals(KvEntry.NEVER, entry.expiresMillis());
    assertFalse(entry.compressed());
    // A backend's clock may be another machine's, and never steps back to the wall clock.
    assertTrue(
        entry.createdMillis() >= before - 2_000 && entry.createdMillis() <= after + 2_000,
        () -> "created " + entry.created() + ", written at " + before);
    assertEquals(entry, place.reader().entry(key), "reading changes nothing");
  }

  @Test
  default void theCompressedFlagIsKeptAndCleared(Place place) {
    byte[] key = utf8("k");
    byte[] pair = {5, 0, 0, 0, 0x50, 'h', 'e', 'l', 'l', 'o'};
    place.writer().put(key, pair, PutOptions.DEFAULT.withCompressed());
    KvEntry entry = Changes.present(place.reader().entry(key), "the entry");
    assertTrue(entry.compressed());
    assertArrayEquals(pair, entry.value(), "the role gives the stored bytes");
    assertArrayEquals(pair, place.reader().get(key));
    place.writer().put(key, pair);
    assertFalse(Changes.present(place.reader().entry(key), "the entry").compressed());
  }

  @Test
  default void readsFollowTheLifeOfAKey(Place place) {
    KvReader reader = place.reader();
    byte[] key = utf8("k");
    for (int life = 0; life < 3; life++) {
      readsAbsent(reader, key);
      place.writer().put(key, utf8("v" + life));
      assertTrue(reader.exists(key));
      assertArrayEquals(utf8("v" + life), reader.get(key));
      assertArrayEquals(utf8("v" + life), reader.getAll(List.of(key)).getFirst());
      assertTrue(place.writer().delete(key));
    }
    readsAbsent(reader, key);
  }

  @Test
  default void aDeletedKeyLeavesAMarker(Place place) {
    byte[] key = utf8("k");
    Version written = place.writer().put(key, utf8("v"));
    assertTrue(place.writer().delete(key));
    KvEntry marker = place.reader().entry(key);
    if (!place.isNative(Capability.MARKERS)) {
      assertTrue(marker == null || !marker.live());
      return;
    }
    isMarker(marker, KvEntry.Kind.DELETED, key);
    assertNotEquals(
        written, Changes.present(marker, "the marker").version(), "a marker is a write of its own");
    if (place.has(Capability.CAS)) {
      Version again = place.writer().put(key, utf8("v"));
      Version deleted = place.writer().delete(key, again);
      assertEquals(deleted, Changes.present(place.reader().entry(key), "the marker").version());
    }
    if (place.has(Capability.PURGE)) {
      place.writer().put(key, utf8("v"));
      place.store().purger().purge(key);
      isMarker(place.reader().entry(key), KvEntry.Kind.PURGED, key);
    }
    place.writer().put(key, utf8("back"));
    assertTrue(Changes.present(place.reader().entry(key), "the entry").live());
  }

  private static void isMarker(@Nullable KvEntry entry, KvEntry.Kind kind, byte[] key) {
    KvEntry marker = Changes.present(entry, "the marker of a " + kind + " key");
    assertEquals(kind, marker.kind());
    assertFalse(marker.live());
    assertEquals(0, marker.value().length);
    assertArrayEquals(key, marker.key());
    assertNull(marker.expires());
  }

  @Test
  default void getAllKeepsOrderAndRepetition(Place place) {
    var keys = new ArrayList<byte[]>();
    for (int i = 0; i < 50; i++) {
      place.writer().put(utf8("k" + i), utf8("v" + i));
      keys.add(utf8("k" + (49 - i)));
      keys.add(utf8("absent" + i));
    }
    place.writer().put(utf8("k7"), new byte[0]);
    place.writer().delete(utf8("k8"));
    keys.add(utf8("k3"));
    keys.add(utf8("k3"));
    List<byte @Nullable []> values = place.reader().getAll(keys);
    assertEquals(keys.size(), values.size());
    for (int i = 0; i < keys.size(); i++) {
      String key = utf8(keys.get(i));
      byte[] expected =
          key.startsWith("absent") || key.equals("k8")
              ? null
              : key.equals("k7") ? new byte[0] : utf8("v" + key.substring(1));
      assertArrayEquals(expected, values.get(i), key);
    }
    assertEquals(0, place.reader().getAll(List.of()).size());
  }

  @Test
  default void readsSeeWhatWasAcknowledgedToAnyThread(Place place) {
    KvStore store = place.store();
    byte[] key = utf8("k");
    var written = new SynchronousQueue<Integer>();
    int rounds = place.rounds(500);
    var writer =
        Waiting.start(
            Thread.ofPlatform().daemon(),
            () -> {
              for (int i = 0; i < rounds; i++) {
                store.writer().put(key, utf8("v" + i));
                written.offer(i, place.patience().toMillis(), TimeUnit.MILLISECONDS);
              }
            });
    try {
      for (int i = 0; i < rounds; i++) {
        int acknowledged =
            Changes.present(
                written.poll(place.patience().toMillis(), TimeUnit.MILLISECONDS), "a write");
        int seen =
            Integer.parseInt(
                utf8(Changes.present(store.reader().get(key), "the value")).substring(1));
        assertTrue(
            seen >= acknowledged,
            () -> "v" + seen + " was read after v" + acknowledged + " was acknowledged");
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
    Waiting.result(place.patience(), writer);
  }
}

package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvReader;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** K1: the sizes of values, and whose the arrays are. */
public interface ValueContract extends BackendUnderTest {
  @Test
  default void valuesOfAnySizeComeBack(Place place) {
    long max = place.capabilities().maxValueSize();
    var random = new Random(7);
    for (int size :
        new int[] {
          0, 1, 2, 126, 127, 128, 255, 256, 511, 512, 513, 4095, 4096, 4097, 16383, 16384, 65535,
          65536, 65537, 1 << 20
        }) {
      if (size > max) {
        continue;
      }
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      byte[] even = new byte[size];
      Arrays.fill(even, (byte) 'x');
      place.writer().put(utf8("noise" + size), noise);
      place.writer().put(utf8("even" + size), even);
      assertArrayEquals(noise, place.reader().get(utf8("noise" + size)), "noise of " + size);
      assertArrayEquals(
          even, place.reader().get(utf8("even" + size)), "one letter, " + size + " times");
      assertArrayEquals(
          even, Changes.present(place.reader().entry(utf8("even" + size)), "the entry").value());
    }
  }

  @Test
  default void theLongestValueFitsAndOneMoreByteIsRefused(Place place) {
    long max = place.capabilities().maxValueSize();
    assertTrue(
        max >= 1024 && max <= 1 << 28,
        "a limit that a test can reach; lower it in options(): " + max);
    byte[] key = utf8("k");
    byte[] longest = new byte[(int) max];
    new Random(1).nextBytes(longest);
    Version before = place.writer().put(key, longest);
    assertArrayEquals(longest, place.reader().get(key));

    byte[] tooLong = new byte[(int) max + 1];
    KvStore store = place.store();
    var calls = new LinkedHashMap<String, Executable>();
    calls.put("put", () -> store.writer().put(key, tooLong));
    if (place.has(Capability.CAS)) {
      calls.put("create", () -> store.writer().create(utf8("new"), tooLong));
      calls.put("update", () -> store.writer().update(key, tooLong, before));
    }
    if (place.has(Capability.TTL)) {
      calls.put("ttl put", () -> store.ttl().put(key, tooLong, Duration.ofHours(1)));
    }
    if (place.has(Capability.BATCH)) {
      calls.put(
          "batch",
          () ->
              store
                  .batch()
                  .apply(new WriteBatch().put(utf8("other"), utf8("v")).put(key, tooLong)));
    }
    calls.forEach((name, call) -> {
      var refused = assertThrows(KvException.TooLarge.class, call, name);
      assertEquals(max + 1, refused.size(), name);
      assertEquals(max, refused.limit(), name);
      assertEquals(KvException.Effect.NONE, refused.effect(), name);
    });
    KvEntry after = Changes.present(store.reader().entry(key), "the entry");
    assertEquals(before, after.version(), "a refused value writes nothing");
    assertNull(store.reader().get(utf8("other")), "nothing of a refused batch is written");
    assertNull(store.reader().get(utf8("new")));
  }

  @Test
  default void anEmptyValueIsAValue(Place place) {
    byte[] key = utf8("k");
    place.writer().put(key, new byte[0]);
    assertArrayEquals(new byte[0], place.reader().get(key));
    assertTrue(place.reader().exists(key));
    KvEntry entry = Changes.present(place.reader().entry(key), "the entry");
    assertTrue(entry.live());
    assertEquals(0, entry.value().length);
    if (place.has(Capability.CAS)) {
      assertThrows(KvException.AlreadyExists.class, () -> place.writer().create(key, utf8("v")));
    }
    if (place.has(Capability.SCAN)) {
      assertEquals(1, place.reader().keys(KeyRange.all()).toList().size());
    }
    assertTrue(place.writer().delete(key), "it was live");
    assertNull(place.reader().get(key));
  }

  @Test
  default void arraysPassedInAreCopied(Place place) {
    byte[] key = utf8("key");
    byte[] value = utf8("value");
    place.writer().put(key, value);
    Arrays.fill(key, (byte) 'X');
    Arrays.fill(value, (byte) 'Y');
    assertArrayEquals(utf8("value"), place.reader().get(utf8("key")));
    assertNull(place.reader().get(utf8("XXX")));
    if (place.has(Capability.SCAN)) {
      assertArrayEquals(utf8("key"), place.reader().keys(KeyRange.all()).toList().getFirst());
    }
    if (place.has(Capability.TTL)) {
      byte[] mortal = utf8("mortal");
      byte[] text = utf8("text");
      place.store().ttl().put(mortal, text, Duration.ofHours(1));
      Arrays.fill(mortal, (byte) 'X');
      Arrays.fill(text, (byte) 'Y');
      assertArrayEquals(utf8("text"), place.reader().get(utf8("mortal")));
    }
  }

  @Test
  default void aBatchCopiesWhatIsAdded(Place place) {
    if (place.lacks(Capability.BATCH, () -> place.store().batch())) {
      return;
    }
    byte[] key = utf8("key");
    byte[] value = utf8("value");
    var batch = new WriteBatch().put(key, value);
    Arrays.fill(key, (byte) 'X');
    Arrays.fill(value, (byte) 'Y');
    place.store().batch().apply(batch);
    assertArrayEquals(utf8("value"), place.reader().get(utf8("key")));
    assertNull(place.reader().get(utf8("XXX")));
    assertArrayEquals(
        utf8("value"), batch.ops().getFirst().value(), "the batch stays as it was added");
  }

  @Test
  default void arraysHandedOutBelongToTheCaller(Place place) {
    byte[] key = utf8("key");
    place.writer().put(key, utf8("value"));
    KvReader reader = place.reader();
    scribble(Changes.present(reader.get(key), "the value"));
    KvEntry entry = Changes.present(reader.entry(key), "the entry");
    scribble(entry.value());
    scribble(entry.key());
    List<byte[]> keys = List.of(key, key);
    List<?> all = reader.getAll(keys);
    scribble((byte[]) all.get(0));
    assertArrayEquals(
        utf8("value"), (byte[]) all.get(1), "each element of getAll is an array of its own");
    assertArrayEquals(utf8("key"), key, "the caller's key is left alone");
    if (place.has(Capability.SCAN)) {
      reader.keys(KeyRange.all()).toList().forEach(ValueContract::scribble);
      for (KvEntry scanned : reader.scan(KeyRange.all()).toList()) {
        scribble(scanned.key());
        scribble(scanned.value());
      }
      assertArrayEquals(utf8("key"), reader.keys(KeyRange.all()).toList().getFirst());
    }
    assertArrayEquals(utf8("value"), reader.get(key));
  }

  @Test
  default void arraysOfAWatchBelongToItsConsumer(Place place) {
    if (place.lacks(Capability.WATCH, () -> place.store().watcher())) {
      return;
    }
    place.writer().put(utf8("before"), utf8("value"));
    Watched first = place.watch(WatchScope.all(), WatchOptions.fromState());
    Watched second = place.watch(WatchScope.all(), WatchOptions.fromState());
    for (Watched watched : List.of(first, second)) {
      KvUpdate.Put before = (KvUpdate.Put) watched.untilCaughtUp().getFirst();
      assertEquals("put before=value", Changes.text(before));
      scribble(before.key());
      scribble(before.value());
    }
    place.writer().put(utf8("live"), utf8("value"));
    KvUpdate.Put mine = (KvUpdate.Put) first.next();
    scribble(mine.key());
    scribble(mine.value());
    assertEquals(
        "put live=value", Changes.text(second.next()), "another watch has arrays of its own");
    assertArrayEquals(utf8("value"), place.reader().get(utf8("before")));
    assertArrayEquals(utf8("value"), place.reader().get(utf8("live")));
  }

  private static void scribble(byte[] array) {
    Arrays.fill(array, (byte) '!');
  }
}

package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvReader;
import dev.kvist.KvStore;
import dev.kvist.KvWriter;
import dev.kvist.StoreConfig;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** K1: which keys and bucket names there are, and that no two of them meet. */
public interface NamesContract extends BackendUnderTest {
  @Test
  default void everyByteValueIsAKey(Place place) {
    KvWriter writer = place.writer();
    for (int b = 0; b < 256; b++) {
      writer.put(new byte[] {(byte) b}, new byte[] {(byte) b, 1});
      writer.put(new byte[] {(byte) b, (byte) b}, new byte[] {(byte) b, 2});
    }
    KvReader reader = place.reader();
    for (int b = 0; b < 256; b++) {
      assertArrayEquals(new byte[] {(byte) b, 1}, reader.get(new byte[] {(byte) b}), "key " + b);
      assertArrayEquals(
          new byte[] {(byte) b, 2},
          reader.get(new byte[] {(byte) b, (byte) b}),
          "key " + b + " twice");
    }
    if (place.has(Capability.SCAN)) {
      assertEquals(512, reader.keys(KeyRange.all()).toList().size());
      for (int b = 0; b < 256; b++) {
        assertEquals(
            2, reader.keys(KeyRange.prefix(new byte[] {(byte) b})).toList().size(), "prefix " + b);
      }
    }
  }

  @Test
  default void awkwardKeysStayApart(Place place) {
    List<String> hex =
        List.of(
            "00", "0000", "000000", "00ff", "ff", "ffff", "ff00", "ffffff", "01", "0001", "0100",
            "c3", "c3a4", "efbfbd", "2e", "2e2e", "2e2f", "2f", "2a", "3e", "3d", "3d3d30", "25",
            "2530", "0a", "0d0a", "09", "0909", "20", "2020", "7f", "5c", "5c7830", "24", "612e62",
            "61", "612e", "2e61", "612c62", "615f62");
    Map<Bytes, byte[]> values = new LinkedHashMap<>();
    for (String key : hex) {
      byte[] bytes = HexFormat.of().parseHex(key);
      values.put(Bytes.of(bytes), utf8("value of " + key));
      place.writer().put(bytes, utf8("value of " + key));
    }
    values.forEach(
        (key, value) -> assertArrayEquals(value, place.reader().get(key.array()), "key " + key));
    for (Bytes key : values.keySet()) {
      assertTrue(place.writer().delete(key.array()), "key " + key);
      assertNull(place.reader().get(key.array()), "key " + key);
    }
  }

  @Test
  default void aKeyIsAsLongAsTheCapabilitiesSay(Place place) {
    int max = place.capabilities().maxKeySize();
    assertTrue(max >= 1024, "maxKeySize is at least 1024");
    byte[] longest = new byte[max];
    Arrays.fill(longest, (byte) 'k');
    byte[] other = longest.clone();
    other[max - 1] = 'l';
    place.writer().put(longest, utf8("1"));
    place.writer().put(other, utf8("2"));
    assertArrayEquals(utf8("1"), place.reader().get(longest));
    assertArrayEquals(utf8("2"), place.reader().get(other));
    assertArrayEquals(longest, Changes.present(place.reader().entry(longest), "the entry").key());
    refusesKey(place, new byte[max + 1]);
  }

  @Test
  default void anEmptyKeyIsRefused(Place place) {
    refusesKey(place, new byte[0]);
  }

  /** A null is a slip of the caller; the error names the parameter. */
  @Test
  @SuppressWarnings("NullAway") // This is what is tested.
  default void aNullIsNamed(Place place) {
    KvStore store = place.store();
    namesNull("key", () -> store.reader().get(null));
    namesNull("key", () -> store.reader().exists(null));
    namesNull("key", () -> store.writer().put(null, utf8("v")));
    namesNull("value", () -> store.writer().put(utf8("k"), null));
    namesNull("key", () -> store.writer().delete(null));
    namesNull("bucket", () -> place.connection().store(null));
    assertNull(store.reader().get(utf8("k")));
  }

  private static void namesNull(String name, Executable call) {
    assertEquals(name, assertThrows(NullPointerException.class, call).getMessage());
  }

  private static void refusesKey(Place place, byte[] key) {
    KvStore store = place.store("refused");
    byte[] value = utf8("v");
    Version version = place.writer().put(utf8("any"), value);
    var calls = new LinkedHashMap<String, Executable>();
    calls.put("get", () -> store.reader().get(key));
    calls.put("entry", () -> store.reader().entry(key));
    calls.put("exists", () -> store.reader().exists(key));
    calls.put("getAll", () -> store.reader().getAll(List.of(utf8("a"), key)));
    calls.put("put", () -> store.writer().put(key, value));
    calls.put("delete", () -> store.writer().delete(key));
    if (place.has(Capability.CAS)) {
      calls.put("create", () -> store.writer().create(key, value));
      calls.put("update", () -> store.writer().update(key, value, version));
      calls.put("delete with a version", () -> store.writer().delete(key, version));
    }
    if (place.has(Capability.TTL)) {
      calls.put("ttl put", () -> store.ttl().put(key, value, Duration.ofHours(1)));
      calls.put("touch", () -> store.ttl().touch(key, Duration.ofHours(1)));
      calls.put("remaining", () -> store.ttl().remaining(key));
    }
    if (place.has(Capability.PURGE)) {
      calls.put("purge", () -> store.purger().purge(key));
    }
    if (place.has(Capability.BATCH)) {
      calls.put(
          "batch",
          () -> store.batch().apply(new WriteBatch().put(utf8("a"), value).put(key, value)));
    }
    calls.forEach((name, call) -> assertThrows(IllegalArgumentException.class, call, name));
    assertNull(store.reader().get(utf8("a")), "nothing of a refused batch is written");
  }

  @Test
  default void illegalBucketNamesAreRefused(Place place) {
    Connection connection = place.connection();
    List<String> illegal =
        List.of(
            "",
            "../x",
            "..",
            ".",
            "a/b",
            "a,b",
            "a.b",
            "-a",
            "a b",
            "ä",
            "a\u0000",
            "a\n",
            "a:b",
            "a\\b",
            "a*",
            "*",
            "{a}",
            "%41",
            "a".repeat(65));
    for (String name : illegal) {
      assertThrows(
          IllegalArgumentException.class, () -> connection.store(name), "store '" + name + "'");
      assertThrows(
          IllegalArgumentException.class,
          () -> connection.store(name, StoreConfig.DEFAULT),
          "store with a configuration '" + name + "'");
      if (place.has(Capability.DROP)) {
        assertThrows(
            IllegalArgumentException.class, () -> connection.drop(name), "drop '" + name + "'");
      }
      if (place.has(Capability.BATCH_ACROSS_BUCKETS)) {
        assertThrows(
            IllegalArgumentException.class,
            () -> connection.batch().apply(new WriteBatch().in(name).put(utf8("k"), utf8("v"))),
            "batch in '" + name + "'");
      }
    }
  }

  @Test
  default void legalBucketNamesStayApart(Place place) {
    String base = place.bucket("");
    List<String> legal =
        List.of(
            base,
            base + "A",
            base + "a",
            base + "_",
            base + "-",
            base + "a_b",
            base + "a-b",
            base + "__",
            base + "0",
            "_" + base,
            "0" + base,
            (base + "x".repeat(64)).substring(0, 64));
    byte[] key = utf8("k");
    for (String name : legal) {
      place.connection().store(name).writer().put(key, utf8(name));
    }
    for (String name : legal) {
      assertArrayEquals(
          utf8(name), place.connection().store(name).reader().get(key), "bucket " + name);
      assertEquals(name, place.connection().store(name).bucket());
    }
    for (String name : legal) {
      assertTrue(place.connection().store(name).writer().delete(key), "bucket " + name);
      assertFalse(place.connection().store(name).reader().exists(key), "bucket " + name);
    }
  }

  @Test
  default void noTwoPairsOfBucketAndKeyMeet(Place place) {
    // Wherever a joined name could be cut differently, the two halves differ here by the place of
    // one separator.
    var pairs = new LinkedHashMap<KvStore, List<byte[]>>();
    pairs.put(
        place.store(""),
        keys("a_b,c", "a-b,c", "_b", "-b", "a", "a_b", "\0b", "_b\0c", "/b", ".b", ",b"));
    pairs.put(place.store("_b"), keys(",c", "c", "b,c", "b", "\0c", "", "\0"));
    pairs.put(place.store("-b"), keys(",c", "c", "b,c", "b", "\0c", "_b", "-b"));
    pairs.put(place.store("a_b"), keys(",c", "c", "_c", "a", "\0", "/c"));
    pairs.put(place.store("a"), keys("_b,c", "b_c", "_b", "-b", "b", "_b_c"));
    pairs.forEach((store, keys) -> keys.forEach(key -> store.writer().put(key, pair(store, key))));
    pairs.forEach((store, keys) ->
        keys.forEach(key ->
            assertArrayEquals(
                pair(store, key), store.reader().get(key), () -> utf8(pair(store, key)))));
    KvStore first = pairs.keySet().iterator().next();
    first.writer().delete(utf8("_b"));
    pairs.forEach((store, keys) ->
        keys.forEach(key ->
            assertEquals(
                !store.bucket().equals(first.bucket()) || !Arrays.equals(key, utf8("_b")),
                store.reader().exists(key),
                () -> utf8(pair(store, key)))));
    if (place.has(Capability.SCAN)) {
      pairs.forEach((store, keys) ->
          assertEquals(
              keys.size() - (store.bucket().equals(first.bucket()) ? 1 : 0),
              store.reader().keys(KeyRange.all()).toList().size()));
    }
  }

  private static List<byte[]> keys(String... texts) {
    return Arrays.stream(texts).map(text -> utf8(text.isEmpty() ? "\uFFFF" : text)).toList();
  }

  private static byte[] pair(KvStore store, byte[] key) {
    return utf8(store.bucket() + " | " + Bytes.of(key));
  }

  @Test
  default void operationsOnAKeyLeaveItsNeighboursAlone(Place place) {
    KvStore store = place.store();
    List<byte[]> neighbours = keys("a", "a\0", "aa", "b", "A");
    neighbours.forEach(key -> store.writer().put(key, pair(store, key)));
    assertDoesNotThrow(() -> store.writer().delete(utf8("aa")));
    store.writer().put(utf8("a"), utf8("new"));
    for (String untouched : List.of("a\0", "b", "A")) {
      assertArrayEquals(pair(store, utf8(untouched)), store.reader().get(utf8(untouched)));
    }
    assertNull(store.reader().get(utf8("aa")));
  }
}

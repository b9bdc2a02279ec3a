package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.ToIntFunction;

/**
 * Puts random values and remembers those that a store acknowledged, for tests of stores that refuse
 * some. Keys are ASCII text. For one thread.
 */
public final class Acknowledged {
  private final Random random;
  private final ToIntFunction<Random> valueBytes;
  private final LinkedHashMap<String, byte[]> values = new LinkedHashMap<>();

  /**
   * Of nothing yet.
   *
   * @param seed of the values
   * @param valueBytes how long the next value is
   */
  public Acknowledged(long seed, ToIntFunction<Random> valueBytes) {
    this.random = new Random(seed);
    this.valueBytes = valueBytes;
  }

  /**
   * Puts the next value.
   *
   * @throws KvException when the store did not acknowledge it; it is not remembered then
   */
  public void put(KvStore store, String key) {
    byte[] value = new byte[valueBytes.applyAsInt(random)];
    random.nextBytes(value);
    store.writer().put(utf8(key), value);
    values.putLast(key, value);
  }

  /**
   * Puts until the store is full.
   *
   * @param keys the format of a key, with {@code %d} for its number from 0 on
   * @return how many puts were acknowledged
   * @throws AssertionError when what was refused may be there, or is
   */
  public int fill(KvStore store, String keys) {
    for (int i = 0; ; i++) {
      String key = keys.formatted(i);
      try {
        put(store, key);
      } catch (KvException.StoreFull e) {
        assertEquals(KvException.Effect.NONE, e.effect());
        assertFalse(store.reader().exists(utf8(key)));
        return i;
      }
    }
  }

  /** Says that a key was deleted or purged. */
  public void remove(String key) {
    values.remove(key);
  }

  /** The keys, in the order in which they were put last. */
  public List<String> keys() {
    return List.copyOf(values.keySet());
  }

  /**
   * Checks that a store with ordered scans has these keys with their values, and no other.
   *
   * @throws AssertionError when it has not
   */
  public void check(KvStore store) {
    var keys = store.reader().keys(KeyRange.all()).toList().stream().map(Kvist::utf8).toList();
    assertEquals(List.copyOf(new TreeSet<>(values.keySet())), keys);
    values.forEach((key, value) -> assertArrayEquals(value, store.reader().get(utf8(key)), key));
  }
}

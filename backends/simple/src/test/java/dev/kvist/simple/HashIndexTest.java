package dev.kvist.simple;

import static dev.kvist.simple.NumberedRecords.number;
import static dev.kvist.simple.NumberedRecords.position;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashIndexTest {
  private final MemoryChunks chunks = new MemoryChunks();
  private final NumberedRecords records = new NumberedRecords();

  @Test
  void findsWhatWasPut() throws IOException {
    HashIndex index = chunks.create();
    assertEquals(HashIndex.NONE, records.find(index, 1));
    assertEquals(HashIndex.NONE, records.put(index, 1, position(1, 0)));
    assertEquals(position(1, 0), records.find(index, 1));
    assertEquals(position(1, 0), records.put(index, 1, position(1, 1)));
    assertEquals(position(1, 1), records.find(index, 1));
    assertEquals(HashIndex.NONE, records.find(index, 2));
    assertEquals(1, index.size());
  }

  @Test
  void replaceAndRemoveNeedTheExactPosition() throws IOException {
    HashIndex index = chunks.create();
    long hash = records.hash(1);
    records.put(index, 1, position(1, 1));
    assertFalse(index.replace(hash, position(1, 0), position(1, 2)));
    assertFalse(index.remove(hash, position(1, 0)));
    assertTrue(index.replace(hash, position(1, 1), position(1, 2)));
    assertEquals(position(1, 2), records.find(index, 1));
    assertTrue(index.remove(hash, position(1, 2)));
    assertFalse(index.remove(hash, position(1, 2)));
    assertEquals(HashIndex.NONE, records.find(index, 1));
    assertEquals(0, index.size());
  }

  @Test
  void positionsHaveTheirLimits() throws IOException {
    HashIndex index = chunks.create();
    for (long wrong : new long[] {-8, 4, IndexSlot.POSITION_LIMIT}) {
      assertThrows(IllegalArgumentException.class, () -> records.put(index, 1, wrong));
    }
    byte[] key = NumberedRecords.key(5);
    long last = IndexSlot.POSITION_LIMIT - 8;
    index.put(9, 3, key, last, (_, _, _) -> false);
    assertEquals(last, index.find(9, 3, key, (at, _, _) -> at == last));
  }

  @Test
  void nothingChangesBeforeItIsMarked() throws IOException {
    HashIndex index = HashIndex.create(chunks, 1, 1);
    int before = chunks.stores();
    assertThrows(IllegalStateException.class, () -> records.put(index, 1, 8));
    assertThrows(IllegalStateException.class, () -> index.remove(1, 8));
    assertThrows(IllegalStateException.class, () -> index.replace(1, 8, 16));
    assertThrows(IllegalStateException.class, () -> index.removeIf(_ -> true));
    assertThrows(IllegalStateException.class, () -> index.state(0, 1));
    assertEquals(before, chunks.stores());
  }

  /**
   * Random operations beside a map; few prefixes make pages crowded, so that all of them split and
   * are made anew.
   */
  @ParameterizedTest
  @ValueSource(
      longs = {-1L, 0x00FF_FFFF_FFFF_FFFFL, 0x0003_FFFF_FFFF_FFFFL, 0xF03F_FF00_0000_0000L})
  void doesWhatAMapDoes(long hashMask) throws IOException {
    long seed = System.nanoTime();
    String replay = "seed " + seed + ", mask " + Long.toHexString(hashMask);
    SplittableRandom random = new SplittableRandom(seed);
    NumberedRecords masked = new NumberedRecords(hashMask);
    HashIndex index = chunks.create();
    Map<Integer, Long> model = new HashMap<>();
    int keys = 6_000;
    for (int step = 0; step < 400_000; step++) {
      int number = random.nextInt(keys);
      long next = position(number, step & 0xFFF);
      Long now = model.get(number);
      // Times of growth and of shrinking take turns.
      boolean growing = (step >>> 15 & 1) == 0;
      switch (random.nextInt(growing ? 4 : 10)) {
        case 0 ->
            assertEquals(now == null ? HashIndex.NONE : now, masked.find(index, number), replay);
        case 1, 2 -> {
          assertEquals(now == null ? HashIndex.NONE : now, masked.put(index, number, next), replay);
          model.put(number, next);
        }
        case 3 -> {
          boolean replaced = index.replace(masked.hash(number), now == null ? next : now, next);
          assertEquals(now != null, replaced, replay);
          model.computeIfPresent(number, (_, _) -> next);
        }
        default -> {
          assertEquals(
              now != null, index.remove(masked.hash(number), now == null ? next : now), replay);
          model.remove(number);
        }
      }
      assertEquals(model.size(), index.size(), replay);
    }
    assertHolds(model, masked, index, keys, replay);
  }

  private static void assertHolds(
      Map<Integer, Long> model, NumberedRecords records, HashIndex index, int keys, String replay) {
    for (int number = 0; number < keys; number++) {
      assertEquals(model.getOrDefault(number, HashIndex.NONE), records.find(index, number), replay);
    }
    List<Long> seen = new ArrayList<>();
    index.forEach(seen::add);
    assertEquals(
        model.values().stream().sorted().toList(), seen.stream().sorted().toList(), replay);
  }

  @Test
  void growsToTwoMillion() throws IOException {
    HashIndex index = chunks.create();
    int count = 2_000_000;
    for (int number = 0; number < count; number++) {
      assertEquals(HashIndex.NONE, records.put(index, number, position(number, 0)));
    }
    assertEquals(count, index.size());
    for (int number = 0; number < count; number++) {
      assertEquals(position(number, 0), records.find(index, number));
    }
    for (int number = count; number < count + 100_000; number++) {
      assertEquals(HashIndex.NONE, records.find(index, number));
    }
    assertEquals(chunks.count() * IndexLayout.CHUNK_BYTES, index.bytes());
    assertTrue(index.bytes() < 20L * count, () -> "bytes " + index.bytes());
  }

  /** Tags tell keys apart: the log is asked for the right record, and hardly ever for another. */
  @Test
  void hardlyEverAsksForAWrongRecord() throws IOException {
    HashIndex index = chunks.create();
    int count = 300_000;
    for (int number = 0; number < count; number++) {
      records.put(index, number, position(number, 0));
    }
    int[] asked = {0};
    Records counting =
        (at, bucket, key) -> {
          asked[0]++;
          return records.matches(at, bucket, key);
        };
    for (int number = 0; number < 2 * count; number++) {
      index.find(records.hash(number), 3, NumberedRecords.key(number), counting);
    }
    assertTrue(asked[0] >= count && asked[0] < count + 600, () -> "asked " + asked[0]);
  }

  /** Keys that come and go do not make it grow: tombstones are used again or dropped. */
  @Test
  void keysThatComeAndGoTakeNoMoreRoom() throws IOException {
    HashIndex index = chunks.create();
    chunks.limit(1);
    int alive = 20_000;
    for (int number = 0; number < 3_000_000; number++) {
      records.put(index, number, position(number, 0));
      if (number >= alive) {
        assertTrue(index.remove(records.hash(number - alive), position(number - alive, 0)));
      }
    }
    assertEquals(alive, index.size());
    for (int number = 3_000_000 - alive; number < 3_000_000; number++) {
      assertEquals(position(number, 0), records.find(index, number));
    }
  }

  @Test
  void equalHashesAreKeptApartUntilThereIsNoRoom() throws IOException {
    HashIndex index = chunks.create();
    NumberedRecords equal = new NumberedRecords(0);
    int count = 0;
    try {
      while (count < 1_000) {
        assertEquals(HashIndex.NONE, equal.put(index, count, position(count, 0)));
        count++;
      }
    } catch (IOException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("same hash"), e::getMessage);
    }
    assertTrue(count >= 48 && count <= 56, "count " + count);
    assertEquals(count, index.size());
    for (int number = 0; number < count; number++) {
      assertEquals(position(number, 0), equal.find(index, number));
    }
    assertTrue(index.remove(0, position(7, 0)));
    assertEquals(HashIndex.NONE, equal.put(index, 999, position(999, 0)));
    assertEquals(position(999, 0), equal.find(index, 999));
  }

  @Test
  void aFullDiskLeavesItAsItWas() throws IOException {
    HashIndex index = chunks.create();
    chunks.limit(2);
    int count = 0;
    int failed = 0;
    for (int number = 0; failed < 1_000; number++) {
      try {
        records.put(index, number, position(number, 0));
        count++;
      } catch (IOException e) {
        assertEquals("disk full", e.getMessage());
        assertEquals(HashIndex.NONE, records.find(index, number));
        failed++;
      }
    }
    assertEquals(count, index.size());
    long[] seen = {0};
    index.forEach(_ -> seen[0]++);
    assertEquals(count, seen[0]);
    chunks.limit(3);
    assertEquals(HashIndex.NONE, records.put(index, 9_000_000, position(9_000_000, 0)));
  }

  @Test
  void removeIfDropsJustThose() throws IOException {
    HashIndex index = chunks.create();
    int count = 50_000;
    for (int number = 0; number < count; number++) {
      records.put(index, number, position(number, number % 3));
    }
    assertEquals(count / 2, index.removeIf(at -> number(at) % 2 == 1));
    assertEquals(count / 2, index.size());
    for (int number = 0; number < count; number++) {
      long expected = number % 2 == 0 ? position(number, number % 3) : HashIndex.NONE;
      assertEquals(expected, records.find(index, number));
    }
    assertEquals(0, index.removeIf(at -> number(at) % 2 == 1));
  }

  @Test
  void forEachGoesOnAfterSplits() throws IOException {
    HashIndex index = chunks.create();
    int stable = 20_000;
    for (int number = 0; number < stable; number++) {
      records.put(index, number, position(number, 0));
    }
    int[] seen = new int[stable];
    int more = stable;
    for (int cursor = 0; cursor != HashIndex.END; ) {
      cursor = index.forEachFrom(cursor, at -> count(seen, number(at)));
      for (int end = Math.min(more + 3_000, 100_000); more < end; more++) {
        records.put(index, more, position(more, 0));
      }
    }
    for (int number = 0; number < stable; number++) {
      assertEquals(1, seen[number]);
    }
  }

  private static void count(int[] seen, int number) {
    if (number < seen.length) {
      seen[number]++;
    }
  }

  @Test
  void prefetchIsHarmless() throws IOException {
    HashIndex index = chunks.create();
    assertEquals(0, index.prefetch(records.hash(1) | 1L << 59));
    records.put(index, 1, position(1, 0));
    index.prefetch(records.hash(1));
    assertEquals(position(1, 0), records.find(index, 1));
  }

  @Test
  void fieldsOfTheEngineAreKept() throws IOException {
    HashIndex index = chunks.create();
    assertEquals(0, index.state(127));
    index.state(127, (1L << 57) - 1);
    index.state(0, 77);
    assertEquals((1L << 57) - 1, index.state(127));
    assertEquals(77, index.state(0));
    assertThrows(IllegalArgumentException.class, () -> index.state(128, 1));
    assertThrows(IllegalArgumentException.class, () -> index.state(-1));
    assertThrows(IllegalArgumentException.class, () -> index.state(1, -1));
    assertThrows(IllegalArgumentException.class, () -> index.state(1, 1L << 57));
    assertEquals(42, index.seed());
  }
}

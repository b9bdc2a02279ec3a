package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

class KeySortTest {
  @Test
  void sortsKeysOfEveryShape() {
    long seed = ThreadLocalRandom.current().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      List<SampleKey> keys = new ArrayList<>();
      int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 5000 : 100);
      int letters = 1 + random.nextInt(256);
      int longest = 1 + random.nextInt(40);
      for (int i = 0; i < count; i++) {
        byte[] key = new byte[1 + random.nextInt(longest)];
        for (int k = 0; k < key.length; k++) {
          key[k] = (byte) random.nextInt(letters);
        }
        keys.add(SampleKey.of(random.nextInt(3) - 1, key));
      }
      assertSorts(keys, "seed " + seed + "L, round " + round);
    }
  }

  @Test
  void sortsKeysThatAreAllEqual() {
    List<SampleKey> keys = new ArrayList<>();
    for (int i = 0; i < KeyBatch.MAX_KEYS; i++) {
      keys.add(new SampleKey(7, "the same key"));
    }
    assertSorts(keys, "equal keys");
  }

  @Test
  void sortsKeysThatPeelOffOneByOne() {
    List<SampleKey> keys = new ArrayList<>();
    for (int i = 1; i < 2500; i++) {
      keys.add(new SampleKey(7, "a".repeat(i) + (i % 2 == 0 ? "b" : "")));
    }
    assertSorts(keys, "one key a letter");
  }

  @Test
  void sortsKeysThatEndAmongZeros() {
    List<SampleKey> keys = new ArrayList<>();
    for (int i = 200; i > 0; i--) {
      keys.add(new SampleKey(0, "\0".repeat(i)));
      keys.add(new SampleKey(0, "\0".repeat(i) + "\u00ff"));
    }
    assertSorts(keys, "zeros");
  }

  @Test
  void aFullBatchSaysSo() {
    KeyBatch batch = new KeyBatch(1);
    byte[] key = new byte[65_535];
    int count = 0;
    while (!batch.isFull()) {
      batch.add(count++, MemorySegment.ofArray(key), 0, key.length);
    }
    assertEquals(6, count);
    assertArrayEquals(key, Arrays.copyOfRange(batch.bytes(), batch.start(5) + 4, batch.end(5)));
  }

  private static void assertSorts(List<SampleKey> keys, String what) {
    KeyBatch batch = new KeyBatch(keys.size());
    for (SampleKey key : keys) {
      byte[] bytes = key.bytes();
      batch.add(key.bucket(), MemorySegment.ofArray(bytes), 0, bytes.length);
    }
    long[] order = KeySort.sort(batch);
    List<SampleKey> sorted = new ArrayList<>();
    boolean[] seen = new boolean[keys.size()];
    for (int rank = 0; rank < order.length; rank++) {
      int index = KeySort.index(order, rank);
      assertEquals(false, seen[index], what);
      seen[index] = true;
      sorted.add(keys.get(index));
    }
    assertEquals(keys.stream().sorted().toList(), sorted, what);
  }
}

package dev.kvist.simple;

import static dev.kvist.simple.NumberedRecords.number;
import static dev.kvist.simple.NumberedRecords.position;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The process dies after every single store. What it leaves is opened and compared: each entry as
 * it was, or, for the one operation that was under way, as it was to be.
 */
class HashIndexKillTest {
  /** All hashes begin alike, so that a few hundred keys split pages, and then split them again. */
  private final NumberedRecords records = new NumberedRecords(0x03FF_FFFF_FFFF_FFFFL);

  private final MemoryChunks chunks = new MemoryChunks();
  private final Map<Integer, Long> before = new HashMap<>();
  private final Map<Integer, Long> after = new HashMap<>();
  private int kills;
  private int killsAtPageHeaders;

  @Test
  void everyStoreOfGrowing() throws Exception {
    HashIndex index = chunks.create();
    chunks.afterStore(this::kill);
    for (int number = 0; number < 1_500; number++) {
      put(index, number, 0);
    }
    assertEquals(1_500, index.size());
    assertTrue(killsAtPageHeaders >= 15, "page headers " + killsAtPageHeaders);
  }

  /** Pages full of tombstones are made anew. */
  @Test
  void everyStoreOfComingAndGoing() throws Exception {
    HashIndex index = chunks.create();
    SplittableRandom random = new SplittableRandom(11);
    for (int number = 0; number < 120; number++) {
      put(index, number, 0);
    }
    int oldest = 0;
    for (int number = 120; number < 1_200; number++) {
      if (number == 300) {
        chunks.afterStore(this::kill);
      }
      put(index, number, 0);
      replace(index, oldest + random.nextInt(100), 1);
      remove(index, oldest++);
    }
    assertTrue(kills > 3 * 900, "kills " + kills);
    assertTrue(killsAtPageHeaders >= 2, "page headers " + killsAtPageHeaders);
  }

  @Test
  void everyStoreOfRemoveIf() throws Exception {
    HashIndex index = chunks.create();
    for (int number = 0; number < 700; number++) {
      put(index, number, 0);
    }
    chunks.afterStore(this::kill);
    after.keySet().removeIf(number -> number % 3 == 0);
    index.removeIf(at -> number(at) % 3 == 0);
    before.keySet().retainAll(after.keySet());
    assertEquals(234, kills);
    kill(0, 8);
  }

  /**
   * Killed in the middle of a split, opened, killed in what cleans up, opened, and so on for ever.
   */
  @Test
  void killedAgainAndAgain() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    MemoryChunks survivor = chunks;
    HashIndex index = survivor.create();
    int number = 0;
    for (int life = 0; life < 400; life++) {
      int[] left = {random.nextInt(700)};
      survivor.afterStore((_, _) -> {
        if (left[0]-- == 0) {
          throw new Killed();
        }
      });
      try {
        if (life > 0) {
          index.markDirty(MemoryChunks.BOOT, MemoryChunks.IDENTITY);
        }
        while (number < 5_000) {
          put(index, number, 0);
          number++;
        }
        break;
      } catch (Killed e) {
        survivor = survivor.copy();
        index = survivor.open();
        assertState(index, life);
        // Whether the one under way is in or not is known now.
        int underWay = number;
        if (records.find(index, underWay) == HashIndex.NONE) {
          after.remove(underWay);
        } else {
          before.put(underWay, after.get(underWay));
          number = underWay + 1;
        }
      }
    }
    assertTrue(number >= 3_000, "number " + number);
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private void put(HashIndex index, int number, int record) throws IOException {
    after.put(number, position(number, record));
    records.put(index, number, position(number, record));
    before.put(number, position(number, record));
  }

  private void replace(HashIndex index, int number, int record) {
    long old = after.getOrDefault(number, HashIndex.NONE);
    after.put(number, position(number, record));
    assertTrue(index.replace(records.hash(number), old, position(number, record)));
    before.put(number, position(number, record));
  }

  private void remove(HashIndex index, int number) {
    long old = after.getOrDefault(number, HashIndex.NONE);
    after.remove(number);
    assertTrue(index.remove(records.hash(number), old));
    before.remove(number);
  }

  private void kill(int chunk, long offset) {
    kills++;
    boolean pageHeader = offset % IndexLayout.PAGE_BYTES == 0;
    killsAtPageHeaders += pageHeader ? 1 : 0;
    MemoryChunks left = chunks.copy();
    HashIndex index;
    try {
      index = left.open();
      assertState(index, kills);
      if (pageHeader) {
        closeAndOpen(left.copy());
        goOn(left);
      }
    } catch (IndexUnusable | IOException e) {
      fail("kill " + kills + ", offset " + offset, e);
    }
  }

  private void assertState(HashIndex index, int kill) {
    int found = 0;
    for (Map.Entry<Integer, Long> entry : after.entrySet()) {
      long position = records.find(index, entry.getKey());
      Long old = before.get(entry.getKey());
      if (position != entry.getValue() && position != (old == null ? HashIndex.NONE : old)) {
        fail("kill %d: key %d is at %d".formatted(kill, entry.getKey(), position));
      }
      found += position == HashIndex.NONE ? 0 : 1;
    }
    for (Map.Entry<Integer, Long> entry : before.entrySet()) {
      if (!after.containsKey(entry.getKey())) {
        long position = records.find(index, entry.getKey());
        assertTrue(position == HashIndex.NONE || position == entry.getValue());
        found += position == HashIndex.NONE ? 0 : 1;
      }
    }
    assertEquals(found, index.size(), "kill " + kill);
    long[] listed = {0};
    index.forEach(_ -> listed[0]++);
    assertEquals(found, listed[0], "kill " + kill);
  }

  /** What was left over is gone once it is closed. */
  private void closeAndOpen(MemoryChunks left) throws IndexUnusable, IOException {
    left.openForWriting().close(true);
    assertState(left.open(), kills);
  }

  /** What was left takes many more keys, and can be opened once more. */
  private void goOn(MemoryChunks left) throws IndexUnusable, IOException {
    HashIndex index = left.openForWriting();
    long size = index.size();
    for (int number = 1_000_000; number < 1_000_800; number++) {
      assertEquals(HashIndex.NONE, records.put(index, number, position(number, 0)));
    }
    index = left.open();
    assertEquals(size + 800, index.size());
    for (Map.Entry<Integer, Long> entry : before.entrySet()) {
      if (entry.getValue().equals(after.get(entry.getKey()))) {
        assertEquals(entry.getValue(), records.find(index, entry.getKey()));
      }
    }
  }
}

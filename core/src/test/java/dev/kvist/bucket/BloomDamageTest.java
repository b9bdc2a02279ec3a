package dev.kvist.bucket;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes of a stored Bloom filter are flipped: it says so, and takes no item for absent. */
final class BloomDamageTest {
  private static final int ITEMS = 150;

  private final CapturedLog log = new CapturedLog();
  private FakeConnection connection = new FakeConnection();

  @AfterEach
  void close() {
    log.close();
  }

  private void fill(boolean closed) {
    BloomFilter filter = open();
    for (int i = 0; i < ITEMS; i++) {
      filter.add("seen", utf8("item " + i));
    }
    if (closed) {
      filter.close();
    }
    connection = connection.again();
  }

  private BloomFilter open() {
    return BloomFilter.open(connection, 200, 0.001, 8, 32);
  }

  /** Flips a bit of each value whose key starts with one of some letters. */
  private int damage(Random random, String letters) {
    int damaged = 0;
    for (byte[] key : connection.keysOf("_bloom")) {
      if (letters.indexOf(key[0]) >= 0) {
        damage(random, key);
        damaged++;
      }
    }
    assertTrue(damaged > 0, "nothing to damage of " + letters);
    return damaged;
  }

  private void damage(Random random, byte[] key) {
    var store = connection.store("_bloom");
    byte[] value = store.reader().get(key);
    assertNotNull(value);
    value[random.nextInt(value.length)] ^= (byte) (1 << random.nextInt(8));
    store.writer().put(key, value);
  }

  private static int wrong(BloomFilter filter) {
    int wrong = 0;
    for (int i = 0; i < 1000; i++) {
      wrong += filter.exists("seen", utf8("never " + i)) ? 1 : 0;
    }
    return wrong;
  }

  private static void assertComplete(BloomFilter filter) {
    for (int i = 0; i < ITEMS; i++) {
      assertTrue(filter.exists("seen", utf8("item " + i)), "item " + i + " is lost");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void damagedChunksAreRebuilt(boolean closed) {
    fill(closed);
    for (int seed = 0; seed < 20; seed++) {
      int damaged = damage(new Random(seed), "c");
      assertTrue(damaged > 5, "chunks: " + damaged);
      BloomFilter filter = open();
      assertComplete(filter);
      assertTrue(wrong(filter) < 10, "and it tells absent ones");
      List<String> lines = log.take();
      assertEquals(1, lines.size(), lines.toString());
      assertTrue(
          lines.getFirst().startsWith("WARNING the Bloom filter in bucket _bloom is damaged")
              && lines.getFirst().contains("rebuilt")
              // An item may be taken for present by mistake when it is added, and is not written
              // then.
              && lines.getFirst().matches(".* from the hashes of 1(50|4[0-9]) items.*"),
          lines.getFirst());
      connection = connection.again();
      assertComplete(open());
      assertEquals(List.of(), log.take(), "what was rebuilt is stored again");
      connection = connection.again();
    }
  }

  @Test
  void oneDamagedChunkIsRebuilt() {
    fill(true);
    damage(new Random(1), BloomLayout.chunkKey(3));
    BloomFilter filter = open();
    assertComplete(filter);
    assertTrue(log.take().getFirst().contains("rebuilt 1 chunks (3) of"));
    assertTrue(wrong(filter) < 10);
  }

  @Test
  void damagedParametersAreTakenFromAnotherBlock() {
    fill(true);
    damage(new Random(1), "p");
    BloomFilter filter = open();
    assertComplete(filter);
    assertTrue(wrong(filter) < 10);
    assertTrue(log.take().getFirst().contains("parameters were taken from another block"));
    connection = connection.again();
    open();
    assertEquals(List.of(), log.take());
  }

  @Test
  void segmentsAreNotNeededWhereChunksHaveTheirItems() {
    fill(true);
    damage(new Random(1), "s");
    BloomFilter filter = open();
    assertComplete(filter);
    assertTrue(wrong(filter) < 10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"j", "cs", "cj", "sj", "csj", "pcsj"})
  void whatCannotBeRebuiltMayBeThere(String letters) {
    fill(false);
    damage(new Random(1), letters);
    BloomFilter filter = open();
    assertComplete(filter);
    String line = String.join("\n", log.take());
    assertTrue(line.startsWith("WARNING") && line.contains("the answer is 'may be there'"), line);
    assertEquals(1000, wrong(filter));
    assertEquals(1, filter.estimatedErrorRate());
    // Nothing that is added later is lost either, nor anything of before.
    filter.add("seen", utf8("later"));
    filter.close();
    connection = connection.again();
    BloomFilter later = open();
    assertComplete(later);
    assertTrue(later.exists("seen", utf8("later")));
  }

  /** The store's own checksums find the damage before those of the filter can. */
  @Test
  void whatTheStoreCannotReadIsDamaged() {
    fill(true);
    connection.unreadable = key -> key[0] == 'c';
    BloomFilter filter = open();
    assertComplete(filter);
    assertTrue(wrong(filter) < 10);
    assertTrue(log.take().getFirst().contains("rebuilt"));
    filter.add("seen", utf8("later"));
    connection = connection.again();
    connection.unreadable = key -> key[0] == 'j' && key[4] == 5;
    filter = open();
    assertComplete(filter);
    assertTrue(filter.exists("seen", utf8("later")));
    for (int i = 0; i < 100; i++) {
      filter.add("seen", utf8("more " + i));
    }
    connection = connection.again();
    filter = open();
    assertComplete(filter);
    for (int i = 0; i < 100; i++) {
      assertTrue(filter.exists("seen", utf8("more " + i)));
    }
  }

  @Test
  void aMissingSegmentIsNoticed() {
    fill(false);
    for (byte[] key : connection.keysOf("_bloom")) {
      if (key[0] == 'c') {
        connection.store("_bloom").writer().delete(key);
      }
    }
    connection.store("_bloom").writer().delete(BloomLayout.segmentKey(3));
    assertComplete(open());
    assertTrue(log.take().getFirst().contains("could not read 1 segments (3)"));
  }

  @Test
  void noItemIsLostWhateverIsDamaged() {
    for (int seed = 0; seed < 400; seed++) {
      var random = new Random(seed);
      connection = new FakeConnection();
      List<String> acknowledged = new ArrayList<>();
      for (int open = 0; open < 6; open++) {
        BloomFilter filter = open();
        for (int i = random.nextInt(40); i >= 0; i--) {
          String item = seed + "/" + open + "/" + i;
          filter.add("seen", utf8(item));
          acknowledged.add(item);
        }
        if (random.nextBoolean()) {
          filter.close();
        }
        connection = connection.again();
        List<byte[]> keys = connection.keysOf("_bloom");
        for (int i = random.nextInt(3); i > 0; i--) {
          damage(random, keys.get(random.nextInt(keys.size())));
        }
      }
      BloomFilter last = open();
      for (String item : acknowledged) {
        assertTrue(last.exists("seen", utf8(item)), item);
      }
    }
  }

  /** A chunk of ones stands for items that were never written: it is not rebuilt. */
  @Test
  void whatWasFilledOnceIsFilledAgain() {
    for (String letters : new String[] {"j", "sc", "pcsj"}) {
      connection = new FakeConnection();
      fill(false);
      damage(new Random(1), letters);
      BloomFilter filled = open();
      for (int i = 0; i < 100; i++) {
        filled.add("seen", utf8("later " + i));
      }
      connection = connection.again();
      damage(new Random(2), "c");
      BloomFilter filter = open();
      assertComplete(filter);
      for (int i = 0; i < 100; i++) {
        assertTrue(filter.exists("seen", utf8("later " + i)), letters + ": later " + i);
      }
      connection = connection.again();
    }
  }

  /** As after a repair of the store that lost the newest records of some keys. */
  @Test
  void aMissingSlotThatChunksKnowOfIsNoticed() {
    fill(true);
    int missing = (ITEMS - 2) % 16;
    connection.store("_bloom").writer().delete(BloomLayout.slotKey(missing));
    BloomFilter filter = open();
    assertComplete(filter);
    assertTrue(log.take().getFirst().contains("could not read 1 items"));
    assertTrue(wrong(filter) < 10, "chunks have it");
    connection = connection.again();
    assertComplete(open());
    assertEquals(List.of(), log.take(), "it is marked");
    connection = connection.again();
    damage(new Random(1), BloomLayout.chunkKey(2));
    assertComplete(open());
    assertTrue(log.take().getFirst().contains("filled 1 chunks (2)"));
  }
}

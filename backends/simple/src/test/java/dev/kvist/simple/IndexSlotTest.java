package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class IndexSlotTest {
  private final SplittableRandom random = new SplittableRandom(20);

  @Test
  void zeroIsTheCodeOfZero() {
    assertEquals(0, IndexSlot.encode(0));
  }

  @Test
  void oneTwoOrThreeFlippedBitsAreSeen() {
    for (int round = 0; round < 20; round++) {
      long word = round == 0 ? 0 : IndexSlot.encode(random.nextLong(IndexSlot.DATA_LIMIT));
      assertTrue(IndexSlot.isValid(word));
      for (int a = 0; a < 64; a++) {
        assertFalse(IndexSlot.isValid(word ^ 1L << a));
        for (int b = a + 1; b < 64; b++) {
          assertFalse(IndexSlot.isValid(word ^ 1L << a ^ 1L << b));
          for (int c = b + 1; c < 64; c++) {
            assertFalse(IndexSlot.isValid(word ^ 1L << a ^ 1L << b ^ 1L << c));
          }
        }
      }
    }
  }

  @Test
  void dataComesBack() {
    for (int round = 0; round < 1000; round++) {
      long data = random.nextLong(IndexSlot.DATA_LIMIT);
      assertEquals(data, IndexSlot.data(IndexSlot.encode(data)));
    }
  }

  @Test
  void partsComeBack() {
    for (int round = 0; round < 1000; round++) {
      long position = random.nextLong(IndexSlot.POSITION_LIMIT) & -8;
      int displacement = random.nextInt(IndexSlot.MAX_DISPLACEMENT + 1);
      int tag = IndexSlot.tag(random.nextLong(), random.nextInt(21));
      long slot = IndexSlot.entry(position, displacement, tag);
      assertEquals(position, IndexSlot.position(slot));
      assertEquals(displacement, IndexSlot.displacement(slot));
      assertEquals(tag, IndexSlot.tag(slot));
      assertTrue(IndexSlot.isEntry(slot));
    }
  }

  @Test
  void positionZeroIsAnEntry() {
    long slot = IndexSlot.entry(0, 0, IndexSlot.tag(0, 4));
    assertNotEquals(IndexSlot.EMPTY, slot);
    assertTrue(IndexSlot.isEntry(slot));
    assertFalse(IndexSlot.isEntry(IndexSlot.TOMBSTONE));
    assertFalse(IndexSlot.isEntry(IndexSlot.EMPTY));
  }

  /**
   * An entry that came at depth 4 is still found by its hash after each split down to the deepest
   * page.
   */
  @Test
  void anEntryFollowsItsHashThroughEverySplit() {
    for (int round = 0; round < 1000; round++) {
      long hash = random.nextLong();
      int home = IndexSlot.home(hash, 4);
      int tag = IndexSlot.tag(hash, 4);
      for (int depth = 4; depth <= IndexLayout.MAX_DEPTH; depth++) {
        assertEquals(IndexSlot.home(hash, depth), home);
        long slot = IndexSlot.entry(8, 2, tag);
        assertTrue(IndexSlot.mayBe(slot, 2, IndexSlot.tag(hash, depth)));
        if (depth < IndexLayout.MAX_DEPTH) {
          assertEquals(hash << depth < 0 ? 1 : 0, home >>> 5);
          home = (home << 1 & 63) | IndexSlot.firstBit(tag);
          tag = IndexSlot.withoutFirstBit(tag);
        }
      }
      assertEquals(0, IndexSlot.tagLength(tag));
    }
  }

  @Test
  void otherTagsAndDisplacementsAreRefused() {
    long hash = 0x1234_5678_9ABC_DEF0L;
    int tag = IndexSlot.tag(hash, 10);
    for (int displacement = 0; displacement <= IndexSlot.MAX_DISPLACEMENT; displacement++) {
      assertFalse(IndexSlot.mayBe(IndexSlot.TOMBSTONE, displacement, tag));
      for (int other = 0; other <= IndexSlot.MAX_DISPLACEMENT; other++) {
        long slot = IndexSlot.entry(64, other, tag);
        assertEquals(other == displacement, IndexSlot.mayBe(slot, displacement, tag));
      }
    }
    for (int bit = 0; bit < IndexSlot.TAG_BITS; bit++) {
      assertFalse(IndexSlot.mayBe(IndexSlot.entry(64, 0, tag ^ 1 << bit), 0, tag));
    }
  }
}

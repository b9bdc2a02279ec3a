package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ZerosTest {
  private static final int BYTES = (3 << 16) + 5;

  private final MemorySegment memory = MemorySegment.ofArray(new byte[BYTES]);

  @Test
  void nothingIsFoundWhereNothingIs() {
    for (long from : new long[] {0, 1, 1 << 16, BYTES - 1, BYTES}) {
      assertEquals(BYTES, Zeros.end(memory, from, BYTES));
    }
    assertEquals(7, Zeros.end(memory, 7, 7));
  }

  @Test
  void theFirstByteThatIsNotZeroIsFoundWhereverItIs() {
    var random = new SplittableRandom(1);
    for (int i = 0; i < 300; i++) {
      long at = random.nextLong(BYTES);
      long later = at + random.nextLong(BYTES - at);
      memory.set(ValueLayout.JAVA_BYTE, at, (byte) (1 << random.nextInt(8)));
      memory.set(ValueLayout.JAVA_BYTE, later, (byte) -1);
      assertEquals(at, Zeros.end(memory, random.nextLong(at + 1), BYTES));
      assertEquals(at, Zeros.end(memory, 0, at));
      memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
      memory.set(ValueLayout.JAVA_BYTE, later, (byte) 0);
    }
  }

  /** The table of {@link IndexSlot} against the code that it is made from. */
  @Test
  void aWordOfTheIndexIsValidJustWhenItsCodeIsRight() {
    var random = new SplittableRandom(2);
    for (int i = 0; i < 10_000; i++) {
      long word = IndexSlot.encode(random.nextLong() & (IndexSlot.DATA_LIMIT - 1));
      assertTrue(IndexSlot.isValid(word));
      long damaged = word ^ 1L << random.nextInt(64);
      assertFalse(IndexSlot.isValid(damaged));
      damaged = word ^ 1L << random.nextInt(32) ^ 1L << random.nextInt(32, 64);
      assertFalse(IndexSlot.isValid(damaged));
      long any = random.nextLong();
      assertEquals(IndexSlot.encode(IndexSlot.data(any)) == any, IndexSlot.isValid(any));
    }
  }
}

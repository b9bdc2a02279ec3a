package dev.kvist.bench.work;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class FleetDataTest {
  private static final int ENTRIES = 2_500;

  private final FleetData data = new FleetData(new Data(ENTRIES, 100), ENTRIES);

  @Test
  void keysAreReadableAndNeighboursAreOfDifferentGroups() {
    assertEquals("g000.k0000000000", text(data.key(0)));
    assertEquals("g001.k0000000001", text(data.key(1)));
    assertEquals("g000.k0000002468", text(data.key(2_468)));
  }

  @Test
  void aGroupIsThatOfItsPrefix() {
    assertEquals(2, data.groups());
    int sum = 0;
    for (int group = 0; group < data.groups(); group++) {
      int found = 0;
      for (int i = 0; i < ENTRIES; i++) {
        found += text(data.key(i)).startsWith(data.prefix(group)) ? 1 : 0;
      }
      assertEquals(data.entriesOf(group), found);
      sum += found;
    }
    assertEquals(ENTRIES, sum);
  }

  @Test
  void valuesTellWhichTheyAre() {
    long[] marks = new long[ENTRIES];
    for (int i = 0; i < ENTRIES; i++) {
      marks[i] = data.mark(data.value(i));
      data.check(i, data.value(i));
    }
    Arrays.sort(marks);
    assertArrayEquals(data.sortedMarks(), marks);
    assertEquals(42, data.mark(data.stamped(7, 42)));
    assertThrows(IllegalStateException.class, () -> data.check(1, data.value(2)));
    assertThrows(IllegalStateException.class, () -> data.check(1, null));
    assertThrows(IllegalStateException.class, () -> data.checkLength(new byte[99]));
  }

  private static String text(byte[] key) {
    return new String(key, StandardCharsets.US_ASCII);
  }
}

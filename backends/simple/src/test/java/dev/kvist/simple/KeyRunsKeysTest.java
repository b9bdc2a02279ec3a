package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys at the limits, what is kept of them, and what it takes. */
class KeyRunsKeysTest {
  private final SampleKeys keys = new SampleKeys();
  private KeyRuns runs;

  @BeforeEach
  void open() throws IOException {
    runs = KeyRuns.open(null, true, 1, keys);
  }

  @AfterEach
  void close() throws IOException {
    runs.close();
    assertEquals(0, runs.memoryBytes());
  }

  @Test
  void everyOneByteKeyComesInUnsignedOrder() {
    for (int i = 255; i >= 0; i--) {
      keys.put(runs, SampleKey.of(1, new byte[] {(byte) i}));
    }
    List<byte[]> page = all(1);
    assertEquals(256, page.size());
    for (int i = 0; i < 256; i++) {
      assertArrayEquals(new byte[] {(byte) i}, page.get(i));
    }
  }

  @Test
  void theLongestKeysWithOnePrefixAreTold() {
    NavigableSet<SampleKey> expected = new TreeSet<>();
    for (int i = 0; i < 150; i++) {
      byte[] key = new byte[65_535 - i % 3];
      key[key.length - 1 - i % 7] = (byte) i;
      expected.add(SampleKey.of(1, key));
      if (i % 50 == 0) {
        runs.freeze();
      }
      keys.put(runs, SampleKey.of(1, key));
    }
    keys.put(runs, SampleKey.of(1, new byte[1]));
    expected.add(SampleKey.of(1, new byte[1]));
    assertEquals(List.copyOf(expected), found(1));
    byte[] middle = List.copyOf(expected).get(70).bytes();
    assertArrayEquals(middle, runs.page(1, middle, true, null, true, false, 1).getFirst());
    assertArrayEquals(middle, runs.page(1, null, true, middle, true, true, 1).getFirst());
  }

  @Test
  void aBucketIsNoPrefixOfAnother() {
    for (int bucket : new int[] {-1, 0, 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      keys.put(runs, new SampleKey(bucket, "\u00ff\u00ff\u00ff\u00ff\u00ff"));
      keys.put(runs, new SampleKey(bucket, "\0"));
    }
    for (int bucket : new int[] {-1, 0, 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertEquals(2, all(bucket).size());
      assertEquals(2, runs.page(bucket, null, true, null, true, true, 10).size());
    }
    assertEquals(List.of(), all(2));
    assertEquals(List.of(), all(-2));
  }

  @Test
  void anEmptyStoreHasEmptyPages() throws IOException {
    assertEquals(List.of(), all(0));
    assertEquals(List.of(), runs.page(-1, null, true, null, true, true, 10));
    runs.maintain(5);
    runs.closeCleanly(5);
    assertThrows(KvException.Closed.class, () -> all(0));
    assertThrows(KvException.Closed.class, () -> runs.maintain(6));
    assertFalse(runs.wantsMaintenance());
    runs.close();
  }

  @Test
  void aKeyThatComesAgainIsKeptOnce() throws IOException {
    for (int i = 0; i < 200_000; i++) {
      SampleKey key = new SampleKey(1, "k" + i % 1000);
      keys.put(runs, key);
      keys.delete(runs, key);
      keys.put(runs, key);
    }
    assertEquals(1000, all(1).size());
    runs.maintain(1);
    assertEquals(1000, all(1).size());
    long one = 20 * 1000 + AddedPositions.CHUNK * Long.BYTES * 2;
    assertTrue(runs.memoryBytes() < one, "a run of a thousand keys has " + runs.memoryBytes());
  }

  @Test
  void deadKeysGoWhenTheyAreMany() throws IOException {
    for (int i = 0; i < 20_000; i++) {
      keys.put(runs, new SampleKey(1, "dead" + i));
    }
    keys.put(runs, new SampleKey(1, "live"));
    runs.freeze();
    for (int i = 0; i < 4000; i++) {
      keys.delete(runs, new SampleKey(1, "dead" + i));
    }
    assertFalse(runs.wantsMaintenance());
    runs.maintain(1);
    assertEquals(20_001, all(1).size());
    for (int i = 4000; i < 20_000; i++) {
      keys.delete(runs, new SampleKey(1, "dead" + i));
    }
    assertTrue(runs.wantsMaintenance());
    runs.maintain(1);
    assertFalse(runs.wantsMaintenance());
    assertEquals(List.of(new SampleKey(1, "live")), found(1));
  }

  @Test
  void runsStayFewWhenEveryKeyIsScanned() {
    for (int i = 0; i < 20_000; i++) {
      keys.put(runs, new SampleKey(1, "key" + i));
      assertEquals(1, runs.page(1, null, true, null, true, i % 2 == 0, 1).size());
    }
    assertTrue(runs.runCount() <= RunTiers.MAX_FRESH, runs.runCount() + " runs");
    assertEquals(20_000, all(1).size());
  }

  @Test
  void runsStayFewWithoutMaintenance() {
    for (int i = 0; i < 1000; i++) {
      keys.put(runs, new SampleKey(1, "key" + i));
    }
    for (int i = 0; i < 3_000_000; i++) {
      runs.add(i % 1000);
    }
    assertEquals(1000, all(1).size());
    assertTrue(runs.runCount() <= RunTiers.MAX_FRESH, runs.runCount() + " runs");
  }

  @Test
  void theWriterIsToldWhenMaintenanceIsBehind() throws IOException {
    assertTrue(runs.pressure() < KeyRuns.LATE);
    for (long position = 0; runs.pressure() < KeyRuns.FULL; position++) {
      runs.add(position);
      assertTrue(position < 20_000_000, "never behind");
    }
    runs.maintain(1);
    assertTrue(runs.pressure() < KeyRuns.LATE);
  }

  private List<byte[]> all(int bucket) {
    return runs.page(bucket, null, true, null, true, false, Integer.MAX_VALUE);
  }

  private List<SampleKey> found(int bucket) {
    List<SampleKey> found = new ArrayList<>();
    all(bucket).forEach(key -> found.add(SampleKey.of(bucket, key)));
    return found;
  }
}

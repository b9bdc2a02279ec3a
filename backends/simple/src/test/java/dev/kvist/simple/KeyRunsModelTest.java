package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random operations, beside a {@link TreeSet} of the live keys. */
class KeyRunsModelTest {
  private static final int[] BUCKETS = {0, 1, 0x7fff_ffff, 0x8000_0000, -2, -1};

  private final SampleKeys keys = new SampleKeys();
  private final NavigableSet<SampleKey> model = new TreeSet<>();
  private long watermark;

  @Test
  void agreesWithASortedSetInMemory() throws IOException {
    runs(null);
  }

  @Test
  void agreesWithASortedSetInFiles() throws IOException {
    runs(new SampleDirectory());
  }

  private void runs(@Nullable SampleDirectory directory) throws IOException {
    for (int round = 0; round < 3; round++) {
      long seed = ThreadLocalRandom.current().nextLong();
      try {
        run(directory, new Random(seed));
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + "L, round " + round, e);
      }
    }
  }

  private void run(@Nullable SampleDirectory directory, Random random) throws IOException {
    KeyRuns runs = KeyRuns.open(directory, true, 1, keys);
    if (directory == null) {
      keys.live.clear();
      model.clear();
    }
    int alphabet = 1 + random.nextInt(4);
    for (int step = 0; step < 400; step++) {
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> addSome(runs, random, alphabet);
        case 3 -> deleteSome(runs, random);
        case 4 -> runs.maintain(++watermark);
        case 5 -> runs.freeze();
        default -> checkPage(runs, random, alphabet);
      }
      if (random.nextInt(200) == 0) {
        addMany(runs, random);
      }
      if (directory != null && random.nextInt(40) == 0) {
        runs.closeCleanly(++watermark);
        assertEquals(0, directory.openFiles());
        runs = KeyRuns.open(directory, true, 1, keys);
      }
    }
    runs.closeCleanly(++watermark);
    assertEquals(0, runs.memoryBytes());
    assertEquals(0, runs.fileBytes());
  }

  private void addSome(KeyRuns runs, Random random, int alphabet) {
    int count = 1 + random.nextInt(random.nextInt(8) == 0 ? 3000 : 20);
    for (int i = 0; i < count; i++) {
      add(runs, SampleKey.of(bucket(random), key(random, alphabet)));
    }
  }

  /** Enough to be settled, and so to be a file where there is a directory. */
  private void addMany(KeyRuns runs, Random random) {
    byte[] key = new byte[6];
    for (int i = 0; i < 70_000; i++) {
      random.nextBytes(key);
      add(runs, SampleKey.of(BUCKETS[1], key));
    }
  }

  private void add(KeyRuns runs, SampleKey key) {
    keys.put(runs, key);
    model.add(key);
  }

  private void deleteSome(KeyRuns runs, Random random) {
    List<SampleKey> gone = new ArrayList<>();
    int part = 1 + random.nextInt(10);
    for (SampleKey key : model) {
      if (random.nextInt(part) == 0) {
        gone.add(key);
      }
    }
    for (SampleKey key : gone) {
      keys.delete(runs, key);
      model.remove(key);
    }
  }

  private void checkPage(KeyRuns runs, Random random, int alphabet) {
    int bucket = bucket(random);
    byte @Nullable [] low = random.nextInt(3) == 0 ? null : key(random, alphabet);
    byte @Nullable [] high = random.nextInt(3) == 0 ? null : key(random, alphabet);
    boolean lowInclusive = random.nextBoolean();
    boolean highInclusive = random.nextBoolean();
    boolean reversed = random.nextBoolean();
    int limit = 1 + random.nextInt(random.nextBoolean() ? 5 : 500);
    List<byte[]> page = runs.page(bucket, low, lowInclusive, high, highInclusive, reversed, limit);
    assertTrue(page.size() <= limit);

    SampleKey lowest = low == null ? new SampleKey(bucket, "") : SampleKey.of(bucket, low);
    List<SampleKey> expected = new ArrayList<>();
    for (SampleKey key : model.tailSet(lowest, low == null || lowInclusive)) {
      int order = high == null ? -1 : Arrays.compareUnsigned(key.bytes(), high);
      if (key.bucket() != bucket || order > 0 || (order == 0 && !highInclusive)) {
        break;
      }
      expected.add(key);
    }
    if (reversed) {
      expected = expected.reversed();
    }
    checkAgainst(expected, page, bucket, limit);
    checkOrder(page, reversed);
    for (byte[] key : page) {
      assertTrue(low == null || Arrays.compareUnsigned(key, low) >= (lowInclusive ? 0 : 1));
      assertTrue(high == null || Arrays.compareUnsigned(key, high) <= (highInclusive ? 0 : -1));
    }
  }

  /**
   * The live ones of the page are the first of those expected, and dead ones alone may stand
   * between.
   */
  private void checkAgainst(List<SampleKey> expected, List<byte[]> page, int bucket, int limit) {
    List<SampleKey> live = new ArrayList<>();
    for (byte[] key : page) {
      SampleKey found = SampleKey.of(bucket, key);
      if (model.contains(found)) {
        live.add(found);
      }
    }
    int most = page.size() < limit ? expected.size() : live.size();
    assertEquals(expected.subList(0, most), live);
  }

  static void checkOrder(List<byte[]> page, boolean reversed) {
    for (int i = 1; i < page.size(); i++) {
      int order = Arrays.compareUnsigned(page.get(i - 1), page.get(i));
      assertTrue(reversed ? order > 0 : order < 0, "keys out of order, or twice");
    }
  }

  private static int bucket(Random random) {
    return BUCKETS[random.nextInt(BUCKETS.length)];
  }

  /** Keys of few different bytes, so that prefixes are shared, with 0x00 and 0xFF among them. */
  private static byte[] key(Random random, int alphabet) {
    byte[] letters = {0, -1, 'a', 1};
    byte[] key = new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 300 : 12)];
    for (int i = 0; i < key.length; i++) {
      key[i] = letters[random.nextInt(alphabet)];
    }
    return key;
  }
}

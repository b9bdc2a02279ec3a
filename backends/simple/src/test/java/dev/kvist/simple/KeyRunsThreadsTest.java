package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A writer, maintenance and scans at the same time. */
@Timeout(120)
class KeyRunsThreadsTest {
  private static final int KEYS = 400_000;

  /** Odd, so that the product tells the numbers apart and mixes their order. */
  private static final int SCRAMBLE = 0x9e3779b1;

  /** Every eighth key dies when it is this many keys old. */
  private static final int LIFE = 5000;

  private volatile int addedKeys;
  private volatile boolean writerIsDone;

  private final KeySource source =
      new KeySource() {
        @Override
        public void read(long position, KeyBatch batch) {
          byte[] key = key((int) position);
          batch.add(1, MemorySegment.ofArray(key), 0, key.length);
        }

        @Override
        public boolean isLive(int bucket, byte[] buffer, int offset, int length) {
          int number = number(ByteBuffer.wrap(buffer, offset, length).getInt());
          return !isMortal(number) || number > addedKeys - LIFE;
        }

        @Override
        public void force() {}
      };

  private static byte[] key(int number) {
    return ByteBuffer.allocate(12).putInt(number * SCRAMBLE).putLong(7).array();
  }

  private static int number(int scrambled) {
    int inverse = SCRAMBLE;
    for (int i = 0; i < 5; i++) {
      inverse *= 2 - SCRAMBLE * inverse;
    }
    return scrambled * inverse;
  }

  private static boolean isMortal(int number) {
    return number % 8 == 0;
  }

  @Test
  void everyKeyAddedBeforeAScanIsInItInMemory() throws Exception {
    run(null);
  }

  @Test
  void everyKeyAddedBeforeAScanIsInItInFiles() throws Exception {
    SampleDirectory directory = new SampleDirectory();
    run(directory);
    assertEquals(0, directory.openFiles());
  }

  private void run(@Nullable SampleDirectory directory) throws Exception {
    KeyRuns runs = KeyRuns.open(directory, true, 1, source);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> work = new ArrayList<>();
      work.add(threads.submit(() -> write(runs)));
      work.add(threads.submit(() -> maintain(runs)));
      work.add(threads.submit(() -> scanAll(runs, false)));
      work.add(threads.submit(() -> scanAll(runs, true)));
      for (Future<?> each : work) {
        each.get(100, TimeUnit.SECONDS);
      }
    } finally {
      writerIsDone = true;
    }
    scan(runs, false);
    if (runs.wantsMaintenance()) {
      runs.maintain(addedKeys);
    }
    assertFalse(runs.wantsMaintenance());
    scan(runs, true);
    // More than a scan leaves otherwise, where merging them would have taken it too long.
    assertTrue(runs.runCount() <= RunTiers.MAX_WAITING + RunTiers.MAX_SETTLED);
    runs.close();
    assertEquals(0, runs.memoryBytes());
    assertEquals(0, runs.fileBytes());
  }

  /**
   * The writer rests while they start, so that some find every key frozen by another, but just so.
   */
  @Test
  void scansThatStartTogetherAllSeeTheSameKeys() throws Exception {
    int scans = 3;
    KeyRuns runs = KeyRuns.open(null, true, 1, source);
    CyclicBarrier start = new CyclicBarrier(scans, () -> addedKeys = burst(runs));
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> work = new ArrayList<>();
      for (int i = 0; i < scans; i++) {
        work.add(
            threads.submit(() -> {
              for (int round = 0; round < 20; round++) {
                start.await();
                int expected = addedKeys;
                assertEquals(
                    expected,
                    runs.page(1, null, true, null, true, false, Integer.MAX_VALUE).size());
              }
              return null;
            }));
      }
      for (Future<?> each : work) {
        each.get(100, TimeUnit.SECONDS);
      }
    }
    runs.close();
  }

  private int burst(KeyRuns runs) {
    int first = addedKeys;
    int count = 10_000;
    for (int i = 0; i < count; i++) {
      runs.add(first + i);
    }
    return first + count;
  }

  @Test
  void scansGoOnWhileMaintenanceMerges() throws Exception {
    SampleKeys keys = new SampleKeys();
    KeyRuns runs = KeyRuns.open(null, true, 1, keys);
    for (int i = 0; i < 20_000; i++) {
      keys.put(runs, new SampleKey(1, "old" + i));
      if (i % 4000 == 3999) {
        runs.freeze();
      }
    }
    for (int i = 0; i < 15_000; i++) {
      keys.delete(runs, new SampleKey(1, "old" + i));
    }
    CountDownLatch merging = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    keys.beforeIsLive =
        () -> {
          merging.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<?> maintained =
          threads.submit(() -> {
            runs.maintain(1);
            return null;
          });
      assertTrue(merging.await(60, TimeUnit.SECONDS));
      for (int i = 0; i < 500; i++) {
        SampleKey key = new SampleKey(1, "new" + i);
        keys.put(runs, key);
        assertEquals(1, runs.page(1, key.bytes(), true, null, true, false, 1).size());
      }
      // Dead when the merge began, alive again before it ends.
      keys.put(runs, new SampleKey(1, "old7"));
      goOn.countDown();
      maintained.get(60, TimeUnit.SECONDS);
    }
    assertEquals(
        keys.live.stream().sorted().toList(),
        runs.page(1, null, true, null, true, false, Integer.MAX_VALUE).stream()
            .map(key -> SampleKey.of(1, key))
            .filter(keys.live::contains)
            .toList());
    runs.close();
    assertEquals(0, runs.memoryBytes());
  }

  private void write(KeyRuns runs) {
    try {
      for (int number = 0; number < KEYS; number++) {
        runs.add(number);
        addedKeys = number + 1;
        int dead = number - LIFE;
        if (dead >= 0 && isMortal(dead)) {
          runs.died();
        }
        if (number % 1000 == 0) {
          LockSupport.parkNanos(1000);
        }
      }
    } finally {
      writerIsDone = true;
    }
  }

  private @Nullable Void maintain(KeyRuns runs) throws IOException {
    while (!writerIsDone) {
      if (runs.wantsMaintenance()) {
        runs.maintain(addedKeys);
      }
      LockSupport.parkNanos(100_000);
    }
    return null;
  }

  private void scanAll(KeyRuns runs, boolean reversed) {
    while (!writerIsDone) {
      scan(runs, reversed);
    }
  }

  private void scan(KeyRuns runs, boolean reversed) {
    int before = addedKeys;
    BitSet found = new BitSet(KEYS);
    byte @Nullable [] last = null;
    while (true) {
      List<byte[]> page =
          reversed
              ? runs.page(1, null, true, last, false, true, 500)
              : runs.page(1, last, false, null, true, false, 500);
      KeyRunsModelTest.checkOrder(page, reversed);
      for (byte[] key : page) {
        found.set(number(ByteBuffer.wrap(key).getInt()));
      }
      if (page.size() < 500) {
        break;
      }
      last = page.getLast();
    }
    for (int number = 0; number < before; number++) {
      assertTrue(isMortal(number) || found.get(number), "key " + number + " of " + before);
    }
  }
}

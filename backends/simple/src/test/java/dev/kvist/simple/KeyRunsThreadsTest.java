package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
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
    KeyRuns runs = KeyRuns.open(directory, true, source);
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
    assertTrue(runs.runCount() <= RunTiers.MAX_FRESH + RunTiers.MAX_SETTLED);
    runs.close();
    assertEquals(0, runs.memoryBytes());
    assertEquals(0, runs.fileBytes());
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

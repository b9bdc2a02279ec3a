package dev.kvist.simple;

import static dev.kvist.simple.NumberedRecords.number;
import static dev.kvist.simple.NumberedRecords.position;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Readers beside a writer that splits pages, makes them anew and uses the old ones again. */
class HashIndexReadersTest {
  private static final int STABLE = 3_000;

  private final MemoryChunks chunks = new MemoryChunks();
  private final NumberedRecords records = new NumberedRecords();
  private final AtomicBoolean done = new AtomicBoolean();

  @Test
  void missNothingThatStays() throws Exception {
    HashIndex index = chunks.create();
    for (int number = 0; number < STABLE; number++) {
      records.put(index, number, position(number, 0));
    }
    List<Callable<Long>> readers =
        List.of(() -> finds(index), () -> finds(index), () -> lists(index));
    List<Future<Long>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(readers.size())) {
      readers.forEach(reader -> running.add(threads.submit(reader)));
      try {
        write(index);
      } finally {
        done.set(true);
      }
      for (Future<Long> reader : running) {
        assertTrue(reader.get(1, TimeUnit.MINUTES) > 0);
      }
    }
  }

  /** Others come and go in waves, and the stable ones change their position all the time. */
  private void write(HashIndex index) throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    int[] recordOf = new int[STABLE];
    int first = STABLE;
    for (int wave = 0; wave < 12; wave++) {
      int end = first + 80_000;
      for (int number = first; number < end; number++) {
        records.put(index, number, position(number, 0));
        int stable = random.nextInt(STABLE);
        int record = recordOf[stable]++;
        assertTrue(
            index.replace(
                records.hash(stable), position(stable, record), position(stable, record + 1)));
      }
      for (int number = first; number < end; number++) {
        assertTrue(index.remove(records.hash(number), position(number, 0)));
      }
      first = end;
    }
    assertEquals(STABLE, index.size());
  }

  private long finds(HashIndex index) {
    long rounds = 0;
    long[] newest = new long[STABLE];
    while (!done.get() || rounds == 0) {
      for (int number = 0; number < STABLE; number++) {
        long found = records.find(index, number);
        assertNotEquals(HashIndex.NONE, found);
        assertEquals(number, number(found));
        assertTrue(found >= newest[number], "an older position came back");
        newest[number] = found;
      }
      rounds++;
    }
    return rounds;
  }

  private long lists(HashIndex index) {
    long rounds = 0;
    int[] seen = new int[STABLE];
    while (!done.get() || rounds == 0) {
      index.forEach(at -> {
        if (number(at) < STABLE) {
          seen[number(at)]++;
        }
      });
      rounds++;
      for (int number = 0; number < STABLE; number++) {
        assertEquals(rounds, seen[number]);
      }
    }
    return rounds;
  }
}

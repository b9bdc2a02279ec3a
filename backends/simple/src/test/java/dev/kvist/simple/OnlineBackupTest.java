package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvReader;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Backups of a store that is written to and compacted meanwhile: each holds, of every writer, the
 * batches up to some one of them, all of them whole, and those that were acknowledged before.
 */
final class OnlineBackupTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int WRITERS = 4;
  private static final int BACKUPS = 8;
  private static final int MOST_BATCHES = 10_000;

  /** How many batches of a writer go by until one writes the same keys again. */
  private static final int PLACES = 50;

  @TempDir Path temporary;

  /** How many batches of each writer were acknowledged. */
  private final AtomicIntegerArray acknowledged = new AtomicIntegerArray(WRITERS);

  private final AtomicBoolean stop = new AtomicBoolean();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBackupHoldsWholeBatchesAndAllThatWereAcknowledgedBefore(boolean sync) {
    List<int[]> before = new ArrayList<>();
    int meanwhile = 0;
    String uri =
        "simple:"
            + temporary.resolve("data")
            + "?segment_size=64KiB&retention_bytes=128KiB&sync_writes="
            + sync;
    try (Connection connection = Kvist.open(uri)) {
      KvStore store = connection.store("b");
      List<Future<?>> work = new ArrayList<>();
      try {
        for (int w = 0; w < WRITERS; w++) {
          int writer = w;
          Thread.Builder kind = w % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
          work.add(Waiting.start(kind, () -> write(store, writer)));
        }
        work.add(Waiting.start(Thread.ofPlatform(), () -> compact(connection)));
        Waiting.until(
            PATIENCE,
            "batches of all writers",
            () -> Arrays.stream(counts()).allMatch(count -> count > PLACES));
        for (int i = 0; i < BACKUPS; i++) {
          int[] counts = counts();
          before.add(counts);
          connection.maintenance().backup(backup(i));
          meanwhile += written() - Arrays.stream(counts).sum();
        }
      } finally {
        stop.set(true);
      }
      Waiting.all(PATIENCE, work);
    }
    assertTrue(meanwhile > 0, "nothing was written while the backups were made");
    for (int i = 0; i < BACKUPS; i++) {
      check(backup(i), before.get(i));
    }
  }

  private Path backup(int number) {
    return temporary.resolve("backup" + number);
  }

  private void write(KvStore store, int writer) {
    for (int number = 0; number < MOST_BATCHES && !stop.get(); number++) {
      store
          .batch()
          .apply(
              new WriteBatch()
                  .put(key(writer, "left", number), value(number))
                  .put(key(writer, "right", number), value(number)));
      acknowledged.incrementAndGet(writer);
    }
  }

  /** Not again at once: backups need the lock of compaction, which is not fair. */
  private void compact(Connection connection) {
    while (!stop.get()) {
      connection.maintenance().compact();
      int before = written();
      Waiting.until(
          PATIENCE, "more batches, or the end", () -> stop.get() || written() > before + 50);
    }
  }

  private int[] counts() {
    int[] counts = new int[WRITERS];
    Arrays.setAll(counts, acknowledged::get);
    return counts;
  }

  private int written() {
    return Arrays.stream(counts()).sum();
  }

  private static byte[] key(int writer, String side, int number) {
    return utf8("writer " + writer + " " + side + " " + number % PLACES);
  }

  private static byte[] value(int number) {
    return Arrays.copyOf(utf8(number + "."), 200);
  }

  /** The number of the batch that stored a value; -1 where there is none. */
  private static int number(byte @Nullable [] value) {
    if (value == null) {
      return -1;
    }
    String text = utf8(value);
    return Integer.parseInt(text.substring(0, text.indexOf('.')));
  }

  /**
   * Compares a backup with what its last batch of each writer should have left.
   *
   * @param before how many batches of each writer were acknowledged when it was begun
   */
  private static void check(Path backup, int[] before) {
    try (Connection connection = Kvist.open("simple:" + backup + "?segment_size=64KiB")) {
      assertEquals(List.of(), connection.maintenance().verify().damages());
      KvReader reader = connection.store("b").reader();
      for (int writer = 0; writer < WRITERS; writer++) {
        int last = -1;
        for (int place = 0; place < PLACES; place++) {
          last = Math.max(last, number(reader.get(key(writer, "left", place))));
        }
        String what = backup.getFileName() + ", writer " + writer + ", last batch " + last;
        assertTrue(last >= before[writer] - 1, what + ", acknowledged " + before[writer]);
        for (int place = 0; place < PLACES; place++) {
          // Of the batches up to the last one, the newest that wrote there.
          int expected = last - Math.floorMod(last - place, PLACES);
          assertEquals(expected, number(reader.get(key(writer, "left", place))), what);
          assertEquals(expected, number(reader.get(key(writer, "right", place))), what);
        }
      }
      assertEquals(2 * WRITERS * PLACES, reader.keys(KeyRange.all()).toList().size());
    }
  }
}

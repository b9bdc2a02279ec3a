package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Closing frees everything, and nothing that somebody uses. */
final class ClosingTest {
  private static final int ROUNDS = 10;

  @TempDir private Path folder;

  /** A crash of the process is how this would fail. */
  @Test
  void closingUnderEveryKindOfCallEndsThemAll() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      Connection connection = Kvist.open(Places.at(folder));
      KvStore store = connection.store("b");
      for (int i = 0; i < 200; i++) {
        store.writer().put(utf8("k" + i), Places.value(i));
      }
      List<Runnable> calls =
          List.of(
              () -> store.reader().get(utf8("k7")),
              () -> store.reader().getAll(List.of(utf8("k1"), utf8("k2"))),
              () -> store.reader().scan(KeyRange.all()).toList(),
              () -> store.writer().put(utf8("k8"), utf8("v")),
              () -> store.ttl().put(utf8("t"), utf8("v"), Duration.ofMillis(1)),
              () -> connection.stats(),
              () -> connection.maintenance().verify(),
              () -> watch(store));
      var started = new CountDownLatch(calls.size());
      var tasks = new ArrayList<FutureTask<Void>>();
      for (int i = 0; i < calls.size(); i++) {
        Runnable call = calls.get(i);
        var task = new FutureTask<Void>(() -> repeat(call, started), null);
        tasks.add(task);
        (i % 2 == 0 ? Thread.ofPlatform().daemon() : Thread.ofVirtual()).start(task);
      }
      started.await();
      connection.close();
      for (FutureTask<Void> task : tasks) {
        task.get();
      }
    }
  }

  private static void watch(KvStore store) {
    try (var watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
      for (int i = 0; i < 300; i++) {
        watch.next(Duration.ofMillis(1));
      }
    } catch (KvException.CursorExpired e) {
      // Writers were faster than this watch for longer than the log is kept.
      return;
    }
  }

  private static void repeat(Runnable call, CountDownLatch started) {
    boolean first = true;
    try {
      while (true) {
        call.run();
        if (first) {
          started.countDown();
          first = false;
        }
        // Calls that never wait would keep a carrier from the other virtual threads.
        LockSupport.parkNanos(1_000);
      }
    } catch (KvException.Closed e) {
      if (first) {
        started.countDown();
      }
    }
  }

  @Test
  void openingAndClosingLeavesNoMemoryBehind() throws IOException {
    // What the first ones leave is the allocator's and the compiler's.
    openAndClose(200);
    long before = residentBytes();
    openAndClose(800);
    long grown = residentBytes() - before;
    assertTrue(grown < 64L << 20, grown + " bytes for 800 opens");
  }

  private void openAndClose(int times) {
    for (int i = 0; i < times; i++) {
      try (Connection connection = Kvist.open(Places.at(folder).with("mem_table_size", "64KiB"))) {
        connection.store("b").writer().put(utf8("k"), utf8("v" + i));
        try (var watch =
            connection.store("b").watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
          watch.next(Duration.ZERO);
        }
      }
    }
  }

  private static long residentBytes() throws IOException {
    System.gc();
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssAnon:")) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new AssertionError("no RssAnon in /proc/self/status");
  }
}

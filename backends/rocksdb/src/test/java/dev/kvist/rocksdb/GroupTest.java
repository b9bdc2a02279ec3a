package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.PutOptions;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes that come while another one is under way, and go into one group. */
final class GroupTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int ROUNDS = 20;
  private static final int PUTS = 301;

  @TempDir private Path folder;

  private final AtomicLong clock = new AtomicLong(1_800_000_000_000L);

  /** What is done at the end of each sync, by whoever synced. */
  private volatile Runnable atSync = () -> {};

  private Store open(boolean sync) {
    ConnectionOptions options =
        Places.at(folder)
            .with("sync_writes", Boolean.toString(sync))
            .with("flush_interval", "10ms");
    var observer =
        new KvObserver() {
          @Override
          public void synced(long bytes, long nanos) {
            atSync.run();
          }
        };
    return Places.open(options, observer, clock::get);
  }

  /** Holds writes up until all works wait for theirs; then does something, and lets them go on. */
  private static void together(Store store, Runnable before, List<Thread> works) {
    var held = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Future<?> holder =
        Waiting.start(
            Thread.ofPlatform(),
            () ->
                store.writes.change(_ -> {
                  held.countDown();
                  await(release);
                }));
    await(held);
    before.run();
    for (Thread work : works) {
      work.start();
    }
    for (Thread work : works) {
      Waiting.until(PATIENCE, "its turn", () -> work.getState() == Thread.State.WAITING);
    }
    release.countDown();
    Waiting.result(PATIENCE, holder);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void join(Thread thread) {
    try {
      assertTrue(thread.join(PATIENCE), () -> thread + " waits for ever");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Each of them meets the expired value, and the first of them tells of its end. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anExpiryIsToldOnceToo(boolean sync) {
    Store store = open(sync);
    try (Connection connection = new RocksConnection(store);
        KvWatch watch =
            connection.store("b").watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
      KvStore bucket = connection.store("b");
      var hour = PutOptions.DEFAULT.withTtl(Duration.ofHours(1));
      var expected = new ArrayList<String>();
      for (int round = 0; round < ROUNDS; round++) {
        String key = "k" + round;
        bucket.writer().put(utf8(key), utf8("v"), hour);
        List<Thread> works =
            List.of(
                Thread.ofVirtual().unstarted(() -> delete(bucket, key, "one")),
                Thread.ofVirtual().unstarted(() -> delete(bucket, key, "other")));
        together(store, () -> clock.addAndGet(Duration.ofHours(2).toMillis()), works);
        works.forEach(GroupTest::join);
        expected.add("put " + key);
        expected.add("expired " + key);
      }
      bucket.writer().put(utf8("last"), utf8("v"));
      expected.add("put last");
      var told = new ArrayList<String>();
      while (told.isEmpty() || !told.getLast().equals("put last")) {
        told.add(text(Objects.requireNonNull(watch.next(PATIENCE), "nothing came")));
      }
      told.removeAll(List.of("put one", "put other"));
      assertEquals(expected, told);
    }
  }

  /** Alone it would write nothing, and leave it to others to tell of it. */
  private static void delete(KvStore bucket, String key, String beside) {
    bucket.batch().apply(new WriteBatch().delete(utf8(key)).put(utf8(beside), utf8("v")));
  }

  private static String text(KvUpdate update) {
    return switch (update) {
      case KvUpdate.Put put -> "put " + utf8(put.key());
      case KvUpdate.Delete delete ->
          (delete.expired() ? "expired " : "deleted ") + utf8(delete.key());
      default -> update.toString();
    };
  }

  /** They find the lock taken, go to sleep, and somebody has to wake one of them. */
  @Test
  void whoCameWhileTheStoreWroteForItselfIsWoken() {
    Store store = open(true);
    try (Connection connection = new RocksConnection(store)) {
      KvStore bucket = connection.store("b");
      for (int round = 0; round < ROUNDS; round++) {
        byte[] value = utf8("round " + round);
        Thread platform =
            Thread.ofPlatform().unstarted(() -> bucket.writer().put(utf8("p"), value));
        Thread virtual = Thread.ofVirtual().unstarted(() -> bucket.writer().put(utf8("v"), value));
        List<Thread> works =
            switch (round % 3) {
              case 0 -> List.of(platform);
              case 1 -> List.of(platform, virtual);
              default -> List.of(virtual, platform);
            };
        together(store, () -> {}, works);
        works.forEach(GroupTest::join);
      }
    }
  }

  /** Whoever leads took what waited when it began, and goes; nobody else is there. */
  @Test
  void whoCameWhileAnotherOneSyncedIsWoken() {
    Store store = open(true);
    try (Connection connection = new RocksConnection(store)) {
      KvStore bucket = connection.store("b");
      for (int round = 0; round < ROUNDS; round++) {
        var syncing = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        atSync =
            () -> {
              syncing.countDown();
              await(release);
            };
        Thread.Builder.OfPlatform platform = Thread.ofPlatform();
        Thread leader = platform.start(() -> bucket.writer().put(utf8("k"), utf8("leader")));
        await(syncing);
        Thread second =
            (round % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual())
                .start(() -> bucket.writer().put(utf8("k"), utf8("second")));
        Waiting.until(PATIENCE, "its turn", () -> second.getState() == Thread.State.WAITING);
        release.countDown();
        join(leader);
        join(second);
        assertEquals("second", utf8(Objects.requireNonNull(bucket.reader().get(utf8("k")))));
      }
    }
  }

  /** An observer must not throw; one that does must not let the others of the group wait. */
  @Test
  void nobodyWaitsForEverWhereAnObserverFails() {
    Store store = open(true);
    try (Connection connection = new RocksConnection(store)) {
      KvStore bucket = connection.store("b");
      var failures = new AtomicInteger();
      Runnable put =
          () -> {
            try {
              bucket.writer().put(utf8("k"), utf8("v"));
            } catch (IllegalStateException e) {
              failures.getAndIncrement();
            }
          };
      atSync =
          () -> {
            throw new IllegalStateException("an observer's own");
          };
      List<Thread> works =
          List.of(
              Thread.ofPlatform().unstarted(put),
              Thread.ofVirtual().unstarted(put),
              Thread.ofPlatform().unstarted(put));
      together(store, () -> {}, works);
      works.forEach(GroupTest::join);
      assertEquals(works.size(), failures.get());
      atSync = () -> {};
      bucket.writer().put(utf8("k"), utf8("after"));
      assertEquals("after", utf8(Objects.requireNonNull(bucket.reader().get(utf8("k")))));
    }
  }

  /** Else what is acknowledged from then on would never reach the device. */
  @Test
  void syncsGoOnBehindOneThatEndedInAnError() {
    Store store = open(false);
    try (Connection connection = new RocksConnection(store)) {
      var failed = new CountDownLatch(1);
      var synced = new CountDownLatch(1);
      atSync =
          () -> {
            if (failed.getCount() > 0) {
              failed.countDown();
              throw new OutOfMemoryError("as the heap may be full");
            }
            synced.countDown();
          };
      connection.store("b").writer().put(utf8("k"), utf8("v"));
      await(failed);
      connection.store("b").writer().put(utf8("k"), utf8("w"));
      await(synced);
    }
  }

  /** Leaders hand over again and again, also from and to those who do not wait any more. */
  @Test
  void nobodyWaitsForEverWhereSomeAreInterrupted() {
    Store store = open(true);
    try (Connection connection = new RocksConnection(store)) {
      KvStore bucket = connection.store("b");
      var writers = new ArrayList<Future<?>>();
      for (int i = 0; i < 12; i++) {
        boolean isPatient = i % 3 != 0;
        byte[] key = utf8("k" + i);
        Thread.Builder kind = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
        writers.add(Waiting.start(kind, () -> put(bucket, key, isPatient)));
      }
      Waiting.all(PATIENCE, writers);
      for (int i = 0; i < writers.size(); i++) {
        byte[] last = Objects.requireNonNull(bucket.reader().get(utf8("k" + i)));
        assertEquals("v" + PUTS, utf8(last));
      }
    }
  }

  /** Where one was interrupted it is not known whether it is there, but not after the next. */
  private static void put(KvStore bucket, byte[] key, boolean isPatient) {
    for (int i = 1; i <= PUTS; i++) {
      boolean interrupted = !isPatient && i % 3 == 0 && i < PUTS;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      try {
        bucket.writer().put(key, utf8("v" + i));
      } catch (KvException.Timeout e) {
        assertTrue(interrupted, "nobody interrupted it");
      }
      assertEquals(interrupted, Thread.interrupted(), "the flag is kept");
    }
  }
}

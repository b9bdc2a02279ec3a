package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers that are interrupted, many at once, or late (K10). */
final class CallersTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path temporary;

  private String uri(boolean sync) {
    return "simple:"
        + temporary
        + "/data?segment_size=64KiB&retention_bytes=256KiB&sync_writes="
        + sync;
  }

  private static Thread.Builder kind(boolean virtual) {
    return virtual ? Thread.ofVirtual() : Thread.ofPlatform();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  // --- interrupts -------------------------------------------------------------------------------

  /** Calls something with the flag set; the flag must be there afterwards, whatever came of it. */
  private static <T> T interrupted(Callable<T> call) throws Exception {
    Thread.currentThread().interrupt();
    try {
      return call.call();
    } finally {
      assertTrue(Thread.interrupted(), "the flag is gone");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterruptedCallerHarmsNothing(boolean virtual) throws Exception {
    get(Waiting.start(kind(virtual), () -> interruptEverything(false)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterruptedSyncedWriterHarmsNothing(boolean virtual) throws Exception {
    get(Waiting.start(kind(virtual), () -> interruptEverything(true)));
  }

  private void interruptEverything(boolean sync) throws Exception {
    byte[] value = new byte[3_000];
    int unknown = 0;
    Connection connection = interrupted(() -> Kvist.open(uri(sync)));
    KvStore store = connection.store("b");
    // Enough for several segments, since making and syncing their files is what could be harmed.
    for (int i = 0; i < 200; i++) {
      byte[] key = utf8("k" + i);
      try {
        interrupted(() -> store.writer().put(key, value));
      } catch (KvException.Timeout e) {
        assertTrue(sync, "only a sync is waited for");
        assertEquals(KvException.Effect.UNKNOWN, e.effect());
        unknown++;
      }
      assertArrayEquals(value, interrupted(() -> store.reader().get(key)));
    }
    // A platform thread may do the sync itself, which no interrupt ends.
    boolean waits = sync && Thread.currentThread().isVirtual();
    assertTrue(unknown > 0 || !waits, "no interrupt ended the wait for a sync");
    // The order is completed behind the open, and an interrupted scan does not wait for that.
    store.reader().keys(KeyRange.all().limit(1)).toList();
    interrupted(() -> {
      int count = 0;
      for (byte[] _ : store.reader().keys(KeyRange.all())) {
        count++;
      }
      assertEquals(200, count);
      connection.maintenance().compact();
      return true;
    });
    try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
      assertThrows(KvException.Timeout.class, () -> interrupted(watch::next));
      store.writer().put(utf8("after"), value);
      assertTrue(watch.next().toString().contains("after"));
    }
    interrupted(() -> {
      connection.close();
      return true;
    });
    try (Connection again = Kvist.open(uri(false))) {
      for (int i = 0; i < 200; i++) {
        assertArrayEquals(value, again.store("b").reader().get(utf8("k" + i)));
      }
    }
  }

  /** From some moment on each sync takes until the device is mended. */
  private static final class StuckDevice implements KvObserver {
    final AtomicBoolean stuck = new AtomicBoolean();
    final AtomicBoolean waiting = new AtomicBoolean();
    final AtomicBoolean virtual = new AtomicBoolean();
    final CompletableFuture<Boolean> mended = new CompletableFuture<>();

    /** On the thread that syncs, before any writer is told. */
    @Override
    public void synced(long bytes, long nanos) {
      virtual.compareAndSet(false, Thread.currentThread().isVirtual());
      if (stuck.get()) {
        waiting.set(true);
        mended.join();
      }
    }
  }

  /** Nothing but the interrupt can end the call, and whether the write will last is not known. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSyncedWriterThatIsInterruptedDoesNotKnowWhatCameOfIt(boolean virtual) throws Exception {
    var device = new StuckDevice();
    ConnectionOptions options = ConnectionOptions.parse(uri(true)).withObserver(device);
    try (Connection connection = Kvist.open(options)) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("before"), utf8("1"));
      device.stuck.set(true);
      try {
        Future<?> other =
            Waiting.start(
                Thread.ofVirtual(),
                () -> {
                  store.writer().put(utf8("other"), utf8("2"));
                });
        Waiting.until(PATIENCE, "a sync that does not end", device.waiting::get);
        var writer = new CompletableFuture<Thread>();
        Future<KvException.Timeout> outcome =
            Waiting.start(
                kind(virtual),
                () -> {
                  writer.complete(Thread.currentThread());
                  KvException.Timeout timeout =
                      assertThrows(
                          KvException.Timeout.class,
                          () -> store.writer().put(utf8("interrupted"), utf8("3")));
                  assertTrue(Thread.interrupted(), "the flag is gone");
                  return timeout;
                });
        Waiting.until(PATIENCE, "the write", () -> store.reader().get(utf8("interrupted")) != null);
        get(writer).interrupt();
        assertEquals(KvException.Effect.UNKNOWN, get(outcome).effect());
        device.mended.complete(true);
        get(other);
        store.writer().put(utf8("after"), utf8("4"));
      } finally {
        device.mended.complete(true);
      }
    }
    try (Connection again = Kvist.open(uri(false))) {
      for (String key : List.of("before", "other", "interrupted", "after")) {
        assertTrue(again.store("b").reader().exists(utf8(key)), key);
      }
    }
  }

  /** Interrupts come at any moment, also in the middle of a sync or of a new file. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void interruptsAtAnyMoment(boolean virtual) throws Exception {
    int writers = 8;
    List<AtomicLong> acknowledged = new ArrayList<>();
    try (Connection connection = Kvist.open(uri(true))) {
      KvStore store = connection.store("b");
      var stop = new AtomicBoolean();
      List<Thread> threads = new ArrayList<>();
      List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
      for (int w = 0; w < writers; w++) {
        int writer = w;
        var last = new AtomicLong(-1);
        acknowledged.add(last);
        threads.add(
            kind(virtual)
                .start(() -> {
                  for (int i = 0; !stop.get(); i++) {
                    try {
                      store.writer().put(utf8("w" + writer), numbered(i));
                      last.set(i);
                    } catch (KvException.Timeout e) {
                      // Not known: the next one tells.
                    } catch (Throwable e) {
                      failures.add(e);
                      return;
                    }
                    Thread.interrupted();
                  }
                }));
      }
      for (int i = 0; i < 1_500; i++) {
        threads.get(i % writers).interrupt();
        LockSupport.parkNanos(50_000);
      }
      Waiting.until(
          PATIENCE,
          "writes of all",
          () -> !failures.isEmpty() || acknowledged.stream().allMatch(a -> a.get() > 5));
      stop.set(true);
      for (Thread thread : threads) {
        assertTrue(thread.join(PATIENCE), "a writer does not end");
      }
      assertEquals(List.of(), failures);
      store.writer().put(utf8("last"), utf8("1"));
      assertNoneLost(store, acknowledged);
    }
    try (Connection again = Kvist.open(uri(true))) {
      assertNoneLost(again.store("b"), acknowledged);
    }
  }

  private static byte[] numbered(long number) {
    return Arrays.copyOf(utf8(number + "."), 2_000);
  }

  /** What is there is the last acknowledged value, or a later one of unknown effect; and whole. */
  private static void assertNoneLost(KvStore store, List<AtomicLong> acknowledged) {
    for (int w = 0; w < acknowledged.size(); w++) {
      byte[] value = Objects.requireNonNull(store.reader().get(utf8("w" + w)));
      String text = utf8(value);
      long number = Long.parseLong(text.substring(0, text.indexOf('.')));
      long last = acknowledged.get(w).get();
      assertTrue(number >= last, "writer " + w + ": " + number + ", acknowledged " + last);
      assertArrayEquals(numbered(number), value);
    }
  }

  // --- many -------------------------------------------------------------------------------------

  /**
   * While 64 virtual threads wait for a sync that does not end, another virtual thread is run, and
   * no virtual thread ever is the one that syncs: it would hold a carrier.
   */
  @Test
  void syncedWritersDoNotStarveOthers() throws Exception {
    var device = new StuckDevice();
    ConnectionOptions options = ConnectionOptions.parse(uri(true)).withObserver(device);
    try (Connection connection = Kvist.open(options)) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("before"), utf8("1"));
      device.stuck.set(true);
      List<Future<?>> writers = new ArrayList<>();
      try {
        for (int w = 0; w < 64; w++) {
          byte[] key = utf8("w" + w);
          writers.add(
              Waiting.start(
                  Thread.ofVirtual(),
                  () -> {
                    store.writer().put(key, key);
                  }));
        }
        Waiting.until(PATIENCE, "a sync that does not end", device.waiting::get);
        for (int w = 0; w < 64; w++) {
          byte[] key = utf8("w" + w);
          Waiting.until(PATIENCE, "write " + w, () -> store.reader().exists(key));
        }
        assertTrue(
            get(Waiting.start(Thread.ofVirtual(), () -> Thread.currentThread().isVirtual())));
        assertTrue(writers.stream().noneMatch(Future::isDone), "acknowledged before the sync");
      } finally {
        device.mended.complete(true);
      }
      for (Future<?> writer : writers) {
        get(writer);
      }
      assertFalse(device.virtual.get(), "a virtual thread synced");
    }
  }

  @Test
  void compactionUnderReaders() throws Exception {
    try (Connection connection = Kvist.open(uri(false))) {
      KvStore store = connection.store("b");
      int keys = 100;
      for (int k = 0; k < keys; k++) {
        store.writer().put(utf8("k" + k), value(k, 0));
      }
      var stop = new AtomicBoolean();
      var reads = new AtomicLong();
      List<Future<?>> readers = new ArrayList<>();
      for (int r = 0; r < 64; r++) {
        int reader = r;
        readers.add(
            Waiting.start(
                kind(r % 2 == 0),
                () -> {
                  for (int i = reader; !stop.get(); i++) {
                    int k = i % keys;
                    byte[] value = store.reader().get(utf8("k" + k));
                    assertTrue(value != null && value[0] == k, () -> "key " + k);
                    if (i % 50 == 0) {
                      int count = 0;
                      for (byte[] _ : store.reader().keys(KeyRange.all())) {
                        count++;
                      }
                      assertEquals(keys, count);
                    }
                    reads.incrementAndGet();
                  }
                }));
      }
      for (int round = 1; round <= 30; round++) {
        for (int k = 0; k < keys; k++) {
          store.writer().put(utf8("k" + k), value(k, round));
        }
        connection.maintenance().compact();
      }
      Waiting.until(PATIENCE, "reads", () -> reads.get() > 6_400);
      stop.set(true);
      for (Future<?> reader : readers) {
        get(reader);
      }
      assertTrue(connection.stats().getOrDefault("compactions", 0L) > 10);
    }
  }

  private static byte[] value(int key, int round) {
    byte[] value = new byte[2_000];
    Arrays.fill(value, (byte) round);
    value[0] = (byte) key;
    return value;
  }

  // --- late -------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void closingWhileOthersReadWriteAndWatch(boolean memory) throws Exception {
    for (int round = 0; round < 10; round++) {
      Connection connection =
          Kvist.open(memory ? "memory:?segment_size=64KiB" : uri(round % 2 == 0));
      var calls = new AtomicLong();
      List<Future<?>> callers = new ArrayList<>();
      for (int c = 0; c < 14; c++) {
        int caller = c;
        callers.add(
            Waiting.start(kind(c % 2 == 0), () -> useUntilClosed(connection, caller, calls)));
      }
      Waiting.until(PATIENCE, "calls", () -> calls.get() > 500);
      connection.close();
      for (Future<?> caller : callers) {
        get(caller);
      }
      assertThrows(KvException.Closed.class, () -> connection.store("b"));
    }
  }

  /** Every call succeeds or says that the store is closed. */
  private static void useUntilClosed(Connection connection, int caller, AtomicLong calls) {
    try {
      KvStore store = connection.store("b" + caller % 3);
      KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState());
      for (int i = 0; ; i++) {
        byte[] key = utf8("k" + i % 50);
        switch ((caller + i) % 7) {
          case 0 -> store.reader().get(key);
          case 1 -> store.writer().put(key, new byte[i % 3_000]);
          case 2 -> store.reader().keys(KeyRange.all()).forEach(k -> calls.getAndAdd(0));
          case 3 -> watch.next(Duration.ofMillis(1));
          case 4 -> store.writer().delete(key);
          case 5 -> store.ttl().put(key, key, Duration.ofMillis(5));
          default -> {
            if (i % 40 == 0) {
              connection.maintenance().compact();
            } else if (i % 41 == 0) {
              connection.maintenance().verify();
            } else {
              connection.stats();
            }
          }
        }
        calls.incrementAndGet();
      }
    } catch (KvException.Closed e) {
      // What was expected, sooner or later.
    }
  }

  // --- owners -----------------------------------------------------------------------------------

  @Test
  void aSecondOwnerIsTurnedAway() throws IOException {
    Path data = temporary.resolve("data");
    try (var child = StorageChild.start("", data, 0)) {
      assertEquals("opened", child.line());
      var refused =
          assertThrows(KvException.AlreadyOwned.class, () -> Kvist.open("simple:" + data));
      assertEquals(child.pid(), refused.pid());
      assertTrue(refused.toString().contains(data.toString()), refused::toString);
    }
    try (Connection connection = Kvist.open("simple:" + data)) {
      connection.store("b").writer().put(utf8("k"), utf8("v"));
      var refused =
          assertThrows(KvException.AlreadyOwned.class, () -> Kvist.open("simple:" + data));
      assertEquals(ProcessHandle.current().pid(), refused.pid());
      assertArrayEquals(utf8("v"), connection.store("b").reader().get(utf8("k")));
    }
  }
}

package dev.kvist.bucket;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Registration of stores, and the static functions. */
final class KvTest {
  private static final byte[] KEY = utf8("key");

  private final List<String> registered = new ArrayList<>();

  @AfterEach
  void freeNames() {
    registered.forEach(Kv::unregister);
  }

  @Test
  void useWithoutAnySaysWhatToAdd() {
    List<Executable> calls =
        List.of(
            () -> Kv.getValue("cache", KEY),
            () -> Kv.getCompressedValue("cache", KEY),
            () -> Kv.addValue("cache", KEY, KEY),
            () -> Kv.addValueCompress("cache", KEY, KEY),
            () -> Kv.existsKey("cache", KEY),
            () -> Kv.deleteKey("cache", KEY),
            () -> Kv.set("key", KEY),
            () -> Kv.get("key"),
            () -> Kv.delete("key"),
            () -> Kv.set(KEY, KEY),
            () -> Kv.get(KEY),
            () -> Kv.delete(KEY),
            () -> Kv.store("simple_kv"));
    for (Executable call : calls) {
      String message = String.valueOf(assertThrows(IllegalStateException.class, call).getMessage());
      for (String hint :
          List.of(
              "dev.kvist:kvist-simple",
              "simple_kv:",
              "store: simple:",
              "Modules.start",
              "Kv.register")) {
        assertTrue(message.contains(hint), message);
      }
    }
  }

  @Test
  void secondRegistrationOfANameIsRefused() {
    register("badger", new FakeConnection());
    var first = BucketStore.of(new FakeConnection());
    assertThrows(IllegalStateException.class, () -> Kv.register("badger", first));
    Kv.unregister("badger");
    Kv.register("badger", first);
  }

  @Test
  void blankNameIsRefused() {
    var store = BucketStore.of(new FakeConnection());
    assertThrows(IllegalArgumentException.class, () -> Kv.register(" ", store));
  }

  @Test
  void latestIsActiveAndTheNextAfterIt() {
    var first = register("badger", new FakeConnection());
    var second = register("simple_kv", new FakeConnection());
    var third = register("elastic", new FakeConnection());
    Kv.addValue("cache", KEY, utf8("third"));
    Kv.unregister("simple_kv");
    Kv.addValue("cache", KEY, utf8("third again"));
    assertTrue(Kv.unregister("elastic"));
    assertFalse(Kv.unregister("elastic"));
    Kv.addValue("cache", KEY, utf8("first"));
    assertArrayEquals(utf8("first"), first.store("cache").reader().get(KEY));
    assertNull(second.store("cache").reader().get(KEY));
    assertArrayEquals(utf8("third again"), third.store("cache").reader().get(KEY));
  }

  @Test
  void namedStoreUsesTheBucketDefault() {
    var simple = register("simple_kv", new FakeConnection());
    register("badger", new FakeConnection());
    NamedStore store = Kv.store("simple_kv");
    assertEquals("simple_kv", store.name());
    store.set("key", utf8("value"));
    assertArrayEquals(utf8("value"), store.get(KEY));
    assertArrayEquals(utf8("value"), simple.store("default").reader().get(KEY));
    assertNull(Kv.get("key"), "another store is the active one");
    store.set(KEY, new byte[0]);
    assertArrayEquals(new byte[0], store.get("key"));
    store.delete("key");
    store.delete(KEY);
    assertNull(store.get("key"));
  }

  @Test
  void setGetAndDeleteWorkOnTheActiveStore() {
    var active = register("simple_kv", new FakeConnection());
    Kv.set("key", utf8("value"));
    assertArrayEquals(utf8("value"), Kv.get(KEY));
    assertArrayEquals(utf8("value"), Kv.getValue("default", KEY));
    Kv.delete(KEY);
    assertNull(Kv.get("key"));
    Kv.set(KEY, utf8("value"));
    Kv.delete("key");
    assertFalse(active.store("default").reader().exists(KEY));
  }

  @Test
  void mistypedNameIsPointedOut() {
    register("simple_kv", new FakeConnection());
    var refused = assertThrows(IllegalStateException.class, () -> Kv.store("simplekv"));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("did you mean 'simple_kv'?"),
        refused.getMessage());
  }

  @Test
  void oneOfManyRacingRegistrationsOfANameWins() throws Exception {
    int threads = 16;
    for (int round = 0; round < 50; round++) {
      int wins = 0;
      for (Future<Boolean> result : race(threads, KvTest::registersRaced)) {
        wins += succeeded(result) ? 1 : 0;
      }
      assertEquals(1, wins);
      assertTrue(Kv.unregister("raced"));
    }
  }

  @Test
  void registrationsOfOtherNamesAreAllKept() throws Exception {
    int threads = 16;
    var names = new ConcurrentLinkedQueue<String>();
    var number = new AtomicInteger();
    for (Future<Boolean> result :
        race(
            threads,
            () -> {
              String name = "store" + number.getAndIncrement();
              names.add(name);
              Kv.register(name, BucketStore.of(new FakeConnection()));
              Kv.set("key", utf8(name));
              return true;
            })) {
      assertTrue(succeeded(result));
    }
    assertEquals(threads, names.size());
    for (String name : names) {
      assertTrue(Kv.unregister(name), name);
    }
  }

  private static boolean registersRaced() {
    try {
      Kv.register("raced", BucketStore.of(new FakeConnection()));
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /** Runs a task on many threads that start at the same moment. */
  static <T> List<Future<T>> race(int threads, Callable<T> task) throws InterruptedException {
    var start = new CyclicBarrier(threads);
    try (var executor = Executors.newFixedThreadPool(threads)) {
      List<Callable<T>> tasks = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        tasks.add(() -> {
          start.await(30, TimeUnit.SECONDS);
          return task.call();
        });
      }
      return executor.invokeAll(tasks, 60, TimeUnit.SECONDS);
    }
  }

  private static boolean succeeded(Future<Boolean> result) throws InterruptedException {
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private FakeConnection register(String name, FakeConnection connection) {
    registered.add(name);
    Kv.register(name, BucketStore.of(connection));
    return connection;
  }
}

package dev.kvist.bucket;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The exact filter, and the registry of filters. */
final class FiltersTest {
  private static final byte[] KEY = utf8("key");
  private static final int THREADS = 32;

  private final FakeConnection connection = new FakeConnection();
  private final Filter filter = Filter.of(connection);
  private final BucketStore store = BucketStore.of(connection);
  private final List<String> registered = new ArrayList<>();

  @AfterEach
  void freeNames() {
    registered.forEach(Filters::unregister);
    registered.forEach(Kv::unregister);
  }

  @Test
  void keysAreAddedAndDeleted() {
    assertFalse(filter.exists("seen", KEY));
    filter.add("seen", KEY);
    filter.add("seen", KEY);
    assertTrue(filter.exists("seen", KEY));
    assertFalse(filter.exists("other", KEY));
    filter.delete("seen", KEY);
    filter.delete("seen", KEY);
    assertFalse(filter.exists("seen", KEY));
  }

  @Test
  void addOfAMemberWritesNothing() {
    filter.add("seen", KEY);
    filter.add("seen", KEY);
    assertTrue(filter.checkThenAdd("seen", KEY));
    assertEquals(1, connection.writes);
  }

  @Test
  void checkThenAddSaysWhatWasThere() {
    assertFalse(filter.checkThenAdd("seen", KEY));
    assertTrue(filter.checkThenAdd("seen", KEY));
    filter.delete("seen", KEY);
    assertFalse(filter.checkThenAdd("seen", KEY));
  }

  @Test
  void checkThenAddHasOneWinner() throws Exception {
    // All threads have found the key absent before the first of them writes.
    var allAtTheWrite = new CyclicBarrier(THREADS);
    connection.onWrite = () -> await(allAtTheWrite);
    assertEquals(1, newlyAdded("at once"));
  }

  @Test
  void checkThenAddHasOneWinnerEachTime() throws Exception {
    for (int round = 0; round < 100; round++) {
      assertEquals(1, newlyAdded("round " + round));
    }
  }

  @Test
  void checkThenAddNeedsCreate() {
    Filter racy = Filter.of(new FakeConnection(Capability.SCAN));
    assertThrows(KvException.Unsupported.class, () -> racy.checkThenAdd("seen", KEY));
    racy.add("seen", KEY);
    assertTrue(racy.exists("seen", KEY));
  }

  @Test
  void filterNeverTouchesAValue() {
    store.addValue("sessions", KEY, utf8("value"));
    assertFalse(filter.exists("sessions", KEY));
    assertFalse(filter.checkThenAdd("sessions", KEY));
    filter.add("sessions", KEY);
    assertArrayEquals(utf8("value"), store.getValue("sessions", KEY));
    filter.delete("sessions", KEY);
    assertArrayEquals(utf8("value"), store.getValue("sessions", KEY));
    filter.add("sessions", KEY);
    store.deleteKey("sessions", KEY);
    assertTrue(filter.exists("sessions", KEY));
    assertFalse(store.existsKey("sessions", KEY));
  }

  @Test
  void bucketsAndKeysNeverMeet() {
    filter.add("a", utf8("bc"));
    filter.add("ab", utf8("d"));
    for (String[] other :
        new String[][] {{"ab", "c"}, {"abc", "d"}, {"a", "bd"}, {"a", "b"}, {"a", "b\u0002ab"}}) {
      assertFalse(filter.exists(other[0], utf8(other[1])), other[0] + "/" + other[1]);
    }
  }

  @Test
  void membersAreInTheReservedBucket() {
    filter.add("ab", utf8("cd"));
    assertEquals("_filter", connection.buckets().next());
    assertTrue(connection.store("_filter").reader().exists(new byte[] {2, 'a', 'b', 'c', 'd'}));
  }

  @Test
  void longestKeyFits() {
    byte[] longest = new byte[FakeConnection.MAX_KEY_SIZE - 1 - "seen".length()];
    filter.add("seen", longest);
    assertTrue(filter.exists("seen", longest));
    byte[] longer = new byte[longest.length + 1];
    var refused = assertThrows(IllegalArgumentException.class, () -> filter.add("seen", longer));
    assertEquals(
        "a key in bucket seen of this filter has 1 to 1019 bytes, and this one has 1020",
        refused.getMessage());
    assertThrows(IllegalArgumentException.class, () -> filter.checkThenAdd("seen", longer));
    assertFalse(filter.exists("seen", longer));
    filter.delete("seen", longer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../x", "a,b", "-a"})
  void illegalBucketIsRefused(String bucket) {
    calls(bucket, KEY).forEach(call -> assertThrows(IllegalArgumentException.class, call));
  }

  @Test
  void emptyKeyIsRefused() {
    calls("seen", new byte[0]).forEach(call -> assertThrows(IllegalArgumentException.class, call));
  }

  @Test
  void failureIsNeverAbsence() {
    var failed = new KvException.IoFailed(Effect.NONE, "the device refused", null);
    Runnable fault =
        () -> {
          throw failed;
        };
    connection.onRead = fault;
    connection.onWrite = fault;
    calls("seen", KEY)
        .forEach(call -> assertSame(failed, assertThrows(KvException.IoFailed.class, call)));
  }

  @Test
  void unknownOutcomeIsPassedOn() {
    var timeout = new KvException.Timeout(Effect.UNKNOWN, "the put", null);
    connection.onWrite =
        () -> {
          throw timeout;
        };
    assertSame(
        timeout, assertThrows(KvException.Timeout.class, () -> filter.checkThenAdd("seen", KEY)));
  }

  @Test
  void useWithoutAnySaysWhatToAdd() {
    List<Executable> calls =
        List.of(
            () -> Filters.exists("seen", KEY),
            () -> Filters.add("seen", KEY),
            () -> Filters.delete("seen", KEY),
            () -> Filters.checkThenAdd("seen", KEY),
            () -> Filters.add(KEY),
            () -> Filters.contains(KEY),
            () -> Filters.get("simple_kv"));
    for (Executable call : calls) {
      String message = String.valueOf(assertThrows(IllegalStateException.class, call).getMessage());
      assertTrue(
          message.contains("dev.kvist:kvist-simple") && message.contains("Filters.register"),
          message);
    }
  }

  @Test
  void latestIsActiveAndTheNextAfterIt() {
    register("badger", filter);
    register("simple_kv", Filter.of(new FakeConnection()));
    assertThrows(IllegalStateException.class, () -> Filters.register("badger", filter));
    Filters.add("seen", KEY);
    assertTrue(Filters.exists("seen", KEY));
    assertFalse(filter.exists("seen", KEY));
    assertTrue(Filters.unregister("simple_kv"));
    assertFalse(Filters.checkThenAdd("seen", KEY));
    assertTrue(filter.exists("seen", KEY));
    Filters.delete("seen", KEY);
    assertFalse(filter.exists("seen", KEY));
  }

  @Test
  void namedFilterContainsWhatWasAdded() {
    register("simple_kv", filter);
    NamedFilter named = Filters.get("simple_kv");
    assertEquals("simple_kv", named.name());
    assertFalse(named.contains(KEY), "no store has the name, and nothing was added");
    named.add(KEY);
    assertTrue(named.contains(KEY));
    assertTrue(filter.exists("default", KEY));
  }

  @Test
  void namedFilterContainsTheKeysOfTheStoreOfItsName() {
    register("simple_kv", filter);
    Kv.register("simple_kv", store);
    var elsewhere = new FakeConnection();
    registered.add("badger");
    Kv.register("badger", BucketStore.of(elsewhere));

    Kv.set("of another store", KEY);
    store.addValue("sessions", utf8("of another bucket"), KEY);
    Kv.store("simple_kv").set("session_1", utf8("data"));
    NamedFilter named = Filters.get("simple_kv");
    assertTrue(named.contains(utf8("session_1")));
    assertTrue(Filters.contains(utf8("session_1")));
    assertFalse(filter.exists("default", utf8("session_1")));
    assertFalse(named.contains(utf8("of another store")));
    assertFalse(named.contains(utf8("of another bucket")));

    byte[] longest = new byte[FakeConnection.MAX_KEY_SIZE];
    assertFalse(named.contains(longest));
    Kv.store("simple_kv").set(longest, KEY);
    assertTrue(named.contains(longest), "also a key too long for the filter");

    Kv.store("simple_kv").delete("session_1");
    assertFalse(named.contains(utf8("session_1")));
  }

  @Test
  void staticAddUsesTheActiveFilter() {
    register("simple_kv", filter);
    Filters.add(KEY);
    assertTrue(Filters.contains(KEY));
    assertTrue(filter.exists("default", KEY));
  }

  private int newlyAdded(String key) throws Exception {
    int added = 0;
    for (Future<Boolean> there :
        KvTest.race(THREADS, () -> filter.checkThenAdd("seen", utf8(key)))) {
      added += there.get() ? 0 : 1;
    }
    return added;
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private List<Executable> calls(String bucket, byte[] key) {
    return List.of(
        () -> filter.exists(bucket, key),
        () -> filter.add(bucket, key),
        () -> filter.delete(bucket, key),
        () -> filter.checkThenAdd(bucket, key));
  }

  private void register(String name, Filter filter) {
    registered.add(name);
    Filters.register(name, filter);
  }
}

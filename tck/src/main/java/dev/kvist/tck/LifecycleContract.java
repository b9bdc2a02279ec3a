package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capabilities;
import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvWatch;
import dev.kvist.StoreConfig;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** K10: opening, owning and closing; and that capabilities say what is. */
public interface LifecycleContract extends BackendUnderTest {
  /** Every role that a capability stands for, and the other calls. */
  private static Map<Capability, Executable> roles(Place place) {
    Connection connection = place.connection();
    KvStore store = place.store();
    var roles = new LinkedHashMap<Capability, Executable>();
    roles.put(Capability.TTL, () -> store.ttl().remaining(utf8("k")));
    roles.put(Capability.PURGE, () -> store.purger().purge(utf8("k")));
    roles.put(
        Capability.BATCH, () -> store.batch().apply(new WriteBatch().put(utf8("k"), utf8("v"))));
    roles.put(
        Capability.BATCH_ACROSS_BUCKETS,
        () ->
            connection
                .batch()
                .apply(new WriteBatch().in(store.bucket()).put(utf8("k"), utf8("v"))));
    roles.put(
        Capability.WATCH,
        () -> store.watcher().watch(WatchScope.all(), WatchOptions.fromState()).close());
    roles.put(Capability.SCAN, () -> store.reader().keys(KeyRange.all()).toList());
    roles.put(
        Capability.ORDERED_SCAN, () -> store.reader().keys(KeyRange.all().reversed()).toList());
    roles.put(Capability.DROP, () -> connection.drop(place.bucket("dropped")));
    roles.put(Capability.MAINTENANCE, () -> connection.maintenance().verify());
    roles.put(
        Capability.CAS, () -> store.writer().create(utf8("new" + System.nanoTime()), utf8("v")));
    return roles;
  }

  @Test
  default void capabilitiesSayWhatIs(Place place) {
    Capabilities capabilities = place.capabilities();
    assertTrue(capabilities.maxKeySize() >= 1024);
    assertTrue(capabilities.maxValueSize() > 0);
    assertEquals(
        place.has(Capability.BATCH) || place.has(Capability.BATCH_ACROSS_BUCKETS),
        capabilities.maxBatchOps() > 0);
    assertFalse(
        capabilities.durability().isBlank(), "what an acknowledged write survives, in a sentence");
    assertTrue(capabilities.ttlResolution().isPositive());
    for (Capability capability : Capability.values()) {
      var detail = capabilities.detail(capability);
      assertTrue(
          detail.support() == dev.kvist.Support.NATIVE || !detail.note().isBlank(),
          () ->
              capability + " is " + detail.support() + ": its note must say why, or at what cost");
    }
    roles(place)
        .forEach((capability, call) -> {
          if (!place.lacks(capability, call)) {
            assertDoesNotThrow(call, () -> capability + " is declared");
          }
        });
    place.connection().ping();
    place.writer().put(utf8("kk-secret"), utf8("vv-secret"));
    String stats = place.connection().stats().toString();
    assertFalse(
        stats.contains("kk-secret") || stats.contains("vv-secret"),
        () -> "neither key nor value: " + stats);
  }

  @Test
  default void aRequiredCapabilityThatIsAbsentFailsTheOpen(Place place) {
    for (Capability capability : Capability.values()) {
      ConnectionOptions fresh = options();
      try {
        place.lacks(capability, () -> open(fresh, capability).close());
        if (place.has(capability)) {
          open(fresh, capability).close();
        }
        // A refused open leaves nothing behind that owns the place.
        open(fresh).close();
      } finally {
        release(fresh);
      }
    }
  }

  @Test
  default void anUnknownSettingIsRefused(Place place) {
    assertThrows(
        IllegalArgumentException.class, () -> open(place.options().with("no_such_setting", "1")));
  }

  @Test
  default void aSecondOwnerIsRefused(Place place) {
    place.writer().put(utf8("k"), utf8("v"));
    if (!exclusive()) {
      try (Connection second = open(place.options())) {
        assertEquals(persistent(), second.store(place.bucket("")).reader().exists(utf8("k")));
      }
      return;
    }
    var refused = assertThrows(KvException.AlreadyOwned.class, () -> open(place.options()));
    assertEquals(ProcessHandle.current().pid(), refused.pid());
    String message = String.valueOf(refused.getMessage());
    assertTrue(
        message.contains(refused.path()) && message.contains(Long.toString(refused.pid())),
        message);
    assertTrue(message.endsWith("or share the Connection that is open"), message);
    assertTrue(place.reader().exists(utf8("k")), "the owner is not disturbed");
    place.reopen();
    assertTrue(place.reader().exists(utf8("k")));
  }

  /** {@code read_only=true} is an option of every backend. */
  @Test
  default void aReadOnlyConnectionHasNoWriters(Place place) {
    place.writer().put(utf8("k"), utf8("v"));
    place.connection().close();
    ConnectionOptions options = place.options().with("read_only", "true");
    try (Connection reading = open(options)) {
      KvStore store = reading.store(place.bucket(""));
      assertEquals(persistent(), store.reader().exists(utf8("k")));
      assertThrows(KvException.Unsupported.class, store::writer);
      assertThrows(KvException.Unsupported.class, store::ttl);
      assertThrows(KvException.Unsupported.class, store::purger);
      assertThrows(KvException.Unsupported.class, store::batch);
      assertThrows(KvException.Unsupported.class, reading::batch);
      assertThrows(KvException.Unsupported.class, () -> reading.drop(store.bucket()));
      assertThrows(
          KvException.Unsupported.class,
          () -> reading.store(place.bucket("new"), StoreConfig.DEFAULT));
    }
    place.reopen();
    assertEquals(persistent(), place.reader().exists(utf8("k")));
  }

  @Test
  default void everythingIsClosedAfterClose(Place place) {
    Connection connection = place.connection();
    KvStore store = place.store();
    var reader = store.reader();
    var writer = store.writer();
    byte[] key = utf8("k");
    Version version = writer.put(key, utf8("v"));
    var calls = new LinkedHashMap<String, Executable>();
    roles(place)
        .forEach((capability, call) -> {
          if (place.has(capability)) {
            calls.put(capability.toString(), call);
          }
        });
    calls.put("store", () -> connection.store(store.bucket()).reader().get(key));
    calls.put(
        "store with a configuration", () -> connection.store(store.bucket(), StoreConfig.DEFAULT));
    calls.put("buckets", () -> connection.buckets().hasNext());
    calls.put("ping", connection::ping);
    calls.put("stats", connection::stats);
    calls.put("get", () -> reader.get(key));
    calls.put("entry", () -> reader.entry(key));
    calls.put("exists", () -> reader.exists(key));
    calls.put("getAll", () -> reader.getAll(List.of(key)));
    calls.put("put", () -> writer.put(key, utf8("w")));
    calls.put("delete", () -> writer.delete(key));
    if (place.has(Capability.CAS)) {
      calls.put("update", () -> writer.update(key, utf8("w"), version));
      calls.put("delete with a version", () -> writer.delete(key, version));
    }
    if (place.has(Capability.TTL)) {
      var ttl = store.ttl();
      calls.put("ttl put", () -> ttl.put(key, utf8("w"), Duration.ofHours(1)));
      calls.put("touch", () -> ttl.touch(key, Duration.ofHours(1)));
    }
    if (place.has(Capability.SCAN)) {
      for (int i = 0; i < 100; i++) {
        writer.put(utf8("k" + i), utf8("v"));
      }
      Iterator<byte[]> begun = reader.keys(KeyRange.all()).iterator();
      begun.next();
      calls.put("a scan under way", begun::next);
    }
    if (place.has(Capability.WATCH)) {
      KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState());
      calls.put("a watch under way", watch::next);
      calls.put("a watch under way, bounded", () -> watch.next(Duration.ofSeconds(1)));
    }
    connection.close();
    calls.forEach((name, call) -> assertThrows(KvException.Closed.class, call, name));
    connection.close();
    calls.forEach(
        (name, call) -> assertThrows(KvException.Closed.class, call, name + ", closed twice"));
  }

  @Test
  default void closingUnderLoadEndsEveryCallWithClosed(Place place) {
    Connection connection = place.connection();
    KvStore store = place.store();
    store.writer().put(utf8("k"), utf8("0"));
    var done = new AtomicInteger();
    var stop = new AtomicBoolean();
    var work = new ArrayList<Future<?>>();
    var tasks =
        new ArrayList<Executable>(
            List.of(
                () -> store.writer().put(utf8("k" + done.get() % 50), utf8("v")),
                () -> store.reader().get(utf8("k")),
                () -> store.reader().exists(utf8("k1")),
                () -> store.writer().delete(utf8("k1"))));
    if (place.has(Capability.SCAN)) {
      tasks.add(() -> store.reader().scan(KeyRange.all()).toList());
    }
    if (place.has(Capability.BATCH)) {
      tasks.add(() ->
          store
              .batch()
              .apply(new WriteBatch().put(utf8("a"), utf8("v")).put(utf8("b"), utf8("v"))));
    }
    if (place.has(Capability.WATCH)) {
      KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState());
      work.add(Waiting.start(Thread.ofVirtual(), () -> untilClosed(watch::next, done, stop)));
      tasks.add(() -> {
        try (KvWatch another = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
          another.next();
        }
      });
    }
    for (Executable task : tasks) {
      work.add(Waiting.start(Thread.ofVirtual(), () -> untilClosed(task, done, stop)));
      work.add(Waiting.start(Thread.ofPlatform().daemon(), () -> untilClosed(task, done, stop)));
    }
    try {
      Waiting.until(place.patience(), "work to be under way", () -> done.get() > place.rounds(500));
      Waiting.result(
          place.patience(), Waiting.start(Thread.ofPlatform().daemon(), connection::close));
      Waiting.all(place.patience(), work);
    } finally {
      stop.set(true);
    }
  }

  private static void untilClosed(Executable task, AtomicInteger done, AtomicBoolean stop)
      throws Exception {
    while (!stop.get()) {
      try {
        task.execute();
        done.incrementAndGet();
      } catch (KvException.Closed e) {
        return;
      } catch (Exception e) {
        throw e;
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }
}

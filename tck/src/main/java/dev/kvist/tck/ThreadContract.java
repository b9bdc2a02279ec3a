package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** K10: interrupted callers and many virtual threads. */
public interface ThreadContract extends BackendUnderTest {
  @Test
  default void anInterruptedCallerHarmsNothing(Place place) {
    KvStore store = place.store();
    store.writer().put(utf8("k"), utf8("v"));
    List<Waiting.Work> calls =
        new ArrayList<>(
            List.of(
                () -> store.writer().put(utf8("put"), utf8("v")),
                () -> store.writer().delete(utf8("k")),
                () -> store.reader().get(utf8("k")),
                () -> store.reader().exists(utf8("k")),
                () -> store.reader().entry(utf8("k")),
                () -> store.reader().getAll(List.of(utf8("k")))));
    if (place.has(Capability.SCAN)) {
      calls.add(() -> store.reader().scan(KeyRange.all()).toList());
    }
    if (place.has(Capability.BATCH)) {
      calls.add(() -> store.batch().apply(new WriteBatch().put(utf8("b"), utf8("v"))));
    }
    for (boolean virtual : new boolean[] {false, true}) {
      for (Waiting.Work call : calls) {
        var interrupted =
            Waiting.start(
                virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon(),
                () -> {
                  Thread.currentThread().interrupt();
                  try {
                    call.run();
                  } catch (KvException.Timeout e) {
                    assertTrue(e.getMessage() != null);
                  }
                  assertTrue(Thread.interrupted(), "the flag stays set");
                });
        Waiting.result(place.patience(), interrupted);
        byte[] now = utf8("after " + System.nanoTime());
        store.writer().put(utf8("after"), now);
        assertArrayEquals(now, store.reader().get(utf8("after")), "the store works as before");
      }
    }
  }

  @Test
  default void interruptsAtAnyMomentLoseNoAcknowledgedWrite(Place place) {
    KvStore store = place.store();
    for (boolean virtual : new boolean[] {false, true}) {
      String prefix = virtual ? "v" : "p";
      var thread = new AtomicReference<Thread>();
      var stop = new AtomicBoolean();
      Future<List<String>> writing =
          Waiting.start(
              virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon(),
              () -> {
                thread.set(Thread.currentThread());
                var acknowledged = new ArrayList<String>();
                for (int i = 0; !stop.get() && i < 100_000; i++) {
                  String key = prefix + i;
                  try {
                    store.writer().put(utf8(key), utf8(key));
                    acknowledged.add(key);
                  } catch (KvException.Timeout e) {
                    assertEquals(KvException.Effect.UNKNOWN, e.effect());
                    assertTrue(Thread.currentThread().isInterrupted(), "the flag stays set");
                  }
                  if (i % 3 == 0) {
                    Thread.interrupted();
                  }
                }
                return acknowledged;
              });
      Waiting.until(place.patience(), "the writer", () -> thread.get() != null);
      for (int i = 0; i < place.rounds(200); i++) {
        Changes.present(thread.get(), "the writer").interrupt();
        store.reader().get(utf8("x"));
        java.util.concurrent.locks.LockSupport.parkNanos(100_000);
      }
      stop.set(true);
      for (String key : Waiting.result(place.patience(), writing)) {
        assertArrayEquals(utf8(key), store.reader().get(utf8(key)), key);
      }
    }
  }

  @Test
  default void manyVirtualThreadsStarveNoOther(Place place) {
    KvStore store = place.store();
    var stop = new AtomicBoolean();
    var hammering = new ArrayList<Future<Integer>>();
    for (int t = 0; t < 64; t++) {
      int number = t;
      hammering.add(
          Waiting.start(
              Thread.ofVirtual(),
              () -> {
                int i = 0;
                do {
                  byte[] key = utf8("t" + number + "." + i % 10);
                  store.writer().put(key, utf8("v" + i));
                  assertArrayEquals(
                      utf8("v" + i), store.reader().get(key), "a thread reads what it wrote");
                  i++;
                } while (!stop.get());
                return i;
              }));
    }
    try {
      for (int i = 0; i < 20; i++) {
        // Runs while the others go on, or never: then this fails.
        Waiting.result(
            place.patience(),
            Waiting.start(Thread.ofVirtual(), () -> store.reader().get(utf8("unrelated"))));
      }
    } finally {
      stop.set(true);
    }
    for (int t = 0; t < 64; t++) {
      int count = Waiting.result(place.patience(), hammering.get(t));
      int last = count - 1;
      assertArrayEquals(utf8("v" + last), store.reader().get(utf8("t" + t + "." + last % 10)));
    }
  }
}

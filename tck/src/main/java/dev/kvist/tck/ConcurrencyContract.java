package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * K3 and K4 under contention: every history has an order that explains it, and no write is lost.
 */
public interface ConcurrencyContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(Capability.CAS, () -> place.writer().create(utf8("k"), utf8("v")));
  }

  @Test
  default void callsOnAKeyAreLinearizable(Place place) {
    if (absent(place)) {
      return;
    }
    Seeded.rounds(
        place.rounds(150),
        random -> {
          KvStore store = place.store();
          byte[] key = utf8("k" + random.nextLong());
          var history = new RegisterHistory();
          var values = new AtomicInteger();
          long seed = random.nextLong();
          var start = new CyclicBarrier(4);
          Waiting.together(
              place.patience(),
              4,
              thread -> {
                var choices = new Random(seed + thread);
                start.await();
                for (int i = 0; i < 8; i++) {
                  call(store, key, history, values, choices);
                }
              });
          assertTrue(
              history.linearizable(),
              () -> "no order of these calls explains them: " + history.calls());
        });
  }

  private static void call(
      KvStore store, byte[] key, RegisterHistory history, AtomicInteger values, Random choices)
      throws Exception {
    int value = values.incrementAndGet();
    byte[] bytes = utf8(Integer.toString(value));
    switch (choices.nextInt(6)) {
      case 0 ->
          history.record(RegisterHistory.Kind.GET, 0, 0, () -> number(store.reader().get(key)));
      case 1 ->
          history.record(
              RegisterHistory.Kind.PUT,
              value,
              0,
              () -> {
                store.writer().put(key, bytes);
                return 1;
              });
      case 2 ->
          history.record(
              RegisterHistory.Kind.SWAP,
              value,
              RegisterHistory.ABSENT,
              () -> swap(() -> store.writer().create(key, bytes)));
      case 3 ->
          history.record(
              RegisterHistory.Kind.DELETE, 0, 0, () -> store.writer().delete(key) ? 1 : 0);
      default -> {
        // The entry says which value the version stands for, so that the swap is one of values.
        KvEntry[] read = new KvEntry[1];
        int seen =
            history.record(
                RegisterHistory.Kind.GET,
                0,
                0,
                () -> {
                  KvEntry entry = store.reader().entry(key);
                  if (entry == null || !entry.live()) {
                    return RegisterHistory.ABSENT;
                  }
                  read[0] = entry;
                  return number(entry.value());
                });
        if (seen != RegisterHistory.ABSENT) {
          Version expected = read[0].version();
          if (choices.nextInt(4) == 0) {
            history.record(
                RegisterHistory.Kind.SWAP,
                RegisterHistory.ABSENT,
                seen,
                () -> swap(() -> store.writer().delete(key, expected)));
          } else {
            history.record(
                RegisterHistory.Kind.SWAP,
                value,
                seen,
                () -> swap(() -> store.writer().update(key, bytes, expected)));
          }
        }
      }
    }
  }

  private static int number(byte @org.jspecify.annotations.Nullable [] value) {
    return value == null ? RegisterHistory.ABSENT : Integer.parseInt(utf8(value));
  }

  private static int swap(Runnable write) {
    try {
      write.run();
      return 1;
    } catch (KvException.VersionMismatch | KvException.AlreadyExists e) {
      return 0;
    }
  }

  @Test
  default void ofManyCreatesOneWins(Place place) {
    if (absent(place)) {
      return;
    }
    for (int round = 0; round < place.rounds(50); round++) {
      KvStore store = place.store();
      byte[] key = utf8("k" + round);
      var winner = new AtomicInteger(-1);
      var start = new CyclicBarrier(4);
      Waiting.together(
          place.patience(),
          4,
          thread -> {
            start.await();
            if (swap(() -> store.writer().create(key, utf8("t" + thread))) == 1) {
              assertEquals(-1, winner.getAndSet(thread), "a second winner");
            }
          });
      assertArrayEquals(utf8("t" + winner.get()), store.reader().get(key));
    }
  }

  @Test
  default void countersLoseNoIncrement(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    byte[] key = utf8("counter");
    store.writer().put(key, utf8("0"));
    int each = place.rounds(200);
    Waiting.together(
        place.patience(),
        4,
        _ -> {
          for (int done = 0; done < each; ) {
            KvEntry entry = Changes.present(store.reader().entry(key), "the counter");
            done +=
                swap(() ->
                    store
                        .writer()
                        .update(key, utf8("" + (number(entry.value()) + 1)), entry.version()));
          }
        });
    assertEquals(4 * each, number(store.reader().get(key)));
  }

  @Test
  default void concurrentBatchesKeepWhatTheyPromise(Place place) {
    if (absent(place) || !place.has(Capability.BATCH)) {
      return;
    }
    KvStore store = place.store();
    int accounts = 4;
    for (int i = 0; i < accounts; i++) {
      store.writer().put(utf8("a" + i), utf8("100"));
    }
    int each = place.rounds(150);
    Waiting.together(
        place.patience(),
        4,
        thread -> {
          var random = new Random(thread);
          for (int done = 0; done < each; ) {
            byte[] from = utf8("a" + random.nextInt(accounts));
            byte[] to = utf8("a" + random.nextInt(accounts));
            if (java.util.Arrays.equals(from, to)) {
              continue;
            }
            KvEntry paying = Changes.present(store.reader().entry(from), "an account");
            KvEntry paid = Changes.present(store.reader().entry(to), "an account");
            done +=
                swap(() ->
                    store
                        .batch()
                        .apply(
                            new WriteBatch()
                                .update(
                                    from, utf8("" + (number(paying.value()) - 1)), paying.version())
                                .update(
                                    to, utf8("" + (number(paid.value()) + 1)), paid.version())));
          }
        });
    int sum = 0;
    for (int i = 0; i < accounts; i++) {
      sum += number(store.reader().get(utf8("a" + i)));
    }
    assertEquals(100 * accounts, sum, "nothing made and nothing lost");
  }
}

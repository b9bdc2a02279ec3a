package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvObserver.Operation;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.TopKeys;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The sketches of {@link TopKeys}, alone and beside a store. */
final class TopKeysTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static List<String> keys(List<TopKeys.Ranked> ranked) {
    return ranked.stream().map(key -> Kvist.utf8(key.key())).toList();
  }

  @Test
  void theKeysThatAreUsedMostAreFoundInAStore() {
    var top = new TopKeys(100);
    try (Connection connection = Kvist.open(ConnectionOptions.parse("memory:").withObserver(top))) {
      KvStore store = connection.store("b");
      var random = new Random(1);
      for (int i = 0; i < 200_000; i++) {
        // Key n is used twice as often as key n + 1, besides 10,000 rare ones.
        int hot = Long.numberOfTrailingZeros(random.nextLong() | 1L << 40) + 1;
        String key = i % 2 == 0 ? "hot" + hot : "rare" + random.nextInt(10_000);
        store.reader().get(utf8(key));
      }
    }
    List<TopKeys.Ranked> best = top.byCount(3);
    assertEquals(List.of("hot1", "hot2", "hot3"), keys(best));
    assertEquals("b", best.getFirst().bucket());
    // 50,000 accesses deviate by 1,800.
    long amount = best.getFirst().amount();
    assertTrue(amount > 40_000 && amount < 60_000 + best.getFirst().error(), "amount " + amount);
  }

  /**
   * Space-Saving: never too low, at most N / capacity too high, and nothing above that is missed.
   */
  @Test
  void theErrorIsWithinItsBound() {
    int capacity = 50;
    var top = new TopKeys(capacity);
    Map<String, Integer> exact = new TreeMap<>();
    var random = new Random(7);
    int accesses = 20_000;
    for (int i = 0; i < accesses; i++) {
      String key = "k" + (int) Math.abs(random.nextGaussian() * 60);
      exact.merge(key, 1, Integer::sum);
      top.accessed(Operation.GET, "b", utf8(key));
    }
    assertTrue(exact.size() > 2 * capacity, "keys " + exact.size());
    List<TopKeys.Ranked> all = top.byCount(1_000);
    assertEquals(capacity, all.size());
    Map<String, Integer> missing = new TreeMap<>(exact);
    for (TopKeys.Ranked ranked : all) {
      int real = exact.getOrDefault(Kvist.utf8(ranked.key()), 0);
      missing.remove(Kvist.utf8(ranked.key()));
      long estimate = ranked.amount() / 64;
      assertTrue(estimate >= real, ranked::toString);
      assertTrue(estimate - real <= ranked.error() / 64, ranked::toString);
      assertTrue(ranked.error() / 64 <= accesses / capacity, ranked::toString);
    }
    missing
        .values()
        .forEach(real -> assertTrue(real <= accesses / capacity, () -> "missed " + real));
  }

  @Test
  void theLargestAreThoseThatWereWrittenLast() {
    var top = new TopKeys(3);
    try (Connection connection = Kvist.open(ConnectionOptions.parse("memory:").withObserver(top))) {
      KvStore store = connection.store("b");
      for (int i = 1; i <= 9; i++) {
        store.writer().put(utf8("k" + i), new byte[100 * i]);
      }
      assertEquals(List.of("k9", "k8", "k7"), keys(top.bySize(9)));
      assertEquals(902, top.bySize(1).getFirst().amount());
      store.writer().put(utf8("k9"), new byte[1]);
      store.writer().delete(utf8("k8"));
      assertEquals(List.of("k7", "k9"), keys(top.bySize(9)));
      store.batch().apply(new WriteBatch().put(utf8("k5"), new byte[500]));
      connection.batch().apply(new WriteBatch().in("c").put(utf8("k7"), new byte[900]));
      assertEquals(List.of("k7", "k7", "k5"), keys(top.bySize(9)));
      assertEquals("c", top.bySize(1).getFirst().bucket());
      store.purger().purge(utf8("k7"));
      assertEquals(List.of("k7", "k5"), keys(top.bySize(9)));
    }
  }

  /** Far more keys than there is room for, so that the bits are made anew many times. */
  @Test
  void theLargestAmongMany() throws Exception {
    var top = new TopKeys(100);
    List<Future<?>> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int thread = t;
      threads.add(
          Waiting.start(
              Thread.ofPlatform(),
              () -> {
                for (int i = 1; i <= 5_000; i++) {
                  top.written("b" + thread, utf8("k" + i), i);
                }
                // All of them become small, but for a few.
                for (int i = 1; i <= 4_990; i++) {
                  top.written("b" + thread, utf8("k" + i), i % 2 == 0 ? 1 : 0);
                }
              }));
    }
    for (Future<?> thread : threads) {
      thread.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    List<TopKeys.Ranked> forty = top.bySize(40);
    assertEquals(5_000, forty.getFirst().amount());
    assertEquals(4_991, forty.getLast().amount());
    assertTrue(top.bySize(100).getLast().amount() <= 1);
  }

  @Test
  void noTextHasTheKey() {
    var top = new TopKeys(3);
    top.written("users", utf8("ada@example.org"), 7);
    TopKeys.Ranked ranked = top.bySize(1).getFirst();
    assertEquals("users/" + TopKeys.fingerprint("users", ranked.key()) + " 7", ranked.toString());
    assertTrue(ranked.fingerprint().matches("[0-9a-f]{8}"));
    assertFalse(ranked.fingerprint().equals(TopKeys.fingerprint("b", ranked.key())));
  }
}

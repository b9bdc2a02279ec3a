package dev.kvist.bucket;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many threads on one Bloom filter. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class BloomContentionTest {
  private static final int THREADS = 16;
  private static final int ITEMS = 400;

  private final FakeConnection connection = new FakeConnection();

  /** Groups of a few items, so that the journal is full and folded all the time. */
  private static BloomFilter open(FakeConnection connection) {
    return BloomFilter.open(connection, 100_000, 1e-9, 4, 1024);
  }

  @Test
  void ofManyCallersWithOneNewItemOneAddsIt() throws Exception {
    BloomFilter filter = open(connection);
    // A write takes as long as it takes the others to come.
    connection.onWrite = () -> LockSupport.parkNanos(20_000);
    var added = new AtomicIntegerArray(ITEMS);
    var next = new CyclicBarrier(THREADS);
    for (Future<Boolean> done :
        KvTest.race(
            THREADS,
            () -> {
              for (int i = 0; i < ITEMS; i++) {
                if (i % 20 == 0) {
                  next.await(30, TimeUnit.SECONDS);
                }
                if (!filter.checkThenAdd("seen", utf8("item " + i))) {
                  added.incrementAndGet(i);
                }
              }
              return true;
            })) {
      assertTrue(done.get());
    }
    for (int i = 0; i < ITEMS; i++) {
      assertEquals(1, added.get(i), "callers that added item " + i);
    }
    assertEquals(ITEMS, filter.count());
    connection.heal();
    assertAll(open(connection.again()), ITEMS);
  }

  @Test
  void whatAnyoneSawIsOnDisk() throws Exception {
    BloomFilter filter = open(connection);
    // The store is read by another process at the moment when a caller was told of an item.
    var wrong = new AtomicInteger();
    connection.onWrite = () -> LockSupport.parkNanos(50_000);
    AtomicIntegerArray seen = new AtomicIntegerArray(60);
    for (Future<Boolean> done :
        KvTest.race(
            4,
            () -> {
              for (int i = 0; i < 60; i++) {
                byte[] item = utf8("item " + i);
                filter.add("seen", item);
                if (seen.incrementAndGet(i) == 1
                    && !open(connection.again()).exists("seen", item)) {
                  wrong.incrementAndGet();
                }
              }
              return true;
            })) {
      assertTrue(done.get());
    }
    assertEquals(0, wrong.get());
  }

  @Test
  void failuresAmongManyLoseNothingAndStopNobody() throws Exception {
    BloomFilter filter = open(connection);
    var random = new Random(1);
    var kind = new AtomicInteger();
    connection.onWrite =
        () -> {
          if (chance(random, 5)) {
            throw new KvException.StoreFull(
                "the volume", kind.incrementAndGet(), "free some", null);
          }
        };
    connection.afterWrite =
        () -> {
          if (chance(random, 5)) {
            throw new KvException.Timeout(Effect.UNKNOWN, "the put", null);
          }
        };
    Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    var number = new AtomicInteger();
    try (var _ = new CapturedLog()) {
      List<Future<Boolean>> all =
          KvTest.race(
              THREADS,
              () -> {
                for (int i = number.getAndIncrement(); i < 4_000; i = number.getAndIncrement()) {
                  try {
                    filter.add("seen", utf8("item " + i));
                    acknowledged.add("item " + i);
                  } catch (KvException.StoreFull | KvException.Timeout e) {
                    acknowledged.remove("item " + i);
                  }
                }
                return true;
              });
      for (Future<Boolean> done : all) {
        assertTrue(done.get());
      }
    }
    assertTrue(kind.get() > 100, "faults");
    assertTrue(acknowledged.size() > 2_000, "acknowledged");
    connection.heal();
    BloomFilter later = open(connection.again());
    for (String item : acknowledged) {
      assertTrue(later.exists("seen", utf8(item)), item);
    }
  }

  private static boolean chance(Random random, int percent) {
    synchronized (random) {
      return random.nextInt(100) < percent;
    }
  }

  @Test
  void noBitIsLostBetweenAdders() throws Exception {
    // Two words each, so that threads meet in one; and many, as they have to meet in time.
    var shape = new BloomShape(8, 0.01, 1, 2, 4, 64);
    BloomBits[] all = new BloomBits[20_000];
    Arrays.setAll(all, _ -> new BloomBits(shape));
    ItemHash[] items = new ItemHash[8];
    Arrays.setAll(items, i -> shape.hash("seen", utf8("item " + i)));
    var number = new AtomicInteger();
    var arrived = new AtomicInteger();
    for (Future<Boolean> done :
        KvTest.race(
            2,
            () -> {
              int first = 4 * number.getAndIncrement();
              for (int i = 0; i < all.length; i++) {
                // Not a barrier that parks: they have to go on within nanoseconds of each other.
                arrived.incrementAndGet();
                for (int spins = 0; arrived.get() < 2 * (i + 1); spins++) {
                  if (spins > 10_000) {
                    LockSupport.parkNanos(1_000);
                  }
                }
                for (int item = first; item < first + 4; item++) {
                  all[i].add(items[item]);
                }
              }
              return true;
            })) {
      assertTrue(done.get());
    }
    for (BloomBits bits : all) {
      for (ItemHash item : items) {
        assertTrue(bits.contains(item), "a bit is lost");
      }
    }
  }

  private static void assertAll(BloomFilter filter, int items) {
    for (int i = 0; i < items; i++) {
      assertTrue(filter.exists("seen", utf8("item " + i)), "item " + i);
    }
  }
}

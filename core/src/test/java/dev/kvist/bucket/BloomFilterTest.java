package dev.kvist.bucket;

import static dev.kvist.Kvist.utf8;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Bloom filter on a store that does what it is told. */
final class BloomFilterTest {
  private static final byte[] KEY = utf8("key");

  private final FakeConnection connection = new FakeConnection();
  private final List<BloomFilter> opened = new ArrayList<>();
  private final CapturedLog log = new CapturedLog();

  @AfterEach
  void close() {
    opened.forEach(BloomFilter::close);
    log.close();
  }

  private BloomFilter open(FakeConnection over, long capacity, double errorRate) {
    BloomFilter filter = BloomFilter.open(over, capacity, errorRate);
    opened.add(filter);
    return filter;
  }

  @Test
  void whatWasAddedIsThere() {
    BloomFilter filter = open(connection, 1000, 0.001);
    assertFalse(filter.exists("seen", KEY));
    assertFalse(filter.checkThenAdd("seen", KEY));
    assertTrue(filter.checkThenAdd("seen", KEY));
    assertTrue(filter.exists("seen", KEY));
    filter.add("seen", KEY);
    assertEquals(1, filter.count());
  }

  @Test
  void bucketsAndKeysNeverMeet() {
    BloomFilter filter = open(connection, 1000, 1e-9);
    filter.add("a", utf8("bc"));
    for (String[] other : new String[][] {{"ab", "c"}, {"a", "b"}, {"b", "bc"}, {"a", "bd"}}) {
      assertFalse(filter.exists(other[0], utf8(other[1])), other[0] + "/" + other[1]);
    }
  }

  @Test
  void anOpenAndReadsWriteNothing() {
    BloomFilter filter = open(connection, 1000, 0.01);
    assertFalse(filter.exists("seen", KEY));
    filter.close();
    assertFalse(connection.buckets().hasNext());
  }

  @Test
  void addOfWhatIsThereWritesNothing() {
    BloomFilter filter = open(connection, 1000, 0.01);
    filter.add("seen", KEY);
    int writes = connection.writes;
    filter.add("seen", KEY);
    assertTrue(filter.checkThenAdd("seen", KEY));
    assertEquals(writes, connection.writes);
  }

  @Test
  void deleteIsUnsupportedAndNamesTheExactFilter() {
    BloomFilter filter = open(connection, 1000, 0.01);
    filter.add("seen", KEY);
    var refused = assertThrows(KvException.Unsupported.class, () -> filter.delete("seen", KEY));
    assertTrue(String.valueOf(refused.getMessage()).contains("the exact filter, Filter.of"));
    assertTrue(filter.exists("seen", KEY));
    assertThrows(IllegalArgumentException.class, () -> filter.delete("a,b", KEY));
  }

  @Test
  void illegalBucketsAndEmptyKeysAreRefused() {
    BloomFilter filter = open(connection, 1000, 0.01);
    for (String bucket : new String[] {"", "../x", "a,b", "-a"}) {
      assertThrows(IllegalArgumentException.class, () -> filter.exists(bucket, KEY));
      assertThrows(IllegalArgumentException.class, () -> filter.add(bucket, KEY));
    }
    assertThrows(IllegalArgumentException.class, () -> filter.checkThenAdd("a", new byte[0]));
  }

  /** Sizes as in the formula's usual tables: 9.6 bits an item and 7 hashes for one in a hundred. */
  @ParameterizedTest
  @CsvSource({"1000000, 0.01, 9.585, 7", "1000000, 0.001, 14.378, 10", "100000, 0.5, 1.4427, 1"})
  void sizesAreThoseOfTheFormula(long capacity, double errorRate, double bits, int hashes) {
    var shape = new BloomShape(capacity, errorRate, 1, 2, 1024, 16384);
    assertEquals(bits, (double) shape.bits() / capacity, 0.001);
    assertEquals(hashes, shape.hashes());
  }

  @ParameterizedTest
  @CsvSource({"20000, 0.01", "20000, 0.001", "2000, 0.1"})
  void theErrorRateIsTheOneThatWasAskedFor(int capacity, double errorRate) {
    BloomFilter filter = open(connection, capacity, errorRate);
    for (int i = 0; i < capacity; i++) {
      filter.add("seen", utf8("item " + i));
    }
    int wrong = 0;
    int absent = 1_000_000;
    for (int i = 0; i < absent; i++) {
      wrong += filter.exists("seen", utf8("other " + i)) ? 1 : 0;
    }
    double measured = (double) wrong / absent;
    assertEquals(errorRate, measured, errorRate / 4, "measured");
    assertEquals(measured, filter.estimatedErrorRate(), errorRate / 4, "estimated");
    assertEquals(capacity, (double) filter.count(), capacity * errorRate);
    assertEquals(List.of(), log.take());
  }

  @Test
  void passingTheCapacityIsSaidOnce() {
    BloomFilter filter = open(connection, 100, 0.001);
    int added = 0;
    while (filter.count() < 100 && added < 5_000) {
      filter.add("seen", utf8("item " + added++));
    }
    assertEquals(List.of(), log.take());
    while (filter.count() < 300 && added < 5_000) {
      filter.add("seen", utf8("item " + added++));
    }
    List<String> lines = log.take();
    assertEquals(1, lines.size(), lines.toString());
    assertTrue(
        lines.getFirst().startsWith("WARNING the Bloom filter in bucket _bloom holds 101 items")
            && lines.getFirst().contains("made for 100")
            && lines.getFirst().contains("filter_capacity"),
        lines.getFirst());
    assertTrue(filter.estimatedErrorRate() > 0.01, "" + filter.estimatedErrorRate());
    filter.close();
    open(connection, 100, 0.001);
    assertEquals(1, log.take().size(), "and again at open");
  }

  @Test
  void otherParametersAreRefusedAndSayWhatToDo() {
    open(connection, 1000, 0.01).add("seen", KEY);
    FakeConnection later = connection.again();
    for (double[] other : new double[][] {{2000, 0.01}, {1000, 0.02}}) {
      var refused =
          assertThrows(
              IllegalArgumentException.class, () -> open(later, (long) other[0], other[1]));
      String message = String.valueOf(refused.getMessage());
      assertTrue(
          message.contains("made for 1000 items with an error rate of 0.01")
              && message.contains("filter_capacity 1000 and filter_error_rate 0.01")
              && message.contains("drop the bucket _bloom"),
          message);
    }
    assertTrue(open(later, 1000, 0.01).exists("seen", KEY), "nothing was changed");
  }

  @Test
  void whatCannotBeAFilterIsRefused() {
    for (double[] shape :
        new double[][] {{0, 0.01}, {1, 0}, {1, 1}, {1, Double.NaN}, {1e15, 0.1}}) {
      assertThrows(
          IllegalArgumentException.class, () -> open(connection, (long) shape[0], shape[1]));
    }
    var racy = new FakeConnection(Capability.SCAN);
    assertThrows(KvException.Unsupported.class, () -> open(racy, 1000, 0.01));
  }

  @Test
  void aConnectionHasOneOpenFilter() {
    BloomFilter filter = open(connection, 1000, 0.01);
    assertThrows(KvException.AlreadyOwned.class, () -> open(connection, 1000, 0.01));
    filter.close();
    filter.close();
    assertThrows(KvException.Closed.class, () -> filter.exists("seen", KEY));
    assertThrows(KvException.Closed.class, () -> filter.add("seen", KEY));
    open(connection, 1000, 0.01);
  }

  @Test
  void ofTwoProcessesOneIsToldAndNothingIsLost() {
    BloomFilter one = open(connection, 1000, 0.001);
    BloomFilter two = open(connection.again(), 1000, 0.001);
    one.add("seen", utf8("first"));
    assertThrows(KvException.AlreadyOwned.class, () -> two.add("seen", utf8("refused")));
    assertThrows(KvException.AlreadyOwned.class, () -> two.add("seen", utf8("for good")));
    BloomFilter three = open(connection.again(), 1000, 0.001);
    three.add("seen", utf8("second"));
    assertThrows(KvException.AlreadyOwned.class, () -> one.add("seen", utf8("refused")));
    one.close();
    BloomFilter last = open(connection.again(), 1000, 0.001);
    assertTrue(last.exists("seen", utf8("first")));
    assertTrue(last.exists("seen", utf8("second")));
  }

  @Test
  void aFailedWriteIsNoMember() {
    BloomFilter filter = open(connection, 1000, 0.001);
    var full = new KvException.StoreFull("the volume", 1, "free some", null);
    connection.onWrite =
        () -> {
          throw full;
        };
    assertSame(full, assertThrows(KvException.StoreFull.class, () -> filter.add("seen", KEY)));
    assertFalse(filter.exists("seen", KEY));
    connection.heal();
    assertFalse(filter.checkThenAdd("seen", KEY));
    assertTrue(open(connection.again(), 1000, 0.001).exists("seen", KEY));
  }

  @Test
  void aWriteThatHappenedUnseenTakesItsSlotAndNoOther() {
    BloomFilter filter = open(connection, 1000, 0.001);
    filter.add("seen", utf8("before"));
    connection.afterWrite =
        () -> {
          throw new KvException.Timeout(Effect.UNKNOWN, "the put", null);
        };
    assertThrows(KvException.Timeout.class, () -> filter.add("seen", utf8("unseen")));
    connection.heal();
    filter.add("seen", utf8("after"));
    assertEquals(3, filter.count());
    BloomFilter later = open(connection.again(), 1000, 0.001);
    for (String item : new String[] {"before", "unseen", "after"}) {
      assertTrue(filter.exists("seen", utf8(item)), item);
      assertTrue(later.exists("seen", utf8(item)), item);
    }
  }

  /** A slot is not used again before its item is in a segment. */
  @Test
  void withoutRoomForSegmentsItEndsBeforeAnItemIsLost() {
    var filter = BloomFilter.open(connection, 1000, 0.001, 4, 64);
    connection.full = key -> key[0] == 's';
    int added = 0;
    for (; added < 8; added++) {
      filter.add("seen", utf8("item " + added));
    }
    assertThrows(KvException.StoreFull.class, () -> filter.add("seen", utf8("item 8")));
    assertThrows(KvException.StoreFull.class, () -> filter.add("seen", utf8("item 9")));
    assertAllOf(connection.again(), 8);
    connection.heal();
    for (; added < 30; added++) {
      assertFalse(filter.checkThenAdd("seen", utf8("item " + added)));
    }
    assertAllOf(connection.again(), 30);
  }

  private static void assertAllOf(FakeConnection connection, int items) {
    var filter = BloomFilter.open(connection, 1000, 0.001, 4, 64);
    for (int i = 0; i < items; i++) {
      assertTrue(filter.exists("seen", utf8("item " + i)), "item " + i);
    }
  }

  @Test
  void theBucketIsNobodyElses() {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> BucketStore.of(connection).addValue("_bloom", KEY, KEY));
    assertTrue(String.valueOf(refused.getMessage()).contains("belongs to the filters"));
  }
}

package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.PutOptions;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.bucket.BucketStore;
import dev.kvist.bucket.Filter;
import dev.kvist.bucket.Lz4Pair;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** K12: the bucket view, and the LZ4 pairs in it. */
public interface BucketViewContract extends BackendUnderTest {
  /** Six literals, a match of 19 that overlaps itself, and five literals: five times a word. */
  private static byte[] goldenPair() {
    return HexFormat.of().parseHex("1e000000" + "6f6b7669737420060000" + "507669737420");
  }

  private static BucketStore view(Place place) {
    return BucketStore.of(place.connection());
  }

  @Test
  default void theViewReadsWhatItStored(Place place) {
    BucketStore view = view(place);
    String bucket = place.bucket("");
    byte[] key = utf8("k");
    assertNull(view.getValue(bucket, key));
    assertNull(view.getCompressedValue(bucket, key));
    assertFalse(view.existsKey(bucket, key));
    view.deleteKey(bucket, key);
    view.addValue(bucket, key, utf8("1"));
    view.addValue(bucket, key, utf8("2"));
    view.addValue(place.bucket("other"), key, utf8("3"));
    assertArrayEquals(utf8("2"), view.getValue(bucket, key));
    assertArrayEquals(utf8("3"), view.getValue(place.bucket("other"), key));
    assertTrue(view.existsKey(bucket, key));
    assertArrayEquals(utf8("2"), place.reader().get(key), "it is the bucket of the connection");
    view.addValue(bucket, key, new byte[0]);
    assertArrayEquals(new byte[0], view.getValue(bucket, key), "an empty value is a value");
    view.deleteKey(bucket, key);
    view.deleteKey(bucket, key);
    assertNull(view.getValue(bucket, key));
    assertNull(view.getCompressedValue(bucket, key));
    assertFalse(view.existsKey(bucket, key));
    assertTrue(view.existsKey(place.bucket("other"), key));
  }

  @Test
  default void aCompressedValueIsAPair(Place place) {
    BucketStore view = view(place);
    String bucket = place.bucket("");
    var random = new Random(1);
    for (int size : new int[] {0, 1, 12, 13, 64, 5_000, 70_000, 300_000}) {
      for (boolean noise : new boolean[] {true, false}) {
        byte[] value = new byte[size];
        if (noise) {
          random.nextBytes(value);
        }
        if (size + size / 255 + 20 > place.capabilities().maxValueSize()) {
          continue;
        }
        byte[] key = utf8("k" + size + noise);
        view.addValueCompress(bucket, key, value);
        assertArrayEquals(value, view.getCompressedValue(bucket, key));
        byte[] pair = Changes.present(view.getValue(bucket, key), "the pair");
        assertEquals(size, ByteBuffer.wrap(pair).order(ByteOrder.LITTLE_ENDIAN).getInt());
        assertArrayEquals(value, Lz4Pair.decode(pair, size));
        assertTrue(pair.length <= size + size / 255 + 20);
        assertTrue(noise || size < 64 || pair.length < size / 2 + 8, "zeros become short");
        assertTrue(Changes.present(place.reader().entry(key), "the entry").compressed());
      }
    }
  }

  @Test
  default void aPairOfAnotherWriterIsRead(Place place) {
    byte[] key = utf8("k");
    place.writer().put(key, goldenPair(), PutOptions.DEFAULT.withCompressed());
    BucketStore view = view(place);
    assertEquals(
        "kvist kvist kvist kvist kvist ",
        utf8(Changes.present(view.getCompressedValue(place.bucket(""), key), "the value")));
    assertArrayEquals(goldenPair(), view.getValue(place.bucket(""), key));
  }

  @Test
  default void aDamagedPairIsCorruptedAndNeverAnswered(Place place) {
    BucketStore view = view(place);
    byte[] key = utf8("k");
    byte[] inflated = goldenPair();
    inflated[3] = 0x7D;
    byte[] longer = goldenPair();
    longer[0]++;
    byte[] cut = Arrays.copyOf(goldenPair(), 9);
    for (byte[] damaged : new byte[][] {inflated, longer, cut, {1, 0}, {}}) {
      place.writer().put(key, damaged, PutOptions.DEFAULT.withCompressed());
      assertThrows(
          KvException.Corrupted.class, () -> view.getCompressedValue(place.bucket(""), key));
      assertArrayEquals(damaged, view.getValue(place.bucket(""), key), "the raw bytes can be had");
    }
  }

  @Test
  default void theFlagOfTheRecordDecides(Place place) {
    BucketStore view = view(place);
    String bucket = place.bucket("");
    byte[] key = utf8("k");
    Executable compressed = () -> view.getCompressedValue(bucket, key);
    view.addValue(bucket, key, goldenPair());
    assertThrows(IllegalArgumentException.class, compressed, "a value that just looks like a pair");
    view.addValueCompress(bucket, key, utf8("v"));
    assertArrayEquals(utf8("v"), view.getCompressedValue(bucket, key));
    view.addValue(bucket, key, utf8("w"));
    assertThrows(IllegalArgumentException.class, compressed);
    assertArrayEquals(utf8("w"), view.getValue(bucket, key));
    assertFalse(Changes.present(place.reader().entry(key), "the entry").compressed());
  }

  @Test
  default void theFlagGoesWhereTheValueGoes(Place place) {
    KvStore store = place.store();
    BucketStore view = view(place);
    byte[] pair = goldenPair();
    byte[] value = Changes.present(decoded(pair), "the value");
    PutOptions flag = PutOptions.DEFAULT.withCompressed();
    store.writer().put(utf8("put"), pair, flag);
    if (place.has(Capability.BATCH)) {
      store.batch().apply(new WriteBatch().put(utf8("batch"), pair, flag));
      assertArrayEquals(value, view.getCompressedValue(store.bucket(), utf8("batch")));
    }
    if (place.has(Capability.TTL)) {
      store.writer().put(utf8("ttl"), pair, flag.withTtl(Duration.ofHours(1)));
      assertArrayEquals(value, view.getCompressedValue(store.bucket(), utf8("ttl")));
      store.ttl().touch(utf8("ttl"), Duration.ofHours(2));
      assertArrayEquals(value, view.getCompressedValue(store.bucket(), utf8("ttl")), "touched");
    }
    if (place.has(Capability.SCAN)) {
      assertTrue(store.reader().scan(dev.kvist.KeyRange.all()).toList().getFirst().compressed());
    }
    if (place.has(Capability.WATCH)) {
      Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
      var told = (dev.kvist.KvUpdate.Put) watched.next();
      assertTrue(told.entry().compressed());
      assertArrayEquals(pair, told.value());
    }
    if (place.has(Capability.MAINTENANCE)) {
      place.connection().maintenance().compact();
      assertArrayEquals(value, view.getCompressedValue(store.bucket(), utf8("put")), "compacted");
    }
    if (persistent()) {
      place.reopen();
      assertArrayEquals(value, view(place).getCompressedValue(store.bucket(), utf8("put")));
    }
  }

  private static byte[] decoded(byte[] pair) {
    return Lz4Pair.decode(pair, 100);
  }

  @Test
  default void theViewRefusesWhatTheStoreRefuses(Place place) {
    BucketStore view = view(place);
    byte[] key = utf8("k");
    long limit = place.capabilities().maxValueSize();
    if (limit < 100 << 20) {
      byte[] large = new byte[(int) limit + 1];
      assertThrows(KvException.TooLarge.class, () -> view.addValue(place.bucket(""), key, large));
      assertThrows(
          KvException.TooLarge.class, () -> view.addValueCompress(place.bucket(""), key, large));
      assertFalse(view.existsKey(place.bucket(""), key));
    }
    byte[] tooLong = new byte[place.capabilities().maxKeySize() + 1];
    for (byte[] bad : new byte[][] {{}, tooLong}) {
      assertThrows(RuntimeException.class, () -> view.addValueCompress(place.bucket(""), bad, key));
    }
    for (String bucket : new String[] {"", "-a", "a b", "a/b", "x".repeat(65), Filter.BUCKET}) {
      assertThrows(IllegalArgumentException.class, () -> view.addValue(bucket, key, key));
      assertThrows(IllegalArgumentException.class, () -> view.getValue(bucket, key));
    }
  }

  @Test
  default void closingAViewClosesNothingElse(Place place) {
    BucketStore view = view(place);
    BucketStore other = view(place);
    byte[] key = utf8("k");
    view.open();
    view.addValue(place.bucket(""), key, key);
    view.close();
    view.close();
    assertThrows(KvException.Closed.class, () -> view.getValue(place.bucket(""), key));
    assertArrayEquals(key, other.getValue(place.bucket(""), key));
    assertArrayEquals(key, place.reader().get(key));
    view.open();
    assertArrayEquals(key, view.getValue(place.bucket(""), key));
    place.connection().close();
    assertThrows(KvException.Closed.class, () -> view.getValue(place.bucket(""), key));
    assertThrows(KvException.Closed.class, view::open);
    if (persistent()) {
      place.reopen();
      assertArrayEquals(key, place.reader().get(key), "closing the connection kept it");
    }
  }
}

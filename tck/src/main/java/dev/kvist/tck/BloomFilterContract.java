package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.bucket.BloomFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The Bloom filter over a backend: it never takes an item for absent that was acknowledged. */
public interface BloomFilterContract extends BackendUnderTest {
  /** So many that none of these tests meets a false answer in a lifetime. */
  private static BloomFilter open(Place place) {
    return BloomFilter.open(place.connection(), 100_000, 1e-9);
  }

  /** Runs a test on the connection's only Bloom filter, made new and removed where that can be. */
  private static void onEmpty(Place place, Waiting.Work test) {
    if (place.lacks(Capability.CAS, () -> open(place))) {
      return;
    }
    drop(place);
    try {
      test.run();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    } finally {
      drop(place);
    }
  }

  private static void drop(Place place) {
    if (place.has(Capability.DROP)) {
      place.connection().drop(BloomFilter.BUCKET);
    }
  }

  @Test
  default void theBloomFilterKnowsWhatWasAdded(Place place) {
    onEmpty(
        place,
        () -> {
          String bucket = place.bucket("");
          byte[] key = utf8("k");
          try (BloomFilter filter = open(place)) {
            assertFalse(filter.exists(bucket, key));
            assertFalse(filter.checkThenAdd(bucket, key));
            assertTrue(filter.checkThenAdd(bucket, key));
            assertTrue(filter.exists(bucket, key));
            assertFalse(filter.exists(place.bucket("other"), key), "buckets are apart");
            assertNull(place.reader().get(key), "and from values");
            assertThrows(KvException.Unsupported.class, () -> filter.delete(bucket, key));
            assertThrows(
                KvException.AlreadyOwned.class, () -> open(place), "a connection has one open");
            assertEquals(1, filter.count());
          }
          try (BloomFilter filter = open(place)) {
            assertTrue(filter.exists(bucket, key));
            assertFalse(filter.exists(place.bucket("other"), key));
          }
          assertThrows(
              IllegalArgumentException.class,
              () -> BloomFilter.open(place.connection(), 100_000, 0.01));
        });
  }

  @Test
  default void theBloomFilterIsThereAgain(Place place) {
    onEmpty(
        place,
        () -> {
          String bucket = place.bucket("");
          // Over a thousand of them are written in another way than the newest.
          int items = place.rounds(2_500);
          int added = 0;
          for (int open = 0; open < 3; open++) {
            BloomFilter filter = open(place);
            for (int i = 0; i < added; i++) {
              assertTrue(filter.exists(bucket, utf8("item " + i)), "item " + i + " is lost");
            }
            assertEquals(added, filter.count());
            for (int i = 0; i < items; i++) {
              assertFalse(filter.checkThenAdd(bucket, utf8("item " + added++)));
            }
            // A filter that is not closed has lost nothing.
            if (open % 2 == 0 || !persistent()) {
              filter.close();
            }
            if (persistent()) {
              place.reopen();
            }
          }
        });
  }

  @Test
  default void damagedBitsOfTheBloomFilterAreRebuilt(Place place) {
    onEmpty(
        place,
        () -> {
          if (!place.has(Capability.SCAN)) {
            return;
          }
          String bucket = place.bucket("");
          int items = place.rounds(2_500);
          try (BloomFilter filter = open(place)) {
            for (int i = 0; i < items; i++) {
              filter.add(bucket, utf8("item " + i));
            }
          }
          KvStore store = place.connection().store(BloomFilter.BUCKET);
          List<byte[]> chunks = new ArrayList<>();
          for (byte[] key : store.reader().keys(KeyRange.prefix(utf8("c")))) {
            chunks.add(key);
          }
          assertTrue(chunks.size() > 1, "chunks of bits");
          var random = new Random(1);
          for (byte[] key : chunks) {
            byte[] value = Changes.present(store.reader().get(key), "a chunk");
            value[random.nextInt(value.length)] ^= 1;
            store.writer().put(key, value);
          }
          try (BloomFilter filter = open(place)) {
            for (int i = 0; i < items; i++) {
              assertTrue(filter.exists(bucket, utf8("item " + i)), "item " + i + " is lost");
              assertFalse(filter.exists(bucket, utf8("absent " + i)), "it tells the others");
            }
          }
        });
  }

  @Test
  default void callsOnAnItemOfTheBloomFilterAreLinearizable(Place place) {
    onEmpty(
        place,
        () -> {
          try (BloomFilter filter = open(place)) {
            FilterCalls.areLinearizable(place, filter, false);
          }
        });
  }

  @Test
  default void ofManyCallersOneAddsToTheBloomFilter(Place place) {
    onEmpty(
        place,
        () -> {
          try (BloomFilter filter = open(place)) {
            FilterCalls.addOnce(place, filter);
          }
        });
  }

  @Test
  default void virtualThreadsAddToTheBloomFilter(Place place) {
    onEmpty(
        place,
        () -> {
          String bucket = place.bucket("");
          int each = place.rounds(50);
          try (BloomFilter filter = open(place)) {
            List<Future<?>> threads = new ArrayList<>();
            for (int thread = 0; thread < 64; thread++) {
              String name = thread + "/";
              threads.add(
                  Waiting.start(
                      Thread.ofVirtual(),
                      () -> {
                        for (int i = 0; i < each; i++) {
                          filter.add(bucket, utf8(name + i));
                        }
                      }));
            }
            Waiting.all(place.patience(), threads);
            assertEquals(64L * each, filter.count());
          }
          try (BloomFilter filter = open(place)) {
            for (int thread = 0; thread < 64; thread++) {
              for (int i = 0; i < each; i++) {
                assertTrue(filter.exists(bucket, utf8(thread + "/" + i)), thread + "/" + i);
              }
            }
          }
        });
  }
}

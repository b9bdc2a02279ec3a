package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvist.Connection;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.WriteBatch;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches that need a segment of their own size, and those that no segment can hold. */
final class LargeBatchTest {
  private static final int VALUE_BYTES = 1_000_000;

  @TempDir Path temporary;

  private static WriteBatch batch(int operations) {
    byte[] value = new byte[VALUE_BYTES];
    new Random(1).nextBytes(value);
    WriteBatch batch = new WriteBatch();
    for (int i = 0; i < operations; i++) {
      batch.put(utf8("k" + i), value);
    }
    return batch;
  }

  @Test
  void aBatchIsAsLargeAsPositionsReach() {
    int operations = (int) (Ops.MAX_BATCH_BYTES / (VALUE_BYTES + 48));
    try (Connection connection = Kvist.open("simple:" + temporary.resolve("data"))) {
      KvStore store = connection.store("b");
      store.batch().apply(batch(operations));
      byte[] first = store.reader().get(utf8("k0"));
      assertArrayEquals(first, store.reader().get(utf8("k" + (operations - 1))));
      assertEquals(VALUE_BYTES, first == null ? -1 : first.length);
      KvException refused =
          assertThrows(
              KvException.TooLarge.class, () -> store.batch().apply(batch(operations + 1)));
      assertEquals(KvException.Effect.NONE, refused.effect());
      assertNull(store.reader().get(utf8("k" + operations)));
    }
    try (Connection connection = Kvist.open("simple:" + temporary.resolve("data"))) {
      assertEquals(
          VALUE_BYTES,
          java.util.Objects.requireNonNull(
                  connection.store("b").reader().get(utf8("k" + (operations - 1))))
              .length);
    }
  }

  /** The smallest segments are soon as many as there can be. */
  @Test
  void aStoreOfTooManySegmentsIsFull() {
    String uri = "simple:" + temporary.resolve("data") + "?segment_size=16KiB&retention_bytes=0";
    byte[] value = new byte[15_000];
    new Random(1).nextBytes(value);
    try (Connection connection = Kvist.open(uri)) {
      KvStore store = connection.store("b");
      int stored = 0;
      KvException.StoreFull full = null;
      while (full == null) {
        try {
          store.writer().put(utf8("k" + stored), value);
          stored++;
        } catch (KvException.StoreFull e) {
          full = e;
        }
      }
      assertEquals("the number of segments", full.what());
      assertArrayEquals(value, store.reader().get(utf8("k" + (stored - 1))));
      assertNull(store.reader().get(utf8("k" + stored)));
    }
  }
}

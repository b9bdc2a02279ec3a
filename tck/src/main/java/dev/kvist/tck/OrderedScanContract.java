package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KeyRange;
import dev.kvist.KvScan;
import dev.kvist.KvStore;
import dev.kvist.ScanPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** K2: scans in unsigned byte order, with bounds, in both directions. */
public interface OrderedScanContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(
        Capability.ORDERED_SCAN, () -> place.reader().scan(KeyRange.all().reversed()));
  }

  /** Scans a range, resuming with a new scan after every {@code page} elements. */
  private static List<Bytes> keys(KvStore store, KeyRange range, int page) {
    var keys = new ArrayList<Bytes>();
    ScanPosition position = null;
    while (true) {
      int before = keys.size();
      long left = range.limit() - before;
      if (left == 0) {
        return keys;
      }
      try (KvScan<byte[]> scan =
          store.reader().keys(range.after(position).limit(Math.min(left, page)))) {
        scan.forEach(key -> keys.add(Bytes.of(key)));
        assertTrue(keys.size() < 10_000, "a resumed scan that goes in circles");
        if (keys.size() == before) {
          return keys;
        }
        position = scan.position();
      }
    }
  }

  @Test
  default void keysComeInUnsignedByteOrder(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    var model = new ModelStore();
    for (byte[] key :
        new byte[][] {
          {(byte) 0xFF},
          {0},
          {0x7F},
          {(byte) 0x80},
          {0, 0},
          {(byte) 0xFF, (byte) 0xFF},
          {(byte) 0x80, 0},
          {'a'},
          {'a', 'a'},
          {'b'},
          {(byte) 0xFF, 0},
          {0, 1},
          {1}
        }) {
      model.put(store.bucket(), key, key, store.writer().put(key, key));
    }
    List<Bytes> ascending = model.keys(store.bucket(), KeyRange.all());
    assertEquals(ascending, keys(store, KeyRange.all(), 1_000));
    assertEquals(ascending.reversed(), keys(store, KeyRange.all().reversed(), 1_000));
    assertEquals(ascending.reversed(), keys(store, KeyRange.all().reversed(), 1));
    assertEquals(
        ascending,
        store.reader().scan(KeyRange.all()).toList().stream()
            .map(entry -> Bytes.of(entry.key()))
            .toList());
  }

  @Test
  default void anyRangeGivesWhatTheModelGives(Place place) {
    if (absent(place)) {
      return;
    }
    Seeded.rounds(
        place.rounds(12),
        random -> {
          KvStore store = place.store("r" + random.nextInt(Integer.MAX_VALUE));
          var model = new ModelStore();
          int letters = random.nextInt(2, 7);
          int size = random.nextInt(300);
          for (int i = 0; i < size; i++) {
            byte[] key = Seeded.bytes(random, 1, 6, letters);
            if (random.nextInt(5) == 0) {
              assertEquals(model.delete(store.bucket(), key), store.writer().delete(key));
            } else {
              model.put(store.bucket(), key, key, store.writer().put(key, key));
            }
          }
          for (int i = 0; i < 100; i++) {
            KeyRange range = range(random, letters);
            List<Bytes> expected = model.keys(store.bucket(), range);
            assertEquals(expected, keys(store, range, Integer.MAX_VALUE));
            assertEquals(expected, keys(store, range, random.nextInt(1, 20)), "resumed");
            assertEquals(
                expected,
                store.reader().scan(range).toList().stream()
                    .map(entry -> Bytes.of(entry.key()))
                    .toList());
          }
        });
  }

  private static KeyRange range(Random random, int letters) {
    KeyRange range = KeyRange.all();
    if (random.nextInt(3) == 0) {
      range = KeyRange.prefix(Seeded.bytes(random, 0, 3, letters));
    }
    if (random.nextBoolean()) {
      range = range.from(Seeded.bytes(random, 0, 5, letters));
    }
    if (random.nextBoolean()) {
      range = range.to(Seeded.bytes(random, 0, 5, letters));
    }
    if (random.nextBoolean()) {
      range = range.reversed();
    }
    return random.nextInt(3) == 0 ? range.limit(random.nextInt(1, 40)) : range;
  }

  @Test
  default void aPositionOutlivesItsKey(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    for (String key : List.of("a", "b", "c", "d", "e")) {
      store.writer().put(utf8(key), utf8("v"));
    }
    for (boolean reversed : new boolean[] {false, true}) {
      KeyRange range = reversed ? KeyRange.all().reversed() : KeyRange.all();
      KvScan<byte[]> scan = store.reader().keys(range.limit(3));
      assertEquals(3, scan.toList().size());
      ScanPosition behindC = scan.position();
      store.writer().delete(utf8("c"));
      List<Bytes> rest =
          reversed ? List.of(Bytes.of("b"), Bytes.of("a")) : List.of(Bytes.of("d"), Bytes.of("e"));
      assertEquals(
          rest,
          store.reader().keys(range.after(behindC)).toList().stream().map(Bytes::of).toList());
      store.writer().put(utf8("c"), utf8("v"));
      assertEquals(
          rest,
          store.reader().keys(range.after(behindC)).toList().stream().map(Bytes::of).toList());
    }
  }
}

package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvReader;
import dev.kvist.KvScan;
import dev.kvist.KvStore;
import dev.kvist.ScanPosition;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * K2: scans that every backend with {@link Capability#SCAN} has; {@link OrderedScanContract} adds
 * order and bounds.
 */
public interface ScanContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(Capability.SCAN, () -> place.reader().scan(KeyRange.all()))
        && place.lacks(Capability.SCAN, () -> place.reader().keys(KeyRange.all()));
  }

  private static List<Bytes> keys(KvReader reader, KeyRange range) {
    var keys = new ArrayList<Bytes>();
    try (KvScan<byte[]> scan = reader.keys(range)) {
      scan.forEach(key -> keys.add(Bytes.of(key)));
    }
    return keys;
  }

  /** Puts keys k000 to k(count-1), with values v000 and on, and returns them. */
  private static Set<Bytes> fill(KvStore store, int count) {
    var keys = new TreeSet<Bytes>();
    for (int i = 0; i < count; i++) {
      String number = String.format("%05d", i);
      store.writer().put(utf8("k" + number), utf8("v" + number));
      keys.add(Bytes.of("k" + number));
    }
    return keys;
  }

  @Test
  default void aScanReturnsEveryLiveKeyOnce(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    assertEquals(
        List.of(), keys(store.reader(), KeyRange.all()), "a missing bucket reads as empty");
    Set<Bytes> expected = fill(store, 1_000);
    place.store("other").writer().put(utf8("k"), utf8("of another bucket"));
    store.writer().put(utf8("k00003"), utf8("again"));
    store.writer().delete(utf8("k00004"));
    expected.remove(Bytes.of("k00004"));
    List<Bytes> keys = keys(store.reader(), KeyRange.all());
    assertEquals(expected.size(), keys.size(), "each just once");
    assertEquals(expected, new TreeSet<>(keys));
    List<KvEntry> entries = store.reader().scan(KeyRange.all()).toList();
    assertEquals(expected.size(), entries.size());
    for (KvEntry entry : entries) {
      assertEquals(store.reader().entry(entry.key()), entry, "a scan's entry is the read's");
      assertTrue(entry.live());
    }
    expected.forEach(key -> store.writer().delete(key.array()));
    assertEquals(List.of(), keys(store.reader(), KeyRange.all()), "markers are not keys");
  }

  @Test
  default void aPrefixSelectsByBytes(Place place) {
    if (absent(place)) {
      return;
    }
    Seeded.rounds(
        place.rounds(10),
        random -> {
          KvStore store = place.store("p" + random.nextInt(Integer.MAX_VALUE));
          var model = new ModelStore();
          for (int i = 0; i < 200; i++) {
            byte[] key = Seeded.bytes(random, 1, 5, 4);
            model.put(store.bucket(), key, key, store.writer().put(key, key));
          }
          for (int i = 0; i < 60; i++) {
            KeyRange range = KeyRange.prefix(Seeded.bytes(random, 0, 4, 4));
            List<Bytes> found = keys(store.reader(), range);
            assertEquals(model.keys(store.bucket(), range), found.stream().sorted().toList());
            assertEquals(found.size(), store.reader().scan(range).toList().size());
          }
        });
  }

  @Test
  default void aScanIsResumableFromEveryPosition(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    Set<Bytes> expected = fill(store, 100);
    KeyRange range = KeyRange.prefix(utf8("k"));
    for (int first = 0; first <= 100; first += 7) {
      try (KvScan<byte[]> scan = store.reader().keys(range)) {
        assertNull(scan.position(), "no position before the first element");
        var seen = new ArrayList<Bytes>();
        Iterator<byte[]> elements = scan.iterator();
        for (int i = 0; i < first; i++) {
          seen.add(Bytes.of(elements.next()));
        }
        // hasNext may fetch a page, but must not move the position past what was handed out.
        assertEquals(first < 100, elements.hasNext());
        ScanPosition position = scan.position();
        ScanPosition read = position == null ? null : ScanPosition.parse(position.toString());
        assertEquals(position, read);
        seen.addAll(keys(store.reader(), range.after(read)));
        assertEquals(100, seen.size(), "each once, resumed after " + first);
        assertEquals(expected, new TreeSet<>(seen));
      }
    }
  }

  @Test
  default void pagesByLimitCoverEverything(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    Set<Bytes> expected = fill(store, 100);
    assertThrows(IllegalArgumentException.class, () -> KeyRange.all().limit(0));
    for (int limit : new int[] {1, 7, 100, 101}) {
      var seen = new ArrayList<Bytes>();
      ScanPosition position = null;
      while (true) {
        try (KvScan<KvEntry> page =
            store.reader().scan(KeyRange.all().limit(limit).after(position))) {
          int before = seen.size();
          page.forEach(entry -> seen.add(Bytes.of(entry.key())));
          assertTrue(seen.size() - before <= limit, "no more than " + limit);
          assertTrue(seen.size() <= 10_000, "pages that go in circles");
          if (seen.size() == before) {
            break;
          }
          position = page.position();
        }
      }
      assertEquals(100, seen.size(), "each once in pages of " + limit);
      assertEquals(expected, new TreeSet<>(seen));
    }
  }

  @Test
  default void anIteratorBehaves(Place place) {
    if (absent(place)) {
      return;
    }
    fill(place.store(), 3);
    KvScan<byte[]> scan = place.reader().keys(KeyRange.all());
    Iterator<byte[]> elements = scan.iterator();
    assertThrows(IllegalStateException.class, scan::iterator, "one pass only");
    for (int i = 0; i < 3; i++) {
      for (int again = 0; again < 3; again++) {
        assertTrue(elements.hasNext(), "asking changes nothing");
      }
      elements.next();
    }
    assertFalse(elements.hasNext());
    assertFalse(elements.hasNext());
    assertThrows(NoSuchElementException.class, elements::next);
    scan.close();
    scan.close();
    Iterator<byte[]> unasked = place.reader().keys(KeyRange.all()).iterator();
    for (int i = 0; i < 3; i++) {
      unasked.next();
    }
    assertThrows(NoSuchElementException.class, unasked::next, "next works without hasNext");
  }

  @Test
  default void scansThatAreForgottenCostNothing(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    fill(store, 50);
    for (int i = 0; i < place.rounds(2_000); i++) {
      store.reader().keys(KeyRange.all()).iterator().next();
    }
    assertEquals(50, keys(store.reader(), KeyRange.all()).size());
  }

  @Test
  default void keysThatStayAreSeenWhileOthersComeAndGo(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    Set<Bytes> stable = fill(store, 500);
    var stop = new AtomicBoolean();
    var writer =
        Waiting.start(
            Thread.ofPlatform().daemon(),
            () -> {
              for (int i = 0; !stop.get(); i = (i + 1) % 500) {
                byte[] passing = utf8(String.format("k%05d-", i));
                store.writer().put(passing, utf8("passing"));
                store.writer().put(utf8(String.format("k%05d", i)), utf8("overwritten"));
                store.writer().delete(passing);
              }
            });
    try {
      for (int round = 0; round < place.rounds(40); round++) {
        var seen = new ArrayList<>(keys(store.reader(), KeyRange.all()));
        seen.removeIf(key -> !stable.contains(key));
        assertEquals(stable, new TreeSet<>(seen), "every key that lived throughout");
        if (place.isNative(Capability.ORDERED_SCAN)) {
          assertEquals(stable.size(), seen.size(), "an ordered scan repeats none");
        }
      }
    } finally {
      stop.set(true);
    }
    Waiting.result(place.patience(), writer);
  }

  @Test
  default void whatNeedsOrderIsRefusedWithoutIt(Place place) {
    KvReader reader = place.reader();
    if (absent(place) || place.has(Capability.ORDERED_SCAN)) {
      return;
    }
    for (KeyRange range :
        List.of(
            KeyRange.all().from(utf8("a")),
            KeyRange.all().to(utf8("b")),
            KeyRange.all().reversed())) {
      place.lacks(Capability.ORDERED_SCAN, () -> reader.keys(range));
      place.lacks(Capability.ORDERED_SCAN, () -> reader.scan(range));
      assertThrows(KvException.Unsupported.class, () -> reader.scan(range.limit(1)));
    }
  }
}

package dev.kvist.spi;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A scan by pages of three keys, of which each second one is live, of k10 to k29. */
final class PagedScanTest {
  private boolean isOpen = true;

  /** How many keys can be read before one cannot. */
  private int intact = Integer.MAX_VALUE;

  private final class Keys implements PagedScan.Pages<byte[]> {
    @Override
    public void checkOpen() {
      if (!isOpen) {
        throw new KvException.Closed("the store");
      }
    }

    @Override
    public boolean read(ScanBounds bounds, long most, Deque<byte[]> page) {
      byte[] last = {};
      int read = 0;
      for (int i = 10; i < 30 && read < 3; i++) {
        byte[] key = utf8("k" + i);
        boolean isBefore = java.util.Arrays.compareUnsigned(key, bounds.low()) <= 0;
        if (isBefore || bounds.isBehind(key)) {
          continue;
        }
        if (intact-- == 0) {
          throw new KvException.IoFailed(Effect.NONE, "cannot be read", null);
        }
        read++;
        last = key;
        if (i % 2 == 0) {
          page.addLast(key.clone());
        }
      }
      if (read > 0) {
        bounds.moveBehind(last);
      }
      return read == 3;
    }
  }

  private PagedScan<byte[]> scan(KeyRange range) {
    return new PagedScan<>(range, new Keys(), key -> key);
  }

  private static List<String> left(Iterator<byte[]> elements) {
    var left = new ArrayList<String>();
    elements.forEachRemaining(key -> left.add(utf8(key)));
    return left;
  }

  @Test
  void handsOutWhatIsLiveUpToTheLimit() {
    var all = List.of("k10", "k12", "k14", "k16", "k18", "k20", "k22", "k24", "k26", "k28");
    assertEquals(all, left(scan(KeyRange.all()).iterator()));
    assertEquals(all.subList(0, 4), left(scan(KeyRange.all().limit(4)).iterator()));
    assertEquals(List.of(), left(scan(KeyRange.prefix(utf8("l"))).iterator()));
  }

  @Test
  void itsPositionIsBehindWhatWasHandedOut() {
    try (PagedScan<byte[]> scan = scan(KeyRange.all())) {
      assertNull(scan.position());
      Iterator<byte[]> elements = scan.iterator();
      for (int i = 0; i < 3; i++) {
        // The array is the caller's.
        elements.next()[0] = 'x';
      }
      var rest = scan(KeyRange.all().after(Objects.requireNonNull(scan.position())));
      assertEquals(List.of("k16", "k18", "k20"), left(rest.iterator()).subList(0, 3));
      assertThrows(IllegalStateException.class, scan::iterator);
    }
  }

  /** Else what was read of the page before the error would come twice, or never. */
  @Test
  void aPageThatFailedIsReadAgain() {
    Iterator<byte[]> elements = scan(KeyRange.all()).iterator();
    assertEquals("k10", utf8(elements.next()));
    intact = 4;
    var seen = new ArrayList<String>();
    assertThrows(
        KvException.IoFailed.class, () -> elements.forEachRemaining(key -> seen.add(utf8(key))));
    intact = Integer.MAX_VALUE;
    seen.addAll(left(elements));
    assertEquals(List.of("k12", "k14", "k16", "k18", "k20", "k22", "k24", "k26", "k28"), seen);
  }

  @Test
  void nothingComesAfterTheClose() {
    PagedScan<byte[]> scan = scan(KeyRange.all());
    Iterator<byte[]> elements = scan.iterator();
    elements.next();
    scan.close();
    assertFalse(elements.hasNext());
    assertThrows(NoSuchElementException.class, elements::next);
    isOpen = false;
    assertThrows(KvException.Closed.class, elements::hasNext);
  }
}

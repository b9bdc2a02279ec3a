package dev.kvist.simple;

import static dev.kvist.simple.IndexLayout.LINES;
import static dev.kvist.simple.IndexLayout.LINE_WORDS;
import static dev.kvist.simple.IndexLayout.PAGE_WORDS;

import java.util.Arrays;

/**
 * The entries of a page that is being made, laid out on the heap first. Memory of the one writer,
 * used again and again.
 */
final class PageDraft {
  private final long[] words = new long[PAGE_WORDS];
  private final byte[] used = new byte[LINES];

  void clear() {
    Arrays.fill(words, IndexSlot.EMPTY);
    Arrays.fill(used, (byte) 0);
    used[0] = 1;
  }

  /** Gives an entry the first place that it can have; false when there is none. */
  boolean add(int home, int tag, long position) {
    for (int displacement = 0; displacement <= IndexSlot.MAX_DISPLACEMENT; displacement++) {
      int line = (home + displacement) & (LINES - 1);
      if (used[line] < LINE_WORDS) {
        words[(line * LINE_WORDS) + used[line]++] = IndexSlot.entry(position, displacement, tag);
        return true;
      }
    }
    return false;
  }

  void writeTo(IndexPages pages, int page, long pageHeader) {
    pages.write(page, pageHeader, words);
  }
}

package dev.kvist.simple;

import static dev.kvist.simple.IndexLayout.LINES;
import static dev.kvist.simple.IndexLayout.MAX_DEPTH;
import static dev.kvist.simple.IndexLayout.PAGE_WORDS;

import java.io.IOException;

/**
 * Makes room in pages of the index that got crowded. The one writer uses it.
 *
 * <p>The order of the stores is what makes a kill harmless: a page that takes over is whole before
 * its header makes it valid, and valid before the old page is not. Nothing else changes in between,
 * so that both say the same while both are valid. All that can fail for want of room comes first.
 */
final class PageSplitter {
  /**
   * A page with at least so many tombstones is made anew; with fewer that would be done too often.
   */
  private static final int MANY_TOMBSTONES = 64;

  private final IndexPages pages;
  private final IndexDirectory directory;
  private final int mark;
  private final PageDraft low = new PageDraft();
  private final PageDraft high = new PageDraft();
  private final long[] slots = new long[PAGE_WORDS];

  PageSplitter(IndexPages pages, IndexDirectory directory, int mark) {
    this.pages = pages;
    this.directory = directory;
    this.mark = mark;
  }

  /**
   * Copies the page that a hash belongs to: into one without its tombstones when there are many,
   * else into two.
   *
   * @throws IOException when there is no room; nothing has changed then
   */
  void relieve(int leaf, long hash) throws IOException {
    int page = IndexDirectory.page(leaf);
    int depth = IndexDirectory.depth(leaf);
    int prefix = (int) (hash >>> (Long.SIZE - depth));
    pages.read(page, slots);
    int tombstones = 0;
    for (int word = 1; word < PAGE_WORDS; word++) {
      tombstones += slots[word] == IndexSlot.TOMBSTONE ? 1 : 0;
    }
    if (tombstones >= MANY_TOMBSTONES && draftWhole()) {
      makeAnew(depth, prefix);
    } else {
      split(depth, prefix);
    }
    directory.newVersion();
    pages.store(page, 0, 0);
    pages.give(page);
  }

  private void makeAnew(int depth, int prefix) throws IOException {
    int page = pages.take();
    low.writeTo(pages, page, IndexLayout.pageHeader(depth, prefix, mark));
    directory.put(prefix, depth, page);
  }

  private void split(int depth, int prefix) throws IOException {
    if (depth == MAX_DEPTH || !draftHalves()) {
      throw new IOException("the index has no room: too many keys, or too many with the same hash");
    }
    directory.deepen(depth + 1);
    int[] taken = pages.take(2);
    int lowPage = taken[0];
    int highPage = taken[1];
    int lowPrefix = prefix << 1;
    int highPrefix = lowPrefix | 1;
    low.writeTo(pages, lowPage, IndexLayout.pageHeader(depth + 1, lowPrefix, mark));
    high.writeTo(pages, highPage, IndexLayout.pageHeader(depth + 1, highPrefix, mark));
    directory.put(lowPrefix, depth + 1, lowPage);
    directory.put(highPrefix, depth + 1, highPage);
  }

  /**
   * Replaces an empty page by empty ones of a greater depth; does nothing when there is an entry in
   * it. Unlike a split it is not harmless to be killed in: for an index that is not yet to be
   * believed.
   *
   * @throws IOException when there is no room; nothing has changed then
   */
  void spread(int leaf, long hash, int depth) throws IOException {
    int page = IndexDirectory.page(leaf);
    pages.read(page, slots);
    for (int word = 1; word < PAGE_WORDS; word++) {
      if (slots[word] != IndexSlot.EMPTY) {
        return;
      }
    }
    int bits = depth - IndexDirectory.depth(leaf);
    int[] taken = pages.take(1 << bits);
    int prefix = (int) (hash >>> (Long.SIZE - IndexDirectory.depth(leaf))) << bits;
    directory.deepen(depth);
    low.clear();
    for (int i = 0; i < taken.length; i++) {
      low.writeTo(pages, taken[i], IndexLayout.pageHeader(depth, prefix + i, mark));
      directory.put(prefix + i, depth, taken[i]);
    }
    directory.newVersion();
    pages.store(page, 0, 0);
    pages.give(page);
  }

  private boolean draftWhole() {
    low.clear();
    boolean placed = true;
    for (int word = 1; word < PAGE_WORDS && placed; word++) {
      long slot = slots[word];
      if (IndexSlot.isEntry(slot)) {
        placed = low.add(home(slot, word), IndexSlot.tag(slot), IndexSlot.position(slot));
      }
    }
    return placed;
  }

  private boolean draftHalves() {
    low.clear();
    high.clear();
    boolean placed = true;
    for (int word = 1; word < PAGE_WORDS && placed; word++) {
      long slot = slots[word];
      if (IndexSlot.isEntry(slot)) {
        int home = home(slot, word);
        int tag = IndexSlot.tag(slot);
        int newHome = ((home << 1) & (LINES - 1)) | IndexSlot.firstBit(tag);
        PageDraft half = home < LINES / 2 ? low : high;
        placed = half.add(newHome, IndexSlot.withoutFirstBit(tag), IndexSlot.position(slot));
      }
    }
    return placed;
  }

  private static int home(long slot, int word) {
    return ((word / IndexLayout.LINE_WORDS) - IndexSlot.displacement(slot)) & (LINES - 1);
  }
}

package dev.kvist.simple;

import static dev.kvist.simple.IndexLayout.LINES;
import static dev.kvist.simple.IndexLayout.LINE_WORDS;
import static dev.kvist.simple.IndexLayout.MAX_DEPTH;
import static dev.kvist.simple.IndexLayout.PAGE_WORDS;

import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * Puts many entries into an index that is built anew, page by page: a page is copied to the heap,
 * gets its entries there, and is written whole. That takes a fraction of the time of storing each
 * entry where readers may be, when the hashes come in the order of pages.
 *
 * <p>To be killed in it leaves an index that must not be believed. The one writer uses it, and
 * changes nothing in another way before {@link #flush}.
 */
final class PageFiller {
  private static final int NO_LEAF = 0;

  private final HashIndex index;
  private final IndexPages pages;
  private final IndexDirectory directory;
  private final PageSplitter splitter;
  private final LongConsumer added;
  private final long[] words = new long[PAGE_WORDS];
  private int leaf = NO_LEAF;
  private int entries;

  /**
   * @param added is told how many entries the index has got
   */
  PageFiller(
      HashIndex index,
      IndexPages pages,
      IndexDirectory directory,
      PageSplitter splitter,
      LongConsumer added) {
    this.index = index;
    this.pages = pages;
    this.directory = directory;
    this.splitter = splitter;
    this.added = added;
  }

  /** How many first bits of a hash tell its page, at most. */
  int depth() {
    return directory.depth();
  }

  /**
   * Makes an empty page into pages of a depth; one that is as deep, or holds anything, stays as it
   * is.
   *
   * @param hash one of the page
   * @throws IOException when there is no room for them; the index is unchanged
   */
  void spread(long hash, int depth) throws IOException {
    flush();
    int found = directory.find(hash);
    if (IndexDirectory.depth(found) < depth) {
      splitter.spread(found, hash, Math.min(depth, MAX_DEPTH));
    }
  }

  /** As {@link HashIndex#put}, which does it where this page has no room left. */
  long put(long hash, int bucket, byte[] key, long position, Records records) throws IOException {
    int wanted = directory.find(hash);
    if (wanted != leaf) {
      flush();
      leaf = wanted;
      pages.read(IndexDirectory.page(leaf), words);
    }
    int depth = IndexDirectory.depth(leaf);
    int tag = IndexSlot.tag(hash, depth);
    int home = IndexSlot.home(hash, depth);
    for (int displacement = 0; displacement <= HashIndex.CROWDED_DISPLACEMENT; displacement++) {
      int line = (home + displacement) & (LINES - 1);
      for (int i = line == 0 ? 1 : 0; i < LINE_WORDS; i++) {
        int word = (line * LINE_WORDS) + i;
        long slot = words[word];
        if (slot == IndexSlot.EMPTY) {
          words[word] = IndexSlot.entry(position, displacement, tag);
          entries++;
          return HashIndex.NONE;
        }
        if (IndexSlot.mayBe(slot, displacement, tag)
            && records.matches(IndexSlot.position(slot), bucket, key)) {
          words[word] = IndexSlot.entry(position, displacement, tag);
          return IndexSlot.position(slot);
        }
      }
    }
    flush();
    return index.put(hash, bucket, key, position, records);
  }

  /** Writes what is not in the index yet. */
  void flush() {
    if (leaf != NO_LEAF) {
      pages.write(IndexDirectory.page(leaf), words[0], words);
      added.accept(entries);
      leaf = NO_LEAF;
      entries = 0;
    }
  }
}

package dev.kvist.simple;

import static dev.kvist.simple.IndexLayout.LINES;
import static dev.kvist.simple.IndexLayout.LINE_WORDS;
import static dev.kvist.simple.IndexLayout.MAX_DEPTH;
import static dev.kvist.simple.IndexLayout.MIN_DEPTH;
import static dev.kvist.simple.IndexLayout.PAGE_WORDS;

import dev.kvist.spi.LogFile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds out from the pages of an index what is in it, and whether that can be; stores nothing.
 *
 * <p>A writer that died while it copied a page leaves, beside the page, one of two halves (which is
 * dropped), both halves, or the whole copy (for which the page is dropped). More than one such page
 * was never left by anybody.
 */
final class IndexRecovery {
  private final IndexPages pages;
  private final int mark;

  /** Valid pages by depth and prefix; see {@link #name}. */
  private final Map<Integer, Integer> pageByName = new HashMap<>();

  private int[] leftOver = new int[0];

  IndexRecovery(IndexPages pages, int mark) {
    this.pages = pages;
    this.mark = mark;
  }

  static void checkSizes(List<LogFile> chunks) throws IndexUnusable {
    if (chunks.isEmpty()) {
      throw new IndexUnusable("there is none");
    }
    for (LogFile chunk : chunks) {
      if (chunk.memory().byteSize() != IndexLayout.CHUNK_BYTES) {
        throw new IndexUnusable(
            "%s has %d bytes".formatted(chunk.name(), chunk.memory().byteSize()));
      }
    }
  }

  /** Reads all page headers; pages without one become free. */
  IndexDirectory directory() throws IndexUnusable {
    for (int page = pages.pageCount() - 1; page > 0; page--) {
      long pageHeader = pages.load(page, 0);
      if (pageHeader == 0) {
        pages.give(page);
      } else if (!IndexLayout.isPageHeader(pageHeader, mark)) {
        throw new IndexUnusable("page %d has a damaged header".formatted(page));
      } else {
        add(page, name(IndexLayout.depth(pageHeader), IndexLayout.prefix(pageHeader)));
      }
    }
    dropUnfinished();
    IndexDirectory directory = new IndexDirectory(MIN_DEPTH);
    long covered = 0;
    for (Map.Entry<Integer, Integer> entry : pageByName.entrySet()) {
      int depth = depth(entry.getKey());
      int prefix = entry.getKey() - (1 << depth);
      covered += 1L << (MAX_DEPTH - depth);
      directory.deepen(depth);
      directory.put(prefix, depth, entry.getValue());
    }
    // Pages do not overlap, so that they cover everything when their shares add up to it.
    if (covered != 1L << MAX_DEPTH) {
      throw new IndexUnusable("pages are missing");
    }
    return directory;
  }

  int[] leftOver() {
    return leftOver;
  }

  /**
   * One number for depth and prefix: the prefix after a leading 1, so that half of it names the
   * page before a split.
   */
  private static int name(int depth, int prefix) {
    return (1 << depth) | prefix;
  }

  private static int depth(int name) {
    return 31 - Integer.numberOfLeadingZeros(name);
  }

  private void add(int page, int name) throws IndexUnusable {
    Integer same = pageByName.putIfAbsent(name, page);
    if (same != null) {
      leave(page);
    }
  }

  private void dropUnfinished() throws IndexUnusable {
    for (int name : pageByName.keySet().stream().mapToInt(Integer::intValue).toArray()) {
      int whole = name >> 1;
      Integer wholePage = pageByName.get(whole);
      if (wholePage != null) {
        boolean finished = pageByName.containsKey(name ^ 1);
        leave(finished ? wholePage : pageByName.getOrDefault(name, 0));
        pageByName.remove(finished ? whole : name);
      }
    }
    for (int name : pageByName.keySet()) {
      for (int above = name >> 1; above >= 1 << MIN_DEPTH; above >>= 1) {
        if (pageByName.containsKey(above)) {
          throw new IndexUnusable("pages overlap");
        }
      }
    }
  }

  private void leave(int page) throws IndexUnusable {
    if (leftOver.length > 0) {
      throw new IndexUnusable("pages overlap");
    }
    leftOver = new int[] {page};
  }

  /** Checks every slot of every page in use, and returns how many entries there are. */
  long checkEntries(Reach reach) throws IndexUnusable {
    long[] slots = new long[PAGE_WORDS];
    long entries = 0;
    for (Map.Entry<Integer, Integer> entry : pageByName.entrySet()) {
      int page = entry.getValue();
      pages.read(page, slots);
      entries += checkPage(page, depth(entry.getKey()), slots, reach);
    }
    return entries;
  }

  /** The same for an index whose checksum held, so that slots need no check of their own. */
  long follow(Reach reach, long expected) throws IndexUnusable {
    long[] slots = new long[PAGE_WORDS];
    long entries = 0;
    for (int page : pageByName.values()) {
      pages.read(page, slots);
      for (int word = 1; word < PAGE_WORDS; word++) {
        if (IndexSlot.isEntry(slots[word])) {
          reach.add(slots[word]);
          entries++;
        }
      }
    }
    if (leftOver.length > 0 || entries != expected) {
      throw new IndexUnusable("it was closed in a state that no close leaves");
    }
    return entries;
  }

  private static int checkPage(int page, int depth, long[] slots, Reach reach)
      throws IndexUnusable {
    long fullLines = 0;
    for (int line = 0; line < LINES; line++) {
      fullLines |= slots[(line * LINE_WORDS) + LINE_WORDS - 1] == IndexSlot.EMPTY ? 0 : 1L << line;
    }
    int entries = 0;
    for (int word = 1; word < PAGE_WORDS; word++) {
      long slot = slots[word];
      if (slot != IndexSlot.EMPTY) {
        if (!IndexSlot.isValid(slot) || !isPossible(slots, word, depth, fullLines)) {
          throw new IndexUnusable("slot %d of page %d is damaged".formatted(word, page));
        }
        if (slot != IndexSlot.TOMBSTONE) {
          entries++;
          reach.add(slot);
        }
      }
    }
    return entries;
  }

  /**
   * Whether the writer could have stored this slot here: a lookup meets no empty slot before it.
   */
  private static boolean isPossible(long[] slots, int word, int depth, long fullLines) {
    long slot = slots[word];
    if (word % LINE_WORDS != 0 && slots[word - 1] == IndexSlot.EMPTY) {
      return false;
    }
    if (slot == IndexSlot.TOMBSTONE) {
      return true;
    }
    // A tag's leading 1 stands at least where it came to stand by a split at every depth.
    if (IndexSlot.tag(slot) < 1 << (IndexSlot.TAG_BITS - (depth - MIN_DEPTH))) {
      return false;
    }
    int displacement = IndexSlot.displacement(slot);
    if (displacement == 0) {
      return true;
    }
    long passed = Long.rotateLeft((1L << displacement) - 1, (word / LINE_WORDS) - displacement);
    return displacement <= IndexSlot.MAX_DISPLACEMENT && (fullLines & passed) == passed;
  }
}

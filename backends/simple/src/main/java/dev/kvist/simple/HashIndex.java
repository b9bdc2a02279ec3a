package dev.kvist.simple;

import static dev.kvist.simple.IndexLayout.LINES;
import static dev.kvist.simple.IndexLayout.LINE_WORDS;
import static dev.kvist.simple.IndexLayout.MAX_DEPTH;
import static dev.kvist.simple.IndexLayout.MIN_DEPTH;
import static dev.kvist.simple.IndexLayout.PAGE_WORDS;
import static dev.kvist.simple.IndexLayout.WORD;

import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the newest record of a key: from the 64-bit hash of a key to a position in the log.
 *
 * <p>An extendible hash table in mapped files. The first bits of a hash choose a page of 511 slots
 * by {@link IndexDirectory}, the next six a line of 8 slots in it, one cache line; an entry that
 * finds its line full goes to one of the next. A page that gets crowded is copied into two, each of
 * which takes half of its hashes, so that the table grows by a page at a time and never stops to be
 * rebuilt. Keys are in the log only, see {@link Records}.
 *
 * <p><b>Threads.</b> One writer at a time, which the caller sees to; any number of readers,
 * lock-free. An entry never moves within its page. A page that was copied stays as it was until the
 * directory has a new version, and a reader that found nothing looks again when the version changed
 * meanwhile; so it misses no entry that was there throughout.
 *
 * <p><b>Dying.</b> Each change is one store of 8 bytes, but for the copying of pages; there the
 * header of a page makes it valid, and the old one is valid until both new ones are. What {@link
 * IndexRecovery} then finds is the state before or after the change, wherever between two stores
 * the process died. A loss of power is another matter: the index is believed after it just when it
 * was closed cleanly.
 *
 * <p>A page that the operating system cannot provide raises {@link InternalError} from any method;
 * after one from a writer's, nothing may be changed any more.
 *
 * <p>Positions are byte positions: multiples of 8 from 0 to below {@link IndexSlot#POSITION_LIMIT}.
 */
final class HashIndex {
  static final long NONE = -1;

  /** Where {@link #forEachFrom} is through. */
  static final int END = 1 << MAX_DEPTH;

  /**
   * An entry that would go further from its line makes its page split: lookups stay short by it.
   */
  static final int CROWDED_DISPLACEMENT = 4;

  /** Added to the word of a free slot that {@link #place} would rather not use. */
  private static final int CROWDED = PAGE_WORDS;

  private static final int NO_PLACE = Integer.MIN_VALUE;

  private final IndexPages pages;
  private final IndexHeader header;
  private final IndexDirectory directory;
  private final AtomicLong size = new AtomicLong();
  private final PageSplitter splitter;

  /** Page headers that recovery found to be left over; they are cleared before the first change. */
  private int[] leftOver;

  /** Whether {@link #markDirty} was called, without which nothing may change. */
  private boolean dirty;

  /** Whether its last owner closed it cleanly. */
  private boolean wasClean;

  private HashIndex(
      IndexPages pages, IndexHeader header, IndexDirectory directory, int[] leftOver, long size) {
    this.pages = pages;
    this.header = header;
    this.directory = directory;
    this.splitter = new PageSplitter(pages, directory, header.mark());
    this.leftOver = leftOver;
    this.size.setPlain(size);
  }

  /** Makes an empty index, with the seed of {@link KeyHash} and the id of the log's store. */
  static HashIndex create(ChunkSource source, long seed, long storeId) throws IOException {
    IndexPages pages = new IndexPages(List.of(), source);
    IndexDirectory directory = new IndexDirectory(MIN_DEPTH);
    int mark = ThreadLocalRandom.current().nextInt();
    for (int prefix = 0; prefix < 1 << MIN_DEPTH; prefix++) {
      int page = pages.take();
      pages.write(page, IndexLayout.pageHeader(MIN_DEPTH, prefix, mark), new long[PAGE_WORDS]);
      directory.put(prefix, MIN_DEPTH, page);
    }
    IndexHeader header = new IndexHeader(pages);
    header.create(seed, mark, storeId);
    return new HashIndex(pages, header, directory, new int[0], 0);
  }

  /**
   * Opens an index that was closed, or whose process died. Stores nothing.
   *
   * @param chunks the files by number, all that {@code source} ever gave and perhaps one that it
   *     had ready; the index closes them when it is closed, and not when this fails
   * @param bootId see {@link dev.kvist.spi.LogDirectory#bootId}
   * @param identity that of the first chunk, see {@link dev.kvist.spi.LogDirectory#identity}
   * @param storeId that of the log; null when there is no log that tells it
   * @param reach takes in all entries
   * @throws IndexUnusable when it must not be believed
   */
  static HashIndex open(
      List<LogFile> chunks,
      ChunkSource source,
      @Nullable String bootId,
      @Nullable String identity,
      @Nullable Long storeId,
      Reach reach)
      throws IndexUnusable {
    IndexRecovery.checkSizes(chunks);
    IndexPages pages = new IndexPages(chunks, source);
    IndexHeader header = new IndexHeader(pages);
    header.checkFixed(storeId);
    boolean clean = header.checkCondition(bootId, identity);
    IndexRecovery recovery = new IndexRecovery(pages, header.mark());
    IndexDirectory directory = recovery.directory();
    long size = clean ? recovery.follow(reach, header.entries()) : recovery.checkEntries(reach);
    HashIndex index = new HashIndex(pages, header, directory, recovery.leftOver(), size);
    index.wasClean = clean;
    return index;
  }

  /** Whether it was opened from the files of a clean close. */
  boolean wasClean() {
    return wasClean;
  }

  /**
   * Says durably that this index is being changed by this incarnation; comes before the first
   * change after {@link #create} or {@link #open}. With null for either name the index cannot be
   * opened again after a kill.
   */
  void markDirty(@Nullable String bootId, @Nullable String identity) throws IOException {
    header.markDirty(bootId, identity);
    for (int page : leftOver) {
      pages.store(page, 0, 0);
      pages.give(page);
    }
    leftOver = new int[0];
    dirty = true;
  }

  /** The position of the record of a key, or {@link #NONE}. Any thread. */
  long find(long hash, int bucket, byte[] key, Records records) {
    while (true) {
      long before = directory.version();
      long found = findOnce(hash, bucket, key, records);
      if (found != NONE || directory.version() == before) {
        return found;
      }
    }
  }

  /** Whether it points at a position, where a record of this hash is. Any thread. */
  boolean holds(long hash, long position) {
    return find(hash, 0, Op.NOTHING, (at, _, _) -> at == position) != NONE;
  }

  private long findOnce(long hash, int bucket, byte[] key, Records records) {
    int leaf = directory.find(hash);
    int depth = IndexDirectory.depth(leaf);
    int page = IndexDirectory.page(leaf);
    MemorySegment chunk = pages.chunk(page);
    long offset = IndexPages.offset(page);
    int tag = IndexSlot.tag(hash, depth);
    int home = IndexSlot.home(hash, depth);
    for (int displacement = 0; displacement <= IndexSlot.MAX_DISPLACEMENT; displacement++) {
      int line = (home + displacement) & (LINES - 1);
      long at = offset + ((long) line * LINE_WORDS * Long.BYTES);
      for (int i = line == 0 ? 1 : 0; i < LINE_WORDS; i++) {
        long slot = (long) WORD.getAcquire(chunk, at + ((long) i << 3));
        if (slot == IndexSlot.EMPTY) {
          return NONE;
        }
        if (IndexSlot.mayBe(slot, displacement, tag)) {
          long position = IndexSlot.position(slot);
          if (records.matches(position, bucket, key)) {
            return position;
          }
        }
      }
    }
    return NONE;
  }

  /** Reads the slot where {@link #find} looks first, so that it is in the cache. Any thread. */
  long prefetch(long hash) {
    int leaf = directory.find(hash);
    int line = IndexSlot.home(hash, IndexDirectory.depth(leaf));
    return pages.load(IndexDirectory.page(leaf), line * LINE_WORDS);
  }

  /** Where the record of a hash, or of another, is, to read ahead by; or none. Any thread. */
  long guess(long hash) {
    int leaf = directory.find(hash);
    int depth = IndexDirectory.depth(leaf);
    int page = IndexDirectory.page(leaf);
    MemorySegment chunk = pages.chunk(page);
    int tag = IndexSlot.tag(hash, depth);
    int line = IndexSlot.home(hash, depth);
    long at = IndexPages.offset(page) + ((long) line * LINE_WORDS * Long.BYTES);
    for (int i = line == 0 ? 1 : 0; i < LINE_WORDS; i++) {
      long slot = (long) WORD.getAcquire(chunk, at + ((long) i << 3));
      if (slot == IndexSlot.EMPTY) {
        return NONE;
      }
      if (IndexSlot.mayBe(slot, 0, tag)) {
        return IndexSlot.position(slot);
      }
    }
    return NONE;
  }

  /**
   * Sets the position for a key. Writer.
   *
   * @return the position before, or {@link #NONE} when the key is new
   * @throws IOException when there is no room for it; the index is unchanged
   */
  long put(long hash, int bucket, byte[] key, long position, Records records) throws IOException {
    checkPosition(position);
    checkDirty();
    while (true) {
      int leaf = directory.find(hash);
      int place = place(leaf, hash, NONE, bucket, key, records);
      if (place >= ~(CROWDED - 1)) {
        return putAt(place, leaf, hash, position);
      }
      try {
        splitter.relieve(leaf, hash);
      } catch (IOException e) {
        if (place == NO_PLACE) {
          throw e;
        }
        return putAt(place, leaf, hash, position);
      }
    }
  }

  private long putAt(int place, int leaf, long hash, long position) {
    int word = (place < 0 ? ~place : place) & (PAGE_WORDS - 1);
    int page = IndexDirectory.page(leaf);
    int depth = IndexDirectory.depth(leaf);
    long previous = place < 0 ? NONE : IndexSlot.position(pages.load(page, word));
    int displacement = ((word / LINE_WORDS) - IndexSlot.home(hash, depth)) & (LINES - 1);
    pages.store(page, word, IndexSlot.entry(position, displacement, IndexSlot.tag(hash, depth)));
    if (place < 0) {
      add(1);
    }
    return previous;
  }

  private void add(long entries) {
    size.setRelease(size.getPlain() + entries);
  }

  /** What puts many entries into it at once, as long as it has no readers. Writer. */
  PageFiller filler() {
    checkDirty();
    return new PageFiller(this, pages, directory, splitter, this::add);
  }

  /**
   * Sets the new position of a record that moved, when it still is the one; says whether it was.
   * Writer.
   */
  boolean replace(long hash, long oldPosition, long newPosition) {
    checkPosition(newPosition);
    checkDirty();
    int leaf = directory.find(hash);
    int place = place(leaf, hash, oldPosition, 0, null, null);
    if (place >= 0) {
      putAt(place, leaf, hash, newPosition);
    }
    return place >= 0;
  }

  /**
   * Removes the entry with this hash and position, when there is one; says whether there was.
   * Writer.
   */
  boolean remove(long hash, long position) {
    checkDirty();
    int leaf = directory.find(hash);
    int place = place(leaf, hash, position, 0, null, null);
    if (place >= 0) {
      removeAt(IndexDirectory.page(leaf), place);
    }
    return place >= 0;
  }

  /**
   * Removes every entry whose position {@code drop} says true to, and returns how many they were.
   * Writer.
   */
  long removeIf(LongPredicate drop) {
    checkDirty();
    long before = size.getPlain();
    for (int prefix = 0; prefix < END; ) {
      int leaf = directory.find(hashOf(prefix));
      int page = IndexDirectory.page(leaf);
      for (int word = PAGE_WORDS - 1; word > 0; word--) {
        long slot = pages.load(page, word);
        if (IndexSlot.isEntry(slot) && drop.test(IndexSlot.position(slot))) {
          removeAt(page, word);
        }
      }
      prefix += 1 << (MAX_DEPTH - IndexDirectory.depth(leaf));
    }
    return before - size.getPlain();
  }

  private void removeAt(int page, int word) {
    // A line with an empty slot never was full, so that no entry went past it, and the slot may be
    // empty again.
    boolean lastInLine = (word + 1) % LINE_WORDS == 0;
    boolean emptyFollows = !lastInLine && pages.load(page, word + 1) == IndexSlot.EMPTY;
    pages.store(page, word, emptyFollows ? IndexSlot.EMPTY : IndexSlot.TOMBSTONE);
    add(-1);
  }

  /**
   * Looks for an entry as {@link #find} does, by position or else by key.
   *
   * @return the word of its slot in the page; or {@code ~word} of the slot that a new entry would
   *     get; or {@code ~(word + CROWDED)} when that makes lookups long, so that the page is better
   *     relieved first; or {@link #NO_PLACE}
   */
  private int place(
      int leaf,
      long hash,
      long position,
      int bucket,
      byte @Nullable [] key,
      @Nullable Records records) {
    int depth = IndexDirectory.depth(leaf);
    int page = IndexDirectory.page(leaf);
    MemorySegment chunk = pages.chunk(page);
    long offset = IndexPages.offset(page);
    int tag = IndexSlot.tag(hash, depth);
    int home = IndexSlot.home(hash, depth);
    int free = NO_PLACE;
    for (int displacement = 0; displacement <= IndexSlot.MAX_DISPLACEMENT; displacement++) {
      int line = (home + displacement) & (LINES - 1);
      for (int i = line == 0 ? 1 : 0; i < LINE_WORDS; i++) {
        int word = (line * LINE_WORDS) + i;
        long slot = (long) WORD.getAcquire(chunk, offset + ((long) word << 3));
        if (free == NO_PLACE && !IndexSlot.isEntry(slot)) {
          free = ~(displacement <= CROWDED_DISPLACEMENT ? word : word + CROWDED);
        }
        if (slot == IndexSlot.EMPTY) {
          return free;
        }
        if (IndexSlot.mayBe(slot, displacement, tag)
            && isWanted(IndexSlot.position(slot), position, bucket, key, records)) {
          return word;
        }
      }
    }
    // Full lines as far as a lookup goes; a free slot among them is a tombstone.
    return free >= ~(CROWDED - 1) ? free - CROWDED : free;
  }

  private static boolean isWanted(
      long at, long position, int bucket, byte @Nullable [] key, @Nullable Records records) {
    return (records == null || key == null) ? at == position : records.matches(at, bucket, key);
  }

  /** Gives the position of each entry that stays, once, and perhaps of others. Any thread. */
  void forEach(LongConsumer positions) {
    for (int cursor = 0; cursor != END; ) {
      cursor = forEachFrom(cursor, positions);
    }
  }

  /**
   * Does the next part of {@link #forEach}, one page. Any thread.
   *
   * @param cursor 0, or what the call before returned
   * @return the cursor for the next part, or {@link #END}
   */
  int forEachFrom(int cursor, LongConsumer positions) {
    long[] slots = new long[PAGE_WORDS];
    int next = readPage(cursor, slots);
    for (int word = 1; word < PAGE_WORDS; word++) {
      if (IndexSlot.isEntry(slots[word])) {
        positions.accept(IndexSlot.position(slots[word]));
      }
    }
    return next;
  }

  /** Counts the words whose check bits are wrong, in all pages in use. Any thread. */
  long verifySlots() {
    long[] words = new long[PAGE_WORDS];
    long wrong = 0;
    for (int cursor = 0; cursor != END; ) {
      cursor = readPage(cursor, words);
      for (long word : words) {
        wrong += IndexSlot.isValid(word) ? 0 : 1;
      }
    }
    return wrong;
  }

  /**
   * Reads the page for a prefix, as it was at one time but for single changes, and returns where
   * the next begins.
   */
  private int readPage(int cursor, long[] words) {
    int leaf;
    long before;
    do {
      before = directory.version();
      leaf = directory.find(hashOf(cursor));
      pages.read(IndexDirectory.page(leaf), words);
    } while (directory.version() != before);
    // Pages only ever split, so that a prefix at which one page ends stays one at which a page
    // begins.
    return cursor + (1 << (MAX_DEPTH - IndexDirectory.depth(leaf)));
  }

  /** The lowest hash with a prefix of {@link IndexLayout#MAX_DEPTH} bits. */
  private static long hashOf(int prefix) {
    return (long) prefix << (Long.SIZE - MAX_DEPTH);
  }

  /** Number of entries. Any thread. */
  long size() {
    return size.getAcquire();
  }

  /** Size of all chunk files. Any thread. */
  long bytes() {
    return pages.bytes();
  }

  /** The seed that {@link #create} was given. */
  long seed() {
    return header.seed();
  }

  /** The store that {@link #create} was given. */
  long storeId() {
    return header.storeId();
  }

  /**
   * Reads a field that the engine keeps here, 0 at first; sees all that was stored before the field
   * was. Any thread.
   */
  long state(int field) {
    return header.state(field);
  }

  /** Sets a field of the engine, 0 to 2^57 - 1, after all that was stored before. Writer. */
  void state(int field, long value) {
    checkDirty();
    header.state(field, value);
  }

  /**
   * Closes the files. One that was not marked dirty is left in the condition that it was in.
   *
   * @param clean makes all of it durable and says so, in place of {@link #markDirty}; needs that
   *     the log is durable
   */
  void close(boolean clean) throws IOException {
    try {
      if (clean && dirty) {
        header.markClean(size.getPlain());
      }
    } finally {
      dirty = false;
      pages.close();
    }
  }

  private void checkDirty() {
    if (!dirty) {
      throw new IllegalStateException("the index is not marked as being changed");
    }
  }

  private static void checkPosition(long position) {
    if ((position & 7) != 0 || position < 0 || position >= IndexSlot.POSITION_LIMIT) {
      throw new IllegalArgumentException("no position of the index: " + position);
    }
  }
}

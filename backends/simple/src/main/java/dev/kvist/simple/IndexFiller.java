package dev.kvist.simple;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Puts the changes of a whole log into an index that is empty at first.
 *
 * <p>One by one they would each go to another page, and find it in no cache. So they are gathered,
 * a batch at a time, and put in by the first bits of their hashes. The log stays the truth: where
 * the tag of an entry is that of a change, the keys of both records are compared, and the newest
 * record wins by its counter, whatever the order they come in; of equal ones, which are copies, the
 * later.
 */
final class IndexFiller {
  static final int DEFAULT_BATCH_CHANGES = 1 << 20;

  /** Entries that a page gets at first; more of them would soon make it split. */
  private static final int PAGE_ENTRIES = 400;

  /** How many changes are looked at to tell how many keys there are. */
  private static final long SAMPLE = 1 << 14;

  /** Eight times as many, so that few of them meet. */
  private static final int SAMPLE_BITS = 1 << 17;

  /** Few enough to stay in the cache while they are sorted. */
  private static final int SOME = 1 << 13;

  private static final byte[] NO_KEY = {};

  private final Log log;
  private final HashIndex index;
  private final PageFiller pages;
  private final Tally tally;
  private final ChangeMemory memory;
  private final int batchChanges;
  private final List<ChangeBlock> blocks = new ArrayList<>();
  private int gathered;

  /** Some of one prefix, which are put in page by page. */
  private final long[] hashes = new long[SOME];

  private final long[] positions = new long[SOME];
  private final int[] order = new int[SOME];
  private int some;
  private final Records sameKey = this::hasSameKey;

  /** The change that is being put in; what the index gives as a key stands for it. */
  private long position;

  /**
   * @param memory that the changes lie in
   * @param batchChanges how many are gathered at least, before they are put in
   */
  IndexFiller(Log log, HashIndex index, Tally tally, ChangeMemory memory, int batchChanges) {
    this.log = log;
    this.index = index;
    this.pages = index.filler();
    this.tally = tally;
    this.memory = memory;
    this.batchChanges = batchChanges;
  }

  /** Takes over the changes of a pass; later ones than those of the passes before. */
  void add(SegmentPass pass) throws IOException {
    pass.addTo(tally);
    for (ChangeBlock block : pass.blocks()) {
      blocks.add(block);
      gathered += block.count();
    }
    if (gathered >= batchChanges) {
      fill();
    }
  }

  /** Puts in what is gathered, and gives its memory back. */
  void fill() throws IOException {
    if (gathered == 0) {
      return;
    }
    int depth = index.size() == 0 ? depthFor(keys()) : 0;
    for (int prefix = 0; prefix < ChangeBlock.PREFIXES; prefix++) {
      pages.spread(ChangeBlock.firstHash(prefix), depth);
      for (ChangeBlock block : blocks) {
        fillFrom(block, prefix);
      }
      fillSome();
    }
    pages.flush();
    blocks.forEach(block -> block.giveBack(memory));
    blocks.clear();
    gathered = 0;
  }

  private void fillFrom(ChangeBlock block, int prefix) throws IOException {
    int end = block.end(prefix);
    for (int change = block.start(prefix); change < end; change++) {
      hashes[some] = block.hash(change);
      positions[some++] = block.position(change);
      if (some == SOME) {
        fillSome();
      }
    }
  }

  /** Puts in some changes of one prefix, page by page. */
  private void fillSome() throws IOException {
    int bits = Math.max(0, pages.depth() - ChangeBlock.PREFIX_BITS);
    int[] next = new int[(1 << bits) + 1];
    for (int i = 0; i < some; i++) {
      next[pageOf(hashes[i], bits) + 1]++;
    }
    for (int page = 1; page < next.length; page++) {
      next[page] += next[page - 1];
    }
    for (int i = 0; i < some; i++) {
      order[next[pageOf(hashes[i], bits)]++] = i;
    }
    for (int i = 0; i < some; i++) {
      put(hashes[order[i]], positions[order[i]]);
    }
    some = 0;
  }

  /** The page among those of a prefix. */
  private static int pageOf(long hash, int bits) {
    return (int) (hash << ChangeBlock.PREFIX_BITS >>> 1 >>> (Long.SIZE - 1 - bits));
  }

  private void put(long hash, long newer) throws IOException {
    position = newer;
    long found = pages.put(hash, 0, NO_KEY, newer, sameKey);
    if (found == HashIndex.NONE) {
      return;
    }
    long dropped = found;
    if (counter(found) > counter(newer)) {
      position = found;
      pages.put(hash, 0, NO_KEY, found, sameKey);
      dropped = newer;
    }
    tally.count(RecordLayout.lengths(log.at(dropped).memory(), Segment.offset(dropped)), -1);
  }

  /** Whether the record of an entry has the key of the change that is being put in. */
  private boolean hasSameKey(long entry, int bucket, byte[] noKey) {
    MemorySegment memory = log.at(position).memory();
    long offset = Segment.offset(position);
    long lengths = RecordLayout.lengths(memory, offset);
    byte[] key = new byte[RecordLayout.keyLength(lengths)];
    long from = offset + RecordLayout.keyStart(lengths);
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, from, key, 0, key.length);
    return log.matches(entry, RecordLayout.bucket(memory, offset), key);
  }

  private long counter(long position) {
    return RecordLayout.counter(log.at(position).memory(), Segment.offset(position));
  }

  /** How deep pages have to be for so many keys. */
  private static int depthFor(long keys) {
    long pages = (keys + PAGE_ENTRIES - 1) / PAGE_ENTRIES;
    return pages <= 1 ? 0 : Long.SIZE - Long.numberOfLeadingZeros(pages - 1);
  }

  /**
   * About how many keys were gathered: a log of many changes of few keys must not make a large
   * index. Hashes are spread evenly, so that those of some prefixes tell, and how many of so many
   * bits they set.
   */
  private long keys() {
    int prefixes = Math.clamp(SAMPLE * ChangeBlock.PREFIXES / gathered, 1, ChangeBlock.PREFIXES);
    BitSet seen = new BitSet(SAMPLE_BITS);
    for (ChangeBlock block : blocks) {
      for (int change = block.start(0); change < block.end(prefixes - 1); change++) {
        seen.set((int) (block.hash(change) >>> Integer.SIZE) & (SAMPLE_BITS - 1));
      }
    }
    double free = Math.max(1, SAMPLE_BITS - seen.cardinality());
    double keys = SAMPLE_BITS * Math.log(SAMPLE_BITS / free);
    return Math.round(keys * ChangeBlock.PREFIXES / prefixes);
  }
}

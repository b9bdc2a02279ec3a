package dev.kvist.bucket;

import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.Version;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where a Bloom filter writes each new item before it is acknowledged.
 *
 * <p>An item is written into the slot that its sequence has in a ring of two groups; when all items
 * of a group are written, their hashes are folded into a segment, and only then its slots are used
 * again ({@link BloomSequences}). So at every moment each acknowledged item is in a slot or in a
 * segment, wherever the process dies. Only then its bits are set: what {@link BloomBits#contains}
 * is on disk.
 *
 * <p>A slot is written over the version that this open knows it to have. Of two writers of a slot
 * one is refused: a second open of the filter, which learns by it that there is another, or an
 * earlier write of our own of which it was not known whether it happened.
 *
 * <p>Safe for many threads.
 */
final class BloomJournal {
  private static final long NONE = -1;

  private final BloomShape shape;
  private final BloomLayout layout;
  private final BloomBucket bucket;
  private final BloomBits bits;
  private final BloomSequences sequences;

  /** By slot, whose holder alone uses it: the version it has; null when not known, or absent. */
  private final @Nullable Version[] versions;

  private final boolean[] known;

  /** By slot: the sequence that was there at open, so that a later one is seen to be foreign. */
  private final long[] atOpen;

  BloomJournal(BloomShape shape, BloomBucket bucket, BloomBits bits, BloomSequences sequences) {
    this.shape = shape;
    this.layout = new BloomLayout(shape);
    this.bucket = bucket;
    this.bits = bits;
    this.sequences = sequences;
    this.versions = new Version[shape.slots()];
    this.known = new boolean[shape.slots()];
    this.atOpen = new long[shape.slots()];
    Arrays.fill(atOpen, NONE);
  }

  /** A slot was found at open. Before the first {@link #write}. */
  void found(BloomSlot slot) {
    atOpen[slotOf(slot.sequence())] = slot.sequence();
  }

  /**
   * Writes an item and sets its bits; returns when it is as durable as the store makes it.
   *
   * @return how many items this made more: 1, and one for each earlier write that was found to have
   *     happened
   */
  int write(ItemHash item) {
    int added = 0;
    while (true) {
      long sequence = sequences.take(this::fold);
      @Nullable ItemHash written = null;
      try {
        written = put(sequence, item);
      } finally {
        if (written == null) {
          sequences.giveBack(sequence);
        }
      }
      bits.add(written);
      sequences.done(sequence, written);
      added++;
      if (written.equals(item)) {
        return added;
      }
    }
  }

  /** What is in the slot afterwards: the item, or that of an earlier write of ours. */
  private ItemHash put(long sequence, ItemHash item) {
    int slot = slotOf(sequence);
    byte[] key = BloomLayout.slotKey(slot);
    byte[] value = layout.slot(key, new BloomSlot(sequence, bucket.owner(), item));
    if (!known[slot] && !learn(slot, key)) {
      versions[slot] = bucket.put(key, value);
      known[slot] = true;
      return item;
    }
    @Nullable Version version = bucket.putOver(key, value, versions[slot]);
    if (version != null) {
      versions[slot] = version;
      return item;
    }
    @Nullable KvEntry entry = bucket.entry(key);
    @Nullable BloomSlot there = entry == null ? null : layout.readSlot(key, entry.value());
    if (entry == null
        || there == null
        || there.owner() != bucket.owner()
        || there.sequence() != sequence) {
      throw sequences.fail(BloomFilter.ownedElsewhere());
    }
    versions[slot] = entry.version();
    return there.item();
  }

  /** Looks at a slot before its first use. Returns whether it can be read. */
  private boolean learn(int slot, byte[] key) {
    @Nullable KvEntry entry;
    try {
      entry = bucket.entry(key);
    } catch (KvException.Corrupted e) {
      return false; // What was lost with it was settled by the open.
    }
    if (entry != null) {
      @Nullable BloomSlot there = layout.readSlot(key, entry.value());
      if (there != null && there.sequence() != atOpen[slot] && there.owner() != bucket.owner()) {
        throw sequences.fail(BloomFilter.ownedElsewhere());
      }
      // A write of our own that was not known to have happened is left to be found by the put.
      boolean expected = there == null || there.sequence() == atOpen[slot];
      versions[slot] = expected ? entry.version() : null;
    }
    known[slot] = true;
    return true;
  }

  private int slotOf(long sequence) {
    return (int) (sequence % shape.slots());
  }

  /** Writes the segment of a full group. One call at a time. */
  void fold(long segment, long[] hashes) {
    byte[] key = BloomLayout.segmentKey(segment);
    byte[] value = layout.block(key, new BloomBlock(bucket.owner(), 0, hashes));
    if (bucket.putOver(key, value, null) != null) {
      return;
    }
    byte @Nullable [] there = bucket.get(key);
    @Nullable BloomBlock block = there == null ? null : layout.readBlock(key, there);
    if (block == null || block.owner() != bucket.owner()) {
      throw sequences.fail(BloomFilter.ownedElsewhere());
    }
  }
}

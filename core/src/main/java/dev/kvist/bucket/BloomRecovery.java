package dev.kvist.bucket;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts the bits of a stored Bloom filter together: the chunks, the items of the segments that are
 * not in all of the chunks, and the items in the journal.
 *
 * <p>A chunk that cannot be read is one that has no item yet: all segments are read again for it.
 * Where a segment or a slot cannot be read either, the chunks that would need it are set to all
 * ones, so that no item that was added is ever taken for absent.
 */
final class BloomRecovery {
  /** A slot of which nobody knows what was added by it; its bits are no harm. */
  private static final ItemHash UNKNOWN = new ItemHash(0, 0);

  private static final int READ_TOGETHER = 64;
  private static final int SHOWN = 8;

  private final BloomShape shape;
  private final BloomLayout layout;
  private final BloomBucket bucket;
  private final BloomBits bits;
  private final long[] generations;
  private final BitSet damagedChunks = new BitSet();
  private final BitSet filledChunks = new BitSet();
  private final List<Long> lostSegments = new ArrayList<>();
  private final List<Integer> lostSlots = new ArrayList<>();
  private final List<BloomSlot> slots = new ArrayList<>();
  private long items;

  /** Chunks whose generation is below it miss something that is lost. */
  private long lostBelow;

  BloomRecovery(BloomShape shape, BloomBucket bucket, BloomBits bits) {
    this.shape = shape;
    this.layout = new BloomLayout(shape);
    this.bucket = bucket;
    this.bits = bits;
    this.generations = new long[shape.chunks()];
  }

  /** Reads everything; sets the bits. */
  BloomSequences run() {
    readChunks();
    readSlots();
    long folded = readSegments();
    var sequences = new BloomSequences(shape, folded);
    long live = folded * shape.groupSize();
    long next = Math.max(live, Arrays.stream(generations).max().orElse(0));
    // A sequence below a generation must not be used again: chunks say that they have its item.
    var known = new BitSet();
    for (BloomSlot slot : slots) {
      bits.add(slot.item());
      if (slot.sequence() >= live) {
        sequences.done(slot.sequence(), slot.item());
        known.set((int) (slot.sequence() - live));
      }
    }
    for (long sequence = live; sequence < next; sequence++) {
      if (!known.get((int) (sequence - live))) {
        sequences.done(sequence, UNKNOWN);
      }
    }
    sequences.continueAt(Math.max(next, live + known.length()));
    items = sequences.count();
    for (int slot : lostSlots) {
      // The sequence that the slot has in the groups that are not folded.
      long offset = Math.floorMod(slot - live, (long) shape.slots());
      lostBelow = Math.max(lostBelow, live + offset + 1);
    }
    for (int chunk = 0; chunk < generations.length; chunk++) {
      if (generations[chunk] < lostBelow) {
        fill(chunk);
      }
    }
    return sequences;
  }

  /** Nothing that is stored can be used. */
  void fillAll() {
    for (int chunk = 0; chunk < generations.length; chunk++) {
      fill(chunk);
    }
  }

  private void fill(int chunk) {
    bits.fill(chunk);
    filledChunks.set(chunk);
  }

  private void readChunks() {
    for (int from = 0; from < generations.length; from += READ_TOGETHER) {
      List<byte[]> keys = new ArrayList<>();
      for (int i = from; i < Math.min(generations.length, from + READ_TOGETHER); i++) {
        keys.add(BloomLayout.chunkKey(i));
      }
      List<byte @Nullable []> values = bucket.getAll(keys);
      for (int i = 0; i < keys.size(); i++) {
        byte @Nullable [] value = values.get(i);
        if (value != null) {
          readChunk(from + i, layout.readBlock(keys.get(i), value));
        }
      }
    }
  }

  private void readChunk(int chunk, @Nullable BloomBlock block) {
    if (block == null || block.length() != bits.length(chunk)) {
      damagedChunks.set(chunk);
    } else {
      bits.addChunk(chunk, block.words());
      generations[chunk] = block.generation();
    }
  }

  private void readSlots() {
    List<byte[]> keys = new ArrayList<>();
    for (int slot = 0; slot < shape.slots(); slot++) {
      keys.add(BloomLayout.slotKey(slot));
    }
    List<byte @Nullable []> values = bucket.getAll(keys);
    for (int slot = 0; slot < keys.size(); slot++) {
      byte @Nullable [] value = values.get(slot);
      if (value != null) {
        @Nullable BloomSlot found = layout.readSlot(keys.get(slot), value);
        if (found == null || found.sequence() % shape.slots() != slot) {
          lostSlots.add(slot);
        } else {
          slots.add(found);
        }
      }
    }
  }

  /** Returns how many segments there are. */
  private long readSegments() {
    int size = shape.groupSize();
    Map<Long, Long> inSlots =
        slots.stream()
            .collect(Collectors.groupingBy(slot -> slot.sequence() / size, Collectors.counting()));
    // A sequence is given out when the last group but one in front of its own has been folded.
    long least = 0;
    for (long group : inSlots.keySet()) {
      least = Math.max(least, group - 1);
    }
    for (long generation : generations) {
      least = Math.max(least, Math.ceilDiv(generation, size) - 2);
    }
    long first = Math.min(least, Arrays.stream(generations).min().orElse(0) / size);
    for (long from = first; ; from += READ_TOGETHER) {
      List<byte[]> keys = new ArrayList<>();
      for (long segment = from; segment < from + READ_TOGETHER; segment++) {
        keys.add(BloomLayout.segmentKey(segment));
      }
      List<byte @Nullable []> values = bucket.getAll(keys);
      for (int i = 0; i < keys.size(); i++) {
        byte @Nullable [] value = values.get(i);
        long segment = from + i;
        if (value == null && segment >= least) {
          return segment;
        }
        boolean read = value != null && replay(layout.readBlock(keys.get(i), value));
        // Of a group that was folded last, all items may still be in their slots.
        if (!read && inSlots.getOrDefault(segment, 0L) < size) {
          lostSegments.add(segment);
          lostBelow = Math.max(lostBelow, (segment + 1) * size);
        }
      }
    }
  }

  private boolean replay(@Nullable BloomBlock segment) {
    if (segment == null || segment.length() != 2 * shape.groupSize()) {
      return false;
    }
    for (int i = 0; i < shape.groupSize(); i++) {
      bits.add(segment.item(i));
    }
    return true;
  }

  /** The slots that could be read. */
  List<BloomSlot> slots() {
    return slots;
  }

  /** The chunks that are no longer as they are stored. */
  BitSet repaired() {
    BitSet repaired = (BitSet) damagedChunks.clone();
    repaired.or(filledChunks);
    return repaired;
  }

  /** Whether anything could not be read. */
  boolean damaged() {
    return !damagedChunks.isEmpty() || !lostSegments.isEmpty() || !lostSlots.isEmpty();
  }

  /** What was damaged and what was done about it, as a part of a sentence. */
  String report() {
    var text = new StringBuilder();
    BitSet rebuilt = (BitSet) damagedChunks.clone();
    rebuilt.andNot(filledChunks);
    if (!rebuilt.isEmpty()) {
      text.append("rebuilt ").append(some("chunks", rebuilt.stream())).append(" of ");
      text.append(generations.length).append(" from the hashes of ").append(items);
      text.append(" items; ");
    }
    if (!lostSegments.isEmpty()) {
      text.append("could not read ").append(some("segments", lostSegments.stream())).append("; ");
    }
    if (!lostSlots.isEmpty()) {
      text.append("could not read ").append(some("slots", lostSlots.stream())).append("; ");
    }
    if (!filledChunks.isEmpty()) {
      text.append("filled ").append(some("chunks", filledChunks.stream())).append(" of ");
      text.append(generations.length).append(", for which the answer is 'may be there' until the");
      text.append(" bucket ").append(BloomFilter.BUCKET);
      text.append(" is dropped and the items are added again; ");
    }
    return text.append("no item that was added is taken for absent").toString();
  }

  private static String some(String what, IntStream numbers) {
    return some(what, numbers.boxed());
  }

  /** How many of what, and the first of them. */
  private static String some(String what, Stream<? extends Number> numbers) {
    List<? extends Number> all = numbers.toList();
    String first =
        all.stream().limit(SHOWN).map(Number::toString).collect(Collectors.joining(", "));
    return all.size() + " " + what + " (" + first + (all.size() > SHOWN ? ", …)" : ")");
  }
}

package dev.kvist.bucket;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
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
  private static final int READ_TOGETHER = 64;

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

  /** Slots that say that their item is lost. */
  private final List<BloomSlot> marks = new ArrayList<>();

  private final Map<Long, BloomBlock> rebuiltSegments = new TreeMap<>();
  private int newMarks;
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

  /**
   * Reads everything; sets the bits.
   *
   * @param parametersLost whether what is stored is of no use, as its items cannot be told any more
   */
  BloomSequences run(boolean parametersLost) {
    readChunks();
    readSlots();
    long folded = readSegments();
    var sequences = new BloomSequences(shape, folded);
    long live = folded * shape.groupSize();
    var known = new TreeSet<Long>();
    for (BloomSlot slot : slots) {
      bits.add(slot.item());
      if (slot.sequence() >= live) {
        sequences.done(slot.sequence(), slot.item());
        known.add(slot.sequence());
      }
    }
    Set<Long> unknown = unknown(live, known);
    if (parametersLost) {
      unknown.add(live);
    }
    for (long sequence : unknown) {
      sequences.done(sequence, BloomSlot.UNKNOWN);
      losing(sequence);
      if (marks.stream().noneMatch(mark -> mark.sequence() == sequence)) {
        marks.add(new BloomSlot(sequence, bucket.owner(), BloomSlot.UNKNOWN));
        newMarks++;
      }
    }
    known.addAll(unknown);
    sequences.continueAt(known.isEmpty() ? live : known.last() + 1);
    items = sequences.count();
    for (int chunk = 0; chunk < generations.length; chunk++) {
      if (generations[chunk] < lostBelow) {
        bits.fill(chunk);
        filledChunks.set(chunk);
      }
    }
    return sequences;
  }

  /** The sequences behind the segments that may have been given to an item that is lost. */
  private Set<Long> unknown(long live, Set<Long> known) {
    Set<Long> unknown = new TreeSet<>();
    for (BloomSlot mark : marks) {
      if (mark.sequence() >= live) {
        unknown.add(mark.sequence());
      }
    }
    for (int slot : lostSlots) {
      unknown.add(live + Math.floorMod(slot - live, (long) shape.slots()));
    }
    // Chunks say that they have these; the others have to get them from the slots.
    long complete = Arrays.stream(generations).max().orElse(0);
    for (long sequence = live; sequence < complete; sequence++) {
      if (!known.contains(sequence)) {
        unknown.add(sequence);
      }
    }
    return unknown;
  }

  private void losing(long sequence) {
    lostBelow = Math.max(lostBelow, sequence + 1);
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
        } else if (found.unknown()) {
          marks.add(found);
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
        if (value == null || !replay(segment, layout.readBlock(keys.get(i), value))) {
          // Of a group that was folded last, all items may still be in their slots.
          if (inSlots.getOrDefault(segment, 0L) == size) {
            rebuiltSegments.put(segment, fromSlots(segment));
          } else {
            lostSegments.add(segment);
            losing((segment + 1) * size - 1);
          }
        }
      }
    }
  }

  private BloomBlock fromSlots(long segment) {
    long[] hashes = new long[2 * shape.groupSize()];
    for (BloomSlot slot : slots) {
      if (slot.sequence() / shape.groupSize() == segment) {
        int index = (int) (slot.sequence() % shape.groupSize());
        hashes[2 * index] = slot.item().first();
        hashes[2 * index + 1] = slot.item().second();
      }
    }
    return new BloomBlock(bucket.owner(), 0, hashes);
  }

  private boolean replay(long number, @Nullable BloomBlock segment) {
    if (segment == null || segment.length() != 2 * shape.groupSize()) {
      return false;
    }
    for (int i = 0; i < shape.groupSize(); i++) {
      ItemHash item = segment.item(i);
      bits.add(item);
      if (item.equals(BloomSlot.UNKNOWN)) {
        losing(number * shape.groupSize() + i);
      }
    }
    return true;
  }

  /** The slots as they are, or are to be once the marks are written. */
  List<BloomSlot> slots() {
    var all = new ArrayList<>(slots);
    all.addAll(marks);
    return all;
  }

  /**
   * Slots to write over ones whose items are lost. That it is so must be known for ever: the chunks
   * that were filled for it cannot be rebuilt, as items were found in them that were never written.
   */
  List<BloomSlot> marks() {
    return marks.subList(marks.size() - newMarks, marks.size());
  }

  /** Segments to write again. */
  Map<Long, BloomBlock> rebuiltSegments() {
    return rebuiltSegments;
  }

  /** The chunks that are no longer as they are stored. */
  BitSet repaired() {
    BitSet repaired = (BitSet) damagedChunks.clone();
    repaired.or(filledChunks);
    return repaired;
  }

  /** Whether anything could not be read. */
  boolean damaged() {
    return !damagedChunks.isEmpty()
        || !lostSegments.isEmpty()
        || !rebuiltSegments.isEmpty()
        || newMarks > 0;
  }

  /** What was damaged and what was done about it, as a part of a sentence. */
  String report() {
    BitSet rebuilt = (BitSet) damagedChunks.clone();
    rebuilt.andNot(filledChunks);
    return new BloomReport(generations.length, items)
        .rebuiltChunks(rebuilt.stream().boxed().toList())
        .rebuiltSegments(List.copyOf(rebuiltSegments.keySet()))
        .lostSegments(lostSegments)
        .lostItems(marks().stream().map(BloomSlot::sequence).toList())
        .filledChunks(filledChunks.stream().boxed().toList())
        .toString();
  }
}

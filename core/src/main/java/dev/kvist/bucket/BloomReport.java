package dev.kvist.bucket;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What an open found damaged in a Bloom filter and what it did about it, as a part of a sentence.
 */
final class BloomReport {
  private static final int SHOWN = 8;

  private final int chunks;
  private final long items;
  private final StringBuilder text = new StringBuilder();

  /** Of a filter with so many chunks and items. */
  BloomReport(int chunks, long items) {
    this.chunks = chunks;
    this.items = items;
  }

  BloomReport rebuiltChunks(List<Integer> numbers) {
    return add(
        "rebuilt", numbers, "chunks", " of " + chunks + " from the hashes of " + items + " items");
  }

  BloomReport rebuiltSegments(List<Long> numbers) {
    return add("rebuilt", numbers, "segments", "");
  }

  BloomReport lostSegments(List<Long> numbers) {
    return add("could not read", numbers, "segments", "");
  }

  BloomReport lostItems(List<Long> numbers) {
    return add("could not read", numbers, "items", "");
  }

  BloomReport filledChunks(List<Integer> numbers) {
    return add(
        "filled",
        numbers,
        "chunks",
        " of "
            + chunks
            + ", for which the answer is 'may be there' until the bucket "
            + BloomFilter.BUCKET
            + " is dropped and the items are added again");
  }

  /** How many of what, and the first of them. */
  private BloomReport add(String done, List<? extends Number> numbers, String what, String more) {
    if (!numbers.isEmpty()) {
      String first =
          numbers.stream().limit(SHOWN).map(Number::toString).collect(Collectors.joining(", "));
      text.append(done).append(' ').append(numbers.size()).append(' ').append(what);
      text.append(" (").append(first).append(numbers.size() > SHOWN ? ", …)" : ")");
      text.append(more).append("; ");
    }
    return this;
  }

  @Override
  public String toString() {
    return text + "no item that was added is taken for absent";
  }
}

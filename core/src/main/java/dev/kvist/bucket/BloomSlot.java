package dev.kvist.bucket;

/**
 * An entry of a Bloom filter's journal.
 *
 * @param sequence the number of the item among those added, from 0
 * @param owner a random number of the open that wrote it
 * @param item the item
 */
record BloomSlot(long sequence, long owner, ItemHash item) {
  /** Stands for an item that is lost; here and in segments. Its bits are no harm. */
  static final ItemHash UNKNOWN = new ItemHash(0, 0);

  /** Whether the item is lost. */
  boolean unknown() {
    return item.equals(UNKNOWN);
  }
}

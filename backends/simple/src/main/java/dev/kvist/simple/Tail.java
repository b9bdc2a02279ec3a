package dev.kvist.simple;

import java.util.ArrayList;
import java.util.List;

/**
 * What lies behind the last good record of a segment.
 *
 * @param bytes up to the last byte that is not zero
 * @param records how many well-formed records there are
 * @param claimedOffset the highest offset of this segment that one of them says was on the device;
 *     0 for none
 * @param claimedAddress the same as a log address, also in earlier segments; -1 for none
 * @param inventories the offsets of those that are marks with an inventory
 */
record Tail(
    long bytes, long records, long claimedOffset, long claimedAddress, List<Long> inventories) {
  static Tail behind(Segment segment, long offset, Scratch scratch) {
    long end = offset;
    long records = 0;
    long claimedOffset = 0;
    long claimedAddress = -1;
    var inventories = new ArrayList<Long>();
    long capacity = segment.capacity();
    RecordCursor record = new RecordCursor(segment, offset, true, scratch);
    // Records are aligned, so every aligned place is tried.
    long first = Zeros.end(segment.memory(), offset, capacity) - RecordLayout.HEADER_BYTES;
    for (long at = Math.max(offset, first & -RecordLayout.ALIGNMENT);
        at + Long.BYTES <= capacity;
        at += RecordLayout.ALIGNMENT) {
      if (segment.memory().get(RecordLayout.LONG, at) != 0) {
        end = at + Long.BYTES;
      }
      if (at + RecordLayout.HEADER_BYTES > capacity
          || RecordLayout.lengths(segment.memory(), at) == 0) {
        continue;
      }
      record.skipTo(at);
      if (record.next(capacity)) {
        records++;
        int claim = record.claim();
        claimedOffset = Math.max(claimedOffset, RecordLayout.claimed(at, claim));
        claimedAddress =
            Math.max(claimedAddress, RecordLayout.claimed(segment.addressOf(at), claim));
        if (InventoryCheck.isInventory(record)) {
          inventories.add(at);
        }
        end = record.following();
        at = record.following() - RecordLayout.ALIGNMENT;
      }
    }
    return new Tail(end - offset, records, claimedOffset, claimedAddress, inventories);
  }
}

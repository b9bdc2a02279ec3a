package dev.kvist.simple;

import java.util.Arrays;

/** How far into each segment the entries of an index point. For one thread. */
final class Reach {
  static final long NOWHERE = -1;

  private final long[] farthest = new long[Segment.SLOTS];

  Reach() {
    Arrays.fill(farthest, NOWHERE);
  }

  /** Takes in an entry. */
  void add(long slot) {
    long position = IndexSlot.position(slot);
    int segment = Segment.slot(position);
    long offset = Segment.offset(position);
    if (offset > farthest[segment]) {
      farthest[segment] = offset;
    }
  }

  /**
   * The offset of the last record that an entry points at, of the segment in a slot; {@link
   * #NOWHERE} when none does.
   */
  long into(int segmentSlot) {
    return farthest[segmentSlot];
  }
}

package dev.kvist.simple;

/**
 * Where the records of a state segment end that an earlier process wrote; what is behind may be a
 * copy that a kill cut short.
 *
 * @param proven all before this offset was on the device, by what the segment says itself
 * @param end behind the last intact record
 */
record StateEnd(long proven, long end) {
  static StateEnd of(Segment segment) {
    RecordCursor last = lastMark(segment);
    if (last.next(segment.capacity()) && claimsAll(last)) {
      return new StateEnd(last.offset(), last.following());
    }
    long proven = 0;
    RecordCursor record =
        new RecordCursor(segment, SegmentLayout.HEADER_BYTES, false, Scratch.get());
    while (record.next(segment.capacity())) {
      proven = claimsAll(record) ? record.offset() : proven;
    }
    // A header may be whole where the value is not.
    long from = Math.max(proven, SegmentLayout.HEADER_BYTES);
    RecordCursor rest = new RecordCursor(segment, from, true, Scratch.get());
    boolean more = true;
    while (more) {
      more = rest.next(segment.capacity());
    }
    return new StateEnd(proven, rest.offset());
  }

  private static boolean claimsAll(RecordCursor record) {
    return record.type() == RecordLayout.MARK && record.claim() == RecordLayout.claimFor(0);
  }

  /**
   * At what would be the mark of a force, if nothing but zeros is behind it. Its last word that is
   * not zero is the one with the time and the epoch.
   */
  private static RecordCursor lastMark(Segment segment) {
    long at = (segment.capacity() - Long.BYTES) & -RecordLayout.ALIGNMENT;
    while (at > SegmentLayout.HEADER_BYTES && segment.memory().get(RecordLayout.LONG, at) == 0) {
      at -= Long.BYTES;
    }
    long mark = at - RecordLayout.TIME_AT;
    return new RecordCursor(
        segment, Math.max(mark, SegmentLayout.HEADER_BYTES), false, Scratch.get());
  }
}

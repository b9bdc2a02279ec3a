package dev.kvist.simple;

import java.util.concurrent.atomic.LongAdder;

/**
 * What was done with the store since it was opened: exact counts, striped so that threads don't
 * share a line.
 */
final class Traffic {
  final LongAdder gets = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder puts = new LongAdder();
  final LongAdder deletes = new LongAdder();
  final LongAdder batches = new LongAdder();
  final LongAdder conflicts = new LongAdder();
  final LongAdder expired = new LongAdder();
  final LongAdder scanned = new LongAdder();
  final LongAdder bytesAppended = new LongAdder();
  final LongAdder updatesDelivered = new LongAdder();
  final LongAdder compactions = new LongAdder();
  final LongAdder compactedBytes = new LongAdder();
  final LongAdder keptBytes = new LongAdder();
  final LongAdder segmentsMade = new LongAdder();
  final LongAdder segmentsRemoved = new LongAdder();
}

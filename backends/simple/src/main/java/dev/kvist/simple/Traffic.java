package dev.kvist.simple;

import java.util.concurrent.atomic.LongAdder;

/**
 * What happened in the store since it was opened, apart from what its meters count: exact counts,
 * striped so that threads don't share a line.
 */
final class Traffic {
  final LongAdder conflicts = new LongAdder();
  final LongAdder expired = new LongAdder();
  final LongAdder scanned = new LongAdder();
  final LongAdder updatesDelivered = new LongAdder();
  final LongAdder compactions = new LongAdder();
  final LongAdder compactedBytes = new LongAdder();
  final LongAdder keptBytes = new LongAdder();
  final LongAdder segmentsRemoved = new LongAdder();

  /** When the last compaction ended, in milliseconds since 1970; 0 before the first. */
  volatile long compactedAtMillis;

  volatile long compactedForMillis;
}

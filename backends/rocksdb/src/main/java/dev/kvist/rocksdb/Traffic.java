package dev.kvist.rocksdb;

import java.util.concurrent.atomic.LongAdder;

/** What was done with the store since it was opened: exact counts, striped. */
final class Traffic {
  final LongAdder conflicts = new LongAdder();
  final LongAdder expired = new LongAdder();
  final LongAdder scanned = new LongAdder();
  final LongAdder updatesDelivered = new LongAdder();
  final LongAdder syncs = new LongAdder();
  final LongAdder syncedBytes = new LongAdder();
  final LongAdder syncNanos = new LongAdder();
  final LongAdder groups = new LongAdder();
  final LongAdder compactions = new LongAdder();

  volatile long longestSyncNanos;
  volatile long compactedAtMillis;
  volatile long compactedForMillis;
}

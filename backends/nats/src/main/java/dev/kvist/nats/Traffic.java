package dev.kvist.nats;

import java.util.concurrent.atomic.LongAdder;

/** What happened over a connection, apart from what its meters count. For many threads. */
final class Traffic {
  /** Writes whose condition did not hold. */
  final LongAdder conflicts = new LongAdder();

  /** Keys that scans looked at. */
  final LongAdder scanned = new LongAdder();
}

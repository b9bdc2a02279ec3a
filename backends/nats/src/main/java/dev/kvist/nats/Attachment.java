package dev.kvist.nats;

import org.jspecify.annotations.Nullable;

/**
 * What a watch is attached to: a feed of a stream, and who guards it against retention.
 *
 * @param state of a watch that is told the state, how far that is; null otherwise
 * @param generation of the connections, which changes with each that was restored
 */
record Attachment(
    Watches watches,
    Stream stream,
    Feed feed,
    RetentionGuard guard,
    @Nullable StateSync state,
    long generation) {
  /** Whether its connection is still the one that there is. */
  boolean isCurrent() {
    return generation == watches.generation() && !feed.isClosed();
  }
}

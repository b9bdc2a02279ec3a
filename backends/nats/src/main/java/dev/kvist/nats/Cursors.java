package dev.kvist.nats;

import dev.kvist.WatchCursor;

/**
 * How a {@link WatchCursor} is made of a place in a stream.
 *
 * <pre>
 * high  32 bits of a hash of the stream's creation | 32 bits: seconds since 1970
 * low   sequence in the stream
 * </pre>
 *
 * The seconds are those of the newest message up to there: by them a cursor is known to be older
 * than the markers that a stream still has.
 */
final class Cursors {
  private static final long SECONDS = 0xFFFF_FFFFL;

  private Cursors() {}

  static WatchCursor of(Stream stream, long seconds, long sequence) {
    return WatchCursor.of((stream.identity() & ~SECONDS) | (seconds & SECONDS), sequence);
  }

  /** Whether a cursor is of this stream, and not of another one or an earlier one of its name. */
  static boolean isOf(Stream stream, WatchCursor cursor) {
    return ((stream.identity() ^ cursor.high()) & ~SECONDS) == 0;
  }

  static long seconds(WatchCursor cursor) {
    return cursor.high() & SECONDS;
  }

  static long sequence(WatchCursor cursor) {
    return cursor.low();
  }
}

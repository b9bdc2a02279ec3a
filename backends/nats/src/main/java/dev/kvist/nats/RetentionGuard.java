package dev.kvist.nats;

import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a stream which forgets by size, number or age does not do so unnoticed between
 * two messages that a watch gets. For one thread.
 *
 * <p>A message proves itself when it follows the last one by sequence, and also when the server had
 * nothing to send before it and was not held up by flow control: then it sent whatever came at
 * once. Behind any other gap there may have been something in scope. Whether the stream forgot it
 * shows in its first sequence, as long as that was asked for after the message came. One such
 * question covers all messages before it. There is no more than one for all watches of the bucket
 * in a tenth of a second, and one for a thousand messages of a watch; until it is answered, updates
 * carry no cursor. So whoever keeps the cursors loses nothing, even when the watch ends before the
 * answer.
 *
 * <p>A scope in which nothing happens would stay behind while the stream forgets what is not in it.
 * So a position is carried on: what had been stored at a question was delivered when the server
 * says later that it has nothing more.
 */
final class RetentionGuard {
  /** No more questions than one in this time, unless much was delivered. */
  private static final long INTERVAL_NANOS = 100_000_000;

  /** While nothing happens. */
  private static final long IDLE_INTERVAL_NANOS = 1_000_000_000;

  /** So many unproven messages are worth a question of their own. */
  private static final int MOST_UNPROVEN = 1_000;

  /** A heartbeat may be on its way at the question, so it takes a second one. */
  private static final int BEATS = 2;

  /** The stream has, or may have, forgotten what the watch did not get. */
  static final class Overtaken extends Exception {
    private static final long serialVersionUID = 1;

    Overtaken(String reason) {
      super(reason, null, false, false);
    }
  }

  /** The figures of the stream, shared with other watches. */
  interface Source {
    /** Figures that were asked for at this time or later; null as long as there are none. */
    @Nullable StreamFigures askedSince(long nanos);

    /** The last ones that somebody asked for; null when there are none. */
    @Nullable StreamFigures known();

    /** Whether nobody has asked for so long. */
    boolean isOlderThan(long nanos);
  }

  private final Source source;
  private final StreamFigures begin;
  private long position;
  private long positionMillis;
  private long proven;
  private long provenMillis;

  /** How many messages behind {@link #proven}, or 1 for what would have come before the first. */
  private int unproven;

  /** How often flow control had held up the server when it was proven. */
  private long holdUpsProven;

  private @Nullable StreamFigures before;
  private boolean sawNothing;
  private int beats;

  /** A guard of everything after a position. */
  RetentionGuard(Source source, StreamFigures begin, long position, long millis) {
    this.source = source;
    this.begin = begin;
    this.position = position;
    this.positionMillis = millis;
    proved();
    unproven = begin.forgets() ? 1 : 0;
  }

  private void proved() {
    proven = position;
    provenMillis = positionMillis;
    unproven = 0;
  }

  /**
   * Takes note of a message; in ascending order.
   *
   * @param wasAtEnd whether the server had nothing to send before it
   * @param holdUps how often flow control may have held up the server until now
   */
  void delivered(long sequence, long millis, boolean wasAtEnd, long holdUps) throws Overtaken {
    boolean provesItself =
        sequence == position + 1 || (wasAtEnd && holdUps == holdUpsProven) || !begin.forgets();
    position = sequence;
    positionMillis = Math.max(positionMillis, millis);
    before = null;
    if (unproven == 0 && provesItself) {
      proved();
      return;
    }
    unproven++;
    if (unproven >= MOST_UNPROVEN || source.isOlderThan(INTERVAL_NANOS)) {
      prove(holdUps);
    }
  }

  /** Whether everything up to the last message is proven to be complete. */
  boolean isProven() {
    return unproven == 0;
  }

  /** Up to where it is. */
  long proven() {
    return proven;
  }

  /** A time at or before which that was stored. */
  long provenMillis() {
    return provenMillis;
  }

  /** Asks now, whatever the interval. */
  void prove(long holdUps) throws Overtaken {
    if (!begin.forgets()) {
      return;
    }
    StreamFigures now = source.askedSince(System.nanoTime());
    if (now == null) {
      unproven = Math.max(1, unproven);
      return;
    }
    check(now);
    proved();
    holdUpsProven = holdUps;
  }

  private void check(StreamFigures now) throws Overtaken {
    if (WatchRules.mayBeOvertaken(proven, provenMillis, now)) {
      throw new Overtaken(
          "the bucket keeps what came from sequence "
              + now.first()
              + " on, and the watch had come to "
              + proven
              + "; it is written at "
              + now.perSecondSince(begin)
              + " messages per second");
    }
  }

  /** Nothing was in line. */
  void nothing(long holdUps) throws Overtaken {
    sawNothing = true;
    if (unproven > 0 && source.isOlderThan(INTERVAL_NANOS)) {
      prove(holdUps);
    }
  }

  /** The server says that it has nothing more. */
  void idle(long holdUps) throws Overtaken {
    if (!begin.forgets()) {
      return;
    }
    if (unproven > 0 || holdUps != holdUpsProven) {
      if (source.isOlderThan(INTERVAL_NANOS)) {
        prove(holdUps);
      }
      return;
    }
    StreamFigures earlier = before;
    if (earlier != null && sawNothing && ++beats >= BEATS) {
      position = Math.max(position, earlier.last());
      positionMillis = Math.max(positionMillis, earlier.lastMillis());
      proved();
      before = null;
    }
    if (before == null) {
      // Older ones than need be tell less, and nothing wrong.
      boolean ask = source.isOlderThan(IDLE_INTERVAL_NANOS);
      before = ask ? source.askedSince(System.nanoTime()) : source.known();
      sawNothing = false;
      beats = 0;
    }
  }
}

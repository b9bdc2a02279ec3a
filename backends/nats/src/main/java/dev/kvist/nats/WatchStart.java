package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.spi.Quantity;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a watch stands in its stream, and how it starts there, for the first time or again. For one
 * thread at a time, but for {@link #letGo}.
 *
 * <p>Servers begin at the first message they have when they are asked for an earlier one, wait for
 * what is behind the last, and take a stream that was made anew for the old one. So all of this is
 * looked at before.
 */
final class WatchStart {
  private static final Duration ATTEMPT = Duration.ofMillis(250);
  private static final Duration LONGEST_ATTEMPT = Duration.ofSeconds(2);

  /** A new leader may take so long to know of the newest messages. */
  private static final long LEADER_NANOS = 10_000_000_000L;

  private static final long NOWHERE = -1;

  private final Watches watches;
  private final String bucket;
  private final WatchOpening opening;

  /** The cursor to start from; null as soon as that was done. */
  private @Nullable WatchCursor resume;

  /** The stream that the position is in; null before the first look, and while it is missing. */
  private @Nullable Stream stream;

  /** Whether a stream that comes is new from its first message on. */
  private boolean waitedForBucket;

  /** The sequence up to which everything was read. */
  private long position = NOWHERE;

  /** When that was stored. */
  private long positionMillis;

  /** The sequence up to which it is known that nothing is missing, and when that was stored. */
  private long proven = NOWHERE;

  private long provenMillis;

  /** Up to when every marker is known. */
  private long knownMillis;

  /** Where the stream ended when the state was first asked for. */
  private long begin = NOWHERE;

  /** How the stream stood when the watch started for the first time or again; null before. */
  private @Nullable StreamFigures lastLook;

  private boolean toldSomething;
  private long missesNewestSinceNanos;
  private volatile boolean letGo;

  WatchStart(Watches watches, String bucket, WatchScope scope, WatchOptions options) {
    this.watches = watches;
    this.bucket = bucket;
    this.opening = new WatchOpening(watches, bucket, scope);
    this.resume = options.cursor();
  }

  /** The time for one attempt of somebody who waits so long. */
  Deadline attempt(long nanos) {
    return Deadline.in(
        Duration.ofNanos(Math.clamp(nanos, ATTEMPT.toNanos(), LONGEST_ATTEMPT.toNanos())));
  }

  /**
   * Attaches.
   *
   * @param cursor the last one that was given out
   * @return null when the bucket is missing, and is to be waited for
   */
  @Nullable Attachment attach(boolean inState, @Nullable WatchCursor cursor, Deadline deadline) {
    long generation = watches.generation();
    Connection connection = watches.link().await(deadline);
    BucketFigures shared = watches.figures(bucket);
    @Nullable StreamFigures now = shared.askedSince(System.nanoTime(), deadline);
    if (now == null) {
      gone(inState, cursor, "the bucket was deleted");
      return null;
    }
    Stream known = stream;
    if (known != null && known.identity() != now.stream().identity()) {
      gone(inState, cursor, "the bucket was deleted and made anew");
    }
    settle(inState, now);
    if (!inState) {
      checkStillThere(cursor, now);
    }
    lastLook = now;
    Attachment made =
        opening.open(connection, generation, now, inState, position, positionMillis, deadline);
    if (resume != null) {
      recheck(made, resume, deadline);
      resume = null;
    }
    return made;
  }

  /** The stream that the position was in is no more. */
  private void gone(boolean inState, @Nullable WatchCursor cursor, String reason) {
    boolean lostSomething = inState ? toldSomething : stream != null || resume != null;
    if (lostSomething && !letGo) {
      throw lost(inState, cursor, reason);
    }
    stream = null;
    lastLook = null;
    waitedForBucket = true;
    letGo = false;
    position = NOWHERE;
    begin = NOWHERE;
  }

  /** Where to begin in a stream that was not looked at before. */
  private void settle(boolean inState, StreamFigures now) {
    if (stream != null) {
      return;
    }
    @Nullable WatchCursor from = resume;
    if (from != null) {
      checkCursor(from, now);
      position = Cursors.sequence(from);
      positionMillis = Cursors.seconds(from) * 1000;
      knownMillis = positionMillis;
    } else if (waitedForBucket && !inState) {
      // Everything in it came after the watch.
      position = Math.max(0, now.first() - 1);
      positionMillis = Math.max(positionMillis, now.stream().created().toEpochMilli());
      knownMillis = positionMillis;
    } else {
      position = now.last();
      positionMillis = now.lastMillis();
      knownMillis = now.nowMillis();
      begin = now.last();
    }
    proven = position;
    provenMillis = positionMillis;
    stream = now.stream();
  }

  private void checkCursor(WatchCursor from, StreamFigures now) {
    long sequence = Cursors.sequence(from);
    if (!Cursors.isOf(now.stream(), from)) {
      throw new KvException.CursorExpired(
          from, "it is of another bucket, or of an earlier one of that name");
    }
    if (!WatchRules.resumeWindowOk(sequence, now.first(), now.last())) {
      throw new KvException.CursorExpired(
          from,
          "bucket "
              + bucket
              + " has sequences "
              + now.first()
              + " to "
              + now.last()
              + ", and it is at "
              + sequence
              + rateSince(from, now));
    }
    boolean markersGone =
        WatchRules.markersMayBeGone(
            Cursors.seconds(from) * 1000, now.nowMillis(), now.stream().markerTtl().toMillis());
    if (markersGone && now.last() > sequence) {
      throw new KvException.CursorExpired(from, markersGone(now.stream()));
    }
  }

  /** How fast the bucket was written since a cursor that it has overtaken. */
  private static String rateSince(WatchCursor from, StreamFigures now) {
    long messages = now.last() - Cursors.sequence(from);
    long seconds = Math.max(1, now.nowMillis() / 1000 - Cursors.seconds(from));
    return messages <= 0
        ? ""
        : "; it was written at " + Math.ceilDiv(messages, seconds) + " messages per second since";
  }

  private static String markersGone(Stream stream) {
    return "the bucket keeps delete markers for "
        + Quantity.print(stream.markerTtl())
        + ", so that it does not know any more what was deleted since";
  }

  /** Before going on where it was: whether it can. */
  private void checkStillThere(@Nullable WatchCursor cursor, StreamFigures now) {
    if (position > now.last()) {
      awaitNewest(cursor, now);
    }
    missesNewestSinceNanos = 0;
    if (WatchRules.mayBeOvertaken(proven, provenMillis, now)) {
      throw lost(
          false,
          cursor,
          "the bucket keeps what came from sequence "
              + now.first()
              + " on, and the watch had come to "
              + proven
              + rate(now));
    }
    proven = position;
    provenMillis = positionMillis;
    boolean markersGone =
        WatchRules.markersMayBeGone(
            knownMillis, now.nowMillis(), now.stream().markerTtl().toMillis());
    if (markersGone && now.last() > position) {
      throw lost(false, cursor, markersGone(now.stream()));
    }
  }

  /** So that the one who reads it knows what the limits of the bucket should be. */
  private String rate(StreamFigures now) {
    StreamFigures earlier = lastLook;
    return earlier == null
        ? ""
        : "; it was written at " + now.perSecondSince(earlier) + " messages per second";
  }

  private void awaitNewest(@Nullable WatchCursor cursor, StreamFigures now) {
    if (missesNewestSinceNanos == 0) {
      missesNewestSinceNanos = System.nanoTime();
    }
    if (System.nanoTime() - missesNewestSinceNanos > LEADER_NANOS) {
      throw lost(
          false,
          cursor,
          "the bucket ends at sequence " + now.last() + ", before what it had delivered");
    }
    throw new KvException.NotConnected(
        KvException.Effect.NONE, "the leader of bucket " + bucket + " is not up to date", null);
  }

  /** What was there when it was looked at may have gone before the consumer was made. */
  private void recheck(Attachment made, WatchCursor from, Deadline deadline) {
    try {
      @Nullable StreamFigures now = watches.figures(bucket).askedSince(System.nanoTime(), deadline);
      if (now == null) {
        throw new KvException.CursorExpired(from, "the bucket was deleted");
      }
      checkCursor(from, now);
    } catch (KvException e) {
      made.feed().close();
      throw e;
    }
  }

  /**
   * That the watch cannot go on.
   *
   * @param cursor the last one that was given out
   */
  KvException lost(boolean inState, @Nullable WatchCursor cursor, String reason) {
    Stream known = stream;
    if (inState || (cursor == null && known == null)) {
      return new KvException.WatchFailed(
          "the state of bucket "
              + bucket
              + " could not be told in full: "
              + reason
              + "; start again with state-sync",
          null,
          null);
    }
    WatchCursor at = cursor;
    if (at == null) {
      at = Cursors.of(Objects.requireNonNull(known), positionMillis / 1000, position);
    }
    return new KvException.CursorExpired(at, reason);
  }

  // --- going on ---------------------------------------------------------------------------------

  /** The sequence up to which everything was read. */
  long position() {
    return position;
  }

  /** Takes note of how much is proven when what it was attached to breaks. */
  void keep(RetentionGuard guard) {
    proven = guard.proven();
    provenMillis = guard.provenMillis();
  }

  /** Takes note of a message that was read. */
  void advance(long sequence, Delivery delivery) {
    position = sequence;
    // Cursors grow, also when a new leader's clock is behind.
    positionMillis = Math.max(positionMillis, delivery.timeNanos() / 1_000_000);
    if (delivery.pending() == 0) {
      knownMillis = Math.max(knownMillis, positionMillis);
    }
  }

  /** Takes note that there was nothing in scope up to a sequence. */
  void carryOn(long sequence, long millis) {
    if (sequence > position) {
      position = sequence;
      positionMillis = Math.max(positionMillis, millis);
    }
  }

  /** Takes note that everything was read that there was at a time. */
  void knowsMarkersUntil(long millis) {
    knownMillis = Math.max(knownMillis, millis);
  }

  /** Before a message is told: whether a marker between it and the last one may have gone. */
  void checkMarkers(boolean inState, @Nullable WatchCursor cursor, long sequence) {
    Stream known = stream;
    if (known == null || known.markerTtl().isZero() || sequence == position + 1) {
      return;
    }
    if (WatchRules.markersMayBeGone(
        Math.max(knownMillis, positionMillis),
        System.currentTimeMillis(),
        known.markerTtl().toMillis())) {
      throw lost(inState, cursor, markersGone(known));
    }
  }

  /** Whether a message came after state-sync began: then also a marker is told. */
  boolean cameAfterBegin(long sequence) {
    return sequence > begin;
  }

  /** Takes note that something was told, which cannot be taken back. */
  void told() {
    toldSomething = true;
  }

  /** The cursor of where it stands. */
  WatchCursor cursor(Stream here) {
    return Cursors.of(here, positionMillis / 1000, position);
  }

  /** From now on a missing bucket is not missed: the next one of its name is waited for. */
  void letGo() {
    letGo = true;
  }
}

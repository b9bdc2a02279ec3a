package dev.kvist.nats;

import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamState;
import java.time.Duration;
import java.time.ZonedDateTime;
import org.jspecify.annotations.Nullable;

/**
 * Where a stream begins and ends, and what makes it forget. Immutable.
 *
 * @param stream whose they are
 * @param first the sequence of its oldest message
 * @param last the newest sequence that it gave away
 * @param lastMillis when that was, in milliseconds since 1970; 0 when it never had a message
 * @param nowMillis the time on the server, or here where it does not say
 * @param askedNanos a {@link System#nanoTime} before the question was sent
 * @param maxAgeMillis after which messages go; 0 for never
 * @param maxMessages past which the oldest go; 0 for no limit
 * @param maxBytes past which the oldest go; 0 for no limit
 * @param largestMessage the most bytes that one message can take
 */
record StreamFigures(
    Stream stream,
    long first,
    long last,
    long lastMillis,
    long nowMillis,
    long askedNanos,
    long maxAgeMillis,
    long maxMessages,
    long maxBytes,
    long largestMessage) {
  /** What a stored message takes beside its payload: subject, lengths, checksum. */
  private static final long MOST_OVERHEAD = 8_192;

  static StreamFigures of(Stream stream, StreamInfo info, long maxPayload, long askedNanos) {
    StreamConfiguration config = stream.config();
    StreamState state = info.getStreamState();
    @Nullable ZonedDateTime now = info.getTimestamp();
    @Nullable Duration maxAge = config.getMaxAge();
    // A full stream that refuses what is new forgets nothing.
    boolean discardsOld = config.getDiscardPolicy() != DiscardPolicy.New;
    long largest = config.getMaximumMessageSize() > 0 ? config.getMaximumMessageSize() : maxPayload;
    return new StreamFigures(
        stream,
        state.getFirstSequence(),
        state.getLastSequence(),
        millis(state.getLastTime()),
        now == null ? System.currentTimeMillis() : now.toInstant().toEpochMilli(),
        askedNanos,
        maxAge == null ? 0 : Math.max(0, maxAge.toMillis()),
        discardsOld ? Math.max(0, config.getMaxMsgs()) : 0,
        discardsOld ? Math.max(0, config.getMaxBytes()) : 0,
        largest + MOST_OVERHEAD);
  }

  /** A stream that never had a message tells the year 1. */
  private static long millis(@Nullable ZonedDateTime time) {
    return time == null ? 0 : Math.max(0, time.toInstant().toEpochMilli());
  }

  /** How fast it was written since earlier ones, in whole messages per second. */
  long perSecondSince(StreamFigures earlier) {
    long nanos = Math.max(1, askedNanos - earlier.askedNanos);
    return Math.round((last - earlier.last) * 1e9 / nanos);
  }

  /** Whether it forgets by itself: by size, number or age. */
  boolean forgets() {
    return maxAgeMillis > 0 || maxMessages > 0 || maxBytes > 0;
  }
}

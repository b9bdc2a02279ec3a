package dev.kvist.nats;

import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.PutOptions;
import dev.kvist.nats.StoredMessage.Meaning;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What messages say beside a value, for which {@link StoredMessage} reads it. Pure; any thread. */
final class MessageHeaders {
  /** Servers count a TTL in nanoseconds. */
  private static final Duration LONGEST_TTL = Duration.ofDays(100 * 365L);

  private static final String TTL_NEEDS =
      "a TTL for each key needs nats-server 2.11 and a stream that allows it";

  private MessageHeaders() {}

  /** What a value's message says beside its condition; null for nothing. */
  static @Nullable Headers of(Stream stream, PutOptions options) {
    long ttlSeconds = ttlSeconds(options);
    if (ttlSeconds == 0 && !options.compressed()) {
      return null;
    }
    Headers headers = new Headers();
    if (ttlSeconds > 0) {
      checkTtl(stream);
      headers.add(StoredMessage.TTL, ttlSeconds + "s");
    }
    if (options.compressed()) {
      headers.add(StoredMessage.COMPRESSED, "1");
    }
    return headers;
  }

  private static void checkTtl(Stream stream) {
    if (!stream.allowsTtl()) {
      throw new KvException.Unsupported(
          Capability.TTL, "bucket " + stream.bucket(), TTL_NEEDS + " (allow_msg_ttl)");
    }
    if (!stream.keepsOneOfEachKey()) {
      throw new KvException.Unsupported(
          Capability.TTL,
          "bucket " + stream.bucket(),
          "it keeps several values of a key (maxHistory), of which an older one would come back");
    }
  }

  /** A TTL in whole seconds, rounded up; 0 for none. */
  private static long ttlSeconds(PutOptions options) {
    @Nullable Duration ttl = options.ttl();
    @Nullable Instant expires = options.expires();
    if (expires != null) {
      ttl = Duration.between(Instant.now(), expires);
    }
    if (ttl == null) {
      return 0;
    }
    Duration bounded = ttl.compareTo(LONGEST_TTL) > 0 ? LONGEST_TTL : ttl;
    return Math.max(1, bounded.plusNanos(999_999_999).toSeconds());
  }

  /**
   * What makes a message a marker, which goes after the time that the stream keeps markers, unless
   * an older value would come back then.
   */
  static Headers ofMarker(Stream stream, Meaning meaning) {
    Headers headers = new Headers();
    if (meaning == Meaning.PURGED) {
      headers.add(StoredMessage.OPERATION, StoredMessage.PURGE);
      headers.add(StoredMessage.ROLLUP, StoredMessage.ROLLUP_SUBJECT);
    } else {
      headers.add(StoredMessage.OPERATION, StoredMessage.DELETE);
    }
    long seconds = stream.markerTtl().toSeconds();
    boolean mayGo = meaning == Meaning.PURGED || stream.keepsOneOfEachKey();
    if (stream.allowsTtl() && seconds > 0 && mayGo) {
      headers.add(StoredMessage.TTL, seconds + "s");
      if (meaning != Meaning.PURGED) {
        // Without it a server takes this marker for a value, and marks its end by another one.
        headers.add(StoredMessage.MARKER_REASON, StoredMessage.REMOVED);
      }
    }
    return headers;
  }
}

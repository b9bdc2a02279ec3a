package dev.kvist.nats;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Point reads of a bucket. For many threads. */
final class Reads {
  private final Bucket bucket;
  private final Api api;
  private final Requests requests;
  private final Duration timeout;
  private final boolean direct;
  private final @Nullable DirectReads together;

  /**
   * Reads. With the setting {@code reads=direct} any replica may answer, where the stream allows
   * it.
   */
  Reads(Session session, Bucket bucket) {
    this.bucket = bucket;
    this.api = session.api();
    this.requests = session.requests();
    this.timeout = session.settings().operationTimeout();
    this.direct = session.settings().directReads();
    this.together =
        direct && session.features().hasManyDirectReads()
            ? new DirectReads(session.pages(), session.link())
            : null;
  }

  /** The last message of a key, with the stream that it is of. */
  record Found(Stream stream, StoredMessage message) {}

  /** What an application reads; null when there is neither a value nor a marker. */
  @Nullable Found read(byte[] key) {
    Deadline deadline = Deadline.in(timeout);
    @Nullable Stream stream = bucket.stream(deadline);
    if (stream == null) {
      return null;
    }
    if (direct && stream.allowsDirect()) {
      try {
        @Nullable StoredMessage message =
            api.lastOfAnyReplica(stream, stream.subject(key), deadline);
        return message == null ? null : new Found(stream, message);
      } catch (NoResponders e) {
        bucket.forget();
      }
    }
    return last(key, deadline);
  }

  /** What the leader knows; null when there is neither a value nor a marker. */
  @Nullable Found last(byte[] key, Deadline deadline) {
    @Nullable Stream stream = bucket.stream(deadline);
    if (stream == null) {
      return null;
    }
    try {
      @Nullable StoredMessage message = api.last(stream, stream.subject(key), deadline);
      return message == null ? null : new Found(stream, message);
    } catch (ApiError e) {
      return missing(e);
    }
  }

  private @Nullable Found missing(ApiError error) {
    if (error.code() == ApiError.STREAM_MISSING) {
      bucket.forget();
      return null;
    }
    throw Failures.of(error, bucket.name());
  }

  /** What an application reads of several keys, in their order. */
  List<@Nullable Found> readAll(List<byte[]> keys) {
    Deadline deadline = Deadline.in(timeout);
    @Nullable Stream stream = bucket.stream(deadline);
    if (together != null && stream != null && stream.allowsDirect()) {
      @Nullable List<@Nullable Found> found = together.read(stream, keys, deadline);
      if (found != null) {
        return found;
      }
    }
    return lastOfAll(keys, deadline);
  }

  /** Of several keys in their order what {@link #last} says, with many questions under way. */
  List<@Nullable Found> lastOfAll(List<byte[]> keys, Deadline deadline) {
    List<@Nullable Found> found = new ArrayList<>(keys.size());
    @Nullable Stream stream = bucket.stream(deadline);
    if (stream == null) {
      keys.forEach(_ -> found.add(null));
      return found;
    }
    return new LeaderReads(this, requests, stream, keys, deadline).read();
  }
}

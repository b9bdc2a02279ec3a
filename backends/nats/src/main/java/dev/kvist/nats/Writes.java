package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.nats.Reads.Found;
import dev.kvist.nats.Requests.Kind;
import dev.kvist.nats.StoredMessage.Meaning;
import io.nats.client.impl.Headers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Writes of single keys of a bucket. For many threads. */
final class Writes {
  /** Expected of a key that has no message. */
  private static final long NO_SEQUENCE = 0;

  private static final long UNCONDITIONAL = -1;
  private static final byte[] NOTHING = {};

  private final Bucket bucket;
  private final Reads reads;
  private final Requests requests;
  private final Duration timeout;

  Writes(Bucket bucket, Reads reads, Requests requests, Duration timeout) {
    this.bucket = bucket;
    this.reads = reads;
    this.requests = requests;
    this.timeout = timeout;
  }

  /** Something to do with a stream. */
  @FunctionalInterface
  interface Attempt<T> {
    T run(Stream stream) throws ApiError, NoResponders;
  }

  Deadline deadline() {
    return Deadline.in(timeout);
  }

  /**
   * Does something with the stream, again while nobody serves it or it cannot do that now.
   *
   * @param makes whether a missing stream is made
   * @return null when it is missing and not made
   */
  <T> @Nullable T with(boolean makes, Deadline deadline, Attempt<T> attempt) throws ApiError {
    while (true) {
      @Nullable Stream stream = makes ? bucket.madeStream(deadline) : bucket.stream(deadline);
      if (stream == null) {
        return null;
      }
      try {
        return attempt.run(stream);
      } catch (NoResponders e) {
        if (bucket.asked(deadline) != null && !deadline.pause()) {
          checkInterrupt();
          throw bucket.leaderless(e);
        }
      } catch (ApiError e) {
        if (!e.isTransient()) {
          throw e;
        }
        if (!deadline.pause()) {
          checkInterrupt();
          throw e;
        }
      }
    }
  }

  private void checkInterrupt() {
    if (Thread.currentThread().isInterrupted()) {
      throw new KvException.Timeout(KvException.Effect.NONE, what(), null);
    }
  }

  /**
   * Before another attempt, whose condition is read anew: waits for the write that is under way.
   */
  static void giveWay(ApiError conflict, Deadline deadline) {
    if (conflict.code() == ApiError.WRITE_UNDER_WAY) {
      deadline.pause();
    }
  }

  private String what() {
    return "a write to bucket " + bucket.name();
  }

  Version put(byte[] key, byte[] value, PutOptions options) {
    Deadline deadline = deadline();
    @Nullable Version expected = options.expected();
    if (expected != null) {
      return update(key, value, options, expected, deadline);
    }
    long sequence = options.absent() ? NO_SEQUENCE : UNCONDITIONAL;
    while (true) {
      long condition = sequence;
      try {
        @Nullable Version version =
            with(
                true,
                deadline,
                stream -> publish(stream, key, value, options, condition, deadline));
        if (version != null) {
          return version;
        }
      } catch (ApiError e) {
        if (!e.isConflict() || !options.absent()) {
          throw refused(e, value);
        }
        giveWay(e, deadline);
        sequence = sequenceOfNoValue(key, reads.last(key, deadline));
      }
    }
  }

  /**
   * The sequence that a create expects.
   *
   * @throws KvException.AlreadyExists when the key is live
   */
  long sequenceOfNoValue(byte[] key, @Nullable Found found) {
    if (found != null && found.message().isLive()) {
      throw new KvException.AlreadyExists(
          bucket.name(), key, Versions.of(found.stream(), found.message().sequence, false));
    }
    return found == null ? NO_SEQUENCE : found.message().sequence;
  }

  private Version update(
      byte[] key, byte[] value, PutOptions options, Version expected, Deadline deadline) {
    return replace(
        key,
        value,
        expected,
        deadline,
        stream -> publish(stream, key, value, options, expected.low(), deadline));
  }

  /**
   * Replaces what a key has, if that is of the expected version.
   *
   * @param attempt stores the new value, or a marker, on this condition
   */
  private Version replace(
      byte[] key, byte[] value, Version expected, Deadline deadline, Attempt<Version> attempt) {
    learnsStreamOf(expected, deadline);
    while (true) {
      try {
        @Nullable Version version =
            with(
                false,
                deadline,
                stream -> {
                  checkIsValue(stream, key, expected);
                  return attempt.run(stream);
                });
        if (version == null) {
          throw new KvException.VersionMismatch(bucket.name(), key, expected, null);
        }
        return version;
      } catch (ApiError e) {
        if (!e.isConflict()) {
          throw refused(e, value);
        }
        checkMayFit(e, key, expected, deadline);
      }
    }
  }

  /**
   * Asks for the stream again when a version is of another one than is known: another client may
   * have made the bucket anew, and a watch have told of it. Returns whether it asked.
   */
  boolean learnsStreamOf(Version expected, Deadline deadline) {
    @Nullable Stream known = bucket.stream(deadline);
    if (known == null || Versions.isOf(known, expected)) {
      return false;
    }
    bucket.asked(deadline);
    return true;
  }

  /** A sequence alone could be that of a marker, or of a stream that is gone. */
  void checkIsValue(Stream stream, byte[] key, Version expected) {
    if (!Versions.isValueOf(stream, expected)) {
      throw new KvException.VersionMismatch(bucket.name(), key, expected, null);
    }
  }

  /** A write that is under way may fail still, and then the expected version is the right one. */
  private void checkMayFit(ApiError conflict, byte[] key, Version expected, Deadline deadline) {
    @Nullable Found found = reads.last(key, deadline);
    boolean fits = found != null && found.message().sequence == expected.low();
    if (conflict.code() != ApiError.WRITE_UNDER_WAY || !fits || !deadline.pause()) {
      throw mismatch(key, expected, found);
    }
  }

  KvException mismatch(byte[] key, Version expected, @Nullable Found found) {
    @Nullable Version actual =
        found == null || !found.message().isLive()
            ? null
            : Versions.of(found.stream(), found.message().sequence, false);
    return new KvException.VersionMismatch(bucket.name(), key, expected, actual);
  }

  /**
   * What to throw for what JetStream refused.
   *
   * @param value the largest that was to be written
   */
  KvException refused(ApiError error, byte[] value) {
    @Nullable Stream stream = bucket.stream(deadline());
    return error.code() == ApiError.MESSAGE_TOO_LARGE && stream != null
        ? new KvException.TooLarge(
            "the value, for bucket " + bucket.name() + ",",
            value.length,
            stream.config().getMaximumMessageSize())
        : refused(error);
  }

  KvException refused(ApiError error) {
    if (error.code() == ApiError.STREAM_MISSING) {
      bucket.forget();
    }
    return Failures.of(error, bucket.name());
  }

  /** Where a value goes, and what is said beside it. */
  record Envelope(String subject, @Nullable Headers headers) {}

  /** That of an unconditional put; makes the bucket. */
  Envelope envelope(byte[] key, PutOptions options, Deadline deadline) {
    Stream stream = bucket.madeStream(deadline);
    return new Envelope(stream.subject(key), MessageHeaders.of(stream, options));
  }

  private Version publish(
      Stream stream,
      byte[] key,
      byte[] value,
      PutOptions options,
      long condition,
      Deadline deadline)
      throws ApiError, NoResponders {
    @Nullable Headers headers = MessageHeaders.of(stream, options);
    if (condition != UNCONDITIONAL) {
      headers = (headers == null ? new Headers() : headers);
      headers.add(StoredMessage.EXPECTED_SEQUENCE, Long.toString(condition));
    }
    return Versions.of(stream, send(stream, key, headers, value, deadline), false);
  }

  private long send(
      Stream stream, byte[] key, @Nullable Headers headers, byte[] value, Deadline deadline)
      throws ApiError, NoResponders {
    return Acknowledged.of(
            requests
                .ask(stream.subject(key), headers, value, deadline, Kind.WRITE, what())
                .getData())
        .sequence();
  }

  /** Returns whether a live value was there. */
  boolean delete(byte[] key) {
    return remove(key, Meaning.DELETED);
  }

  private boolean remove(byte[] key, Meaning meaning) {
    Deadline deadline = deadline();
    while (true) {
      @Nullable Found found = reads.last(key, deadline);
      if (found == null || !found.message().isLive()) {
        return false;
      }
      try {
        @Nullable Long marker =
            with(
                false,
                deadline,
                stream -> {
                  if (stream.identity() != found.stream().identity()) {
                    throw new ApiError(0, ApiError.WRONG_LAST_SEQUENCE, "another stream");
                  }
                  return mark(stream, key, meaning, found.message().sequence, deadline);
                });
        return marker != null;
      } catch (ApiError e) {
        if (!e.isConflict()) {
          throw refused(e);
        }
        giveWay(e, deadline);
      }
    }
  }

  /** Deletes a key of an expected version; returns the marker's. */
  Version delete(byte[] key, Version expected) {
    Deadline deadline = deadline();
    return replace(
        key,
        NOTHING,
        expected,
        deadline,
        stream -> {
          long marker = mark(stream, key, Meaning.DELETED, expected.low(), deadline);
          return Versions.of(stream, marker, true);
        });
  }

  /** Purges a key, whether it is there or not; nothing when the bucket is missing. */
  void purge(byte[] key) {
    Deadline deadline = deadline();
    try {
      with(false, deadline, stream -> mark(stream, key, Meaning.PURGED, UNCONDITIONAL, deadline));
    } catch (ApiError e) {
      throw refused(e);
    }
  }

  private long mark(Stream stream, byte[] key, Meaning meaning, long condition, Deadline deadline)
      throws ApiError, NoResponders {
    Headers headers = MessageHeaders.ofMarker(stream, meaning);
    if (condition != UNCONDITIONAL) {
      headers.add(StoredMessage.EXPECTED_SEQUENCE, Long.toString(condition));
    }
    return send(stream, key, headers, NOTHING, deadline);
  }

  /** Gives a live key another TTL; null when it is not live. */
  @Nullable Version touch(byte[] key, PutOptions options) {
    Deadline deadline = deadline();
    while (true) {
      @Nullable Found found = reads.last(key, deadline);
      if (found == null || !found.message().isLive()) {
        return null;
      }
      StoredMessage message = found.message();
      PutOptions kept = message.compressed ? options.withCompressed() : options;
      try {
        return update(
            key,
            message.value,
            kept,
            Versions.of(found.stream(), message.sequence, false),
            deadline);
      } catch (KvException.VersionMismatch e) {
        // Somebody else wrote it; that value is touched instead.
        if (deadline.isOver()) {
          throw e;
        }
      }
    }
  }
}

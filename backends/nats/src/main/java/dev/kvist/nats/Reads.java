package dev.kvist.nats;

import io.nats.client.Message;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Point reads of a bucket. For many threads. */
final class Reads {
  /** How many questions of a multi-get are under way at once. */
  private static final int WINDOW = 256;

  private static final String WHAT = "a read of bucket ";

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
        direct && session.features().hasManyDirectReads() ? new DirectReads(session.pages()) : null;
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
    Queue<Question> asked = new ArrayDeque<>();
    for (byte[] key : keys) {
      if (asked.size() == WINDOW) {
        found.add(answer(stream, asked.remove(), deadline));
      }
      asked.add(new Question(key, ask(stream, key, deadline)));
    }
    for (Question question : asked) {
      found.add(answer(stream, question, deadline));
    }
    return found;
  }

  /** A question under way; null where it could not be sent at once. */
  private static final class Question {
    final byte[] key;
    final @Nullable Sent sent;

    Question(byte[] key, @Nullable Sent sent) {
      this.key = key;
      this.sent = sent;
    }
  }

  private @Nullable Sent ask(Stream stream, byte[] key, Deadline deadline) {
    return requests.send(
        Api.lastSubject(stream),
        null,
        Api.lastRequest(stream.subject(key)),
        deadline,
        WHAT + bucket.name());
  }

  private @Nullable Found answer(Stream stream, Question question, Deadline deadline) {
    @Nullable Sent sent = question.sent;
    if (sent != null) {
      try {
        @Nullable Message answer =
            requests.await(sent, deadline, deadline, true, WHAT + bucket.name());
        if (answer != null) {
          return new Found(stream, StoredMessage.answered(answer.getData()));
        }
      } catch (NoResponders e) {
        return last(question.key, deadline);
      } catch (ApiError e) {
        if (e.code() == ApiError.NO_MESSAGE) {
          return null;
        }
        if (!e.isTransient()) {
          return missing(e);
        }
      }
    }
    return last(question.key, deadline);
  }
}

package dev.kvist.nats;

import dev.kvist.nats.Reads.Found;
import io.nats.client.Message;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Reads of many keys, a question to the leader for each, of which many are under way at once. For
 * one call.
 */
final class LeaderReads {
  /** How many questions are under way at once. */
  private static final int WINDOW = 256;

  /** Without any answer for so long, those that were sent are asked once more, one by one. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Reads reads;
  private final Requests requests;
  private final Stream stream;
  private final Deadline deadline;
  private final String what;
  private final Queue<Question> asked = new ArrayDeque<>();
  private Deadline patience = Deadline.in(PATIENCE);

  LeaderReads(Reads reads, Requests requests, Stream stream, Deadline deadline) {
    this.reads = reads;
    this.requests = requests;
    this.stream = stream;
    this.deadline = deadline;
    this.what = "a read of bucket " + stream.bucket();
  }

  /** A question; null where it could not be sent at once. */
  private static final class Question {
    final byte[] key;
    final @Nullable Sent sent;

    Question(byte[] key, @Nullable Sent sent) {
      this.key = key;
      this.sent = sent;
    }
  }

  /** The last messages of keys, in their order. */
  List<@Nullable Found> read(List<byte[]> keys) {
    List<@Nullable Found> found = new ArrayList<>(keys.size());
    try {
      for (byte[] key : keys) {
        if (asked.size() == WINDOW) {
          found.add(answer(asked.remove()));
        }
        asked.add(ask(key));
      }
      while (!asked.isEmpty()) {
        found.add(answer(asked.remove()));
      }
      return found;
    } finally {
      // After a failure nobody waits for these.
      for (Question question : asked) {
        if (question.sent != null) {
          requests.forget(question.sent);
        }
      }
    }
  }

  private Question ask(byte[] key) {
    byte[] request = Api.lastRequest(stream.subject(key));
    if (asked.isEmpty()) {
      patience = Deadline.in(PATIENCE);
    }
    return new Question(key, requests.send(Api.lastSubject(stream), null, request, deadline, what));
  }

  private @Nullable Found answer(Question question) {
    @Nullable Sent sent = question.sent;
    if (sent != null) {
      try {
        Deadline attempt = deadline.leftNanos() < patience.leftNanos() ? deadline : patience;
        @Nullable Message answer = requests.await(sent, attempt, deadline, true, what);
        if (answer != null) {
          patience = Deadline.in(PATIENCE);
          return found(answer.getData());
        }
      } catch (NoResponders | ApiError e) {
        // It is asked once more, as one by itself.
      }
    }
    return reads.last(question.key, deadline);
  }

  private @Nullable Found found(byte[] answer) throws ApiError {
    try {
      return new Found(stream, StoredMessage.answered(answer));
    } catch (ApiError e) {
      if (e.code() == ApiError.NO_MESSAGE) {
        return null;
      }
      throw e;
    }
  }
}

package dev.kvist.nats;

import dev.kvist.nats.Reads.Found;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads of many keys, a question to the leader for each, of which many are under way at once. For
 * one call.
 */
final class LeaderReads {
  /** How many questions are under way at once. */
  private static final int WINDOW = 256;

  /** Without any answer for so long, those that have none are asked once more, one by one. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Reads reads;
  private final Requests requests;
  private final Stream stream;
  private final Deadline deadline;
  private final String what;
  private final List<byte[]> keys;
  private final List<@Nullable Found> found;
  private final BitSet answered = new BitSet();
  private int underWay;

  /** Reads, by a deadline, what a stream has of some keys. */
  LeaderReads(Reads reads, Requests requests, Stream stream, List<byte[]> keys, Deadline deadline) {
    this.reads = reads;
    this.requests = requests;
    this.stream = stream;
    this.keys = keys;
    this.deadline = deadline;
    this.what = "a read of bucket " + stream.bucket();
    this.found = new ArrayList<>(keys.size());
    keys.forEach(_ -> found.add(null));
  }

  /** The last messages of the keys, in their order. */
  List<@Nullable Found> read() {
    try {
      readTogether();
    } catch (NoResponders | ApiError | IllegalStateException e) {
      // As one by itself each is asked until there is an answer, or a better error.
    }
    for (int i = answered.nextClearBit(0); i < keys.size(); i = answered.nextClearBit(i + 1)) {
      found.set(i, reads.last(keys.get(i), deadline));
    }
    return found;
  }

  /** Until there is no answer for a while, or the connection breaks. */
  private void readTogether() throws NoResponders, ApiError {
    Connection connection = requests.link().await(deadline);
    Sent.Many sent = requests.sendMany(connection, Api.lastSubject(stream));
    try {
      for (byte[] key : keys) {
        if (underWay == WINDOW && !takeAnswers(sent, WINDOW / 2)) {
          return;
        }
        sent.publish(sent.subject(), null, Api.lastRequest(stream.subject(key)));
        underWay++;
      }
      var _ = takeAnswers(sent, 0);
    } finally {
      requests.end(sent);
    }
  }

  /** Until no more than so many are under way; false when there are no more answers. */
  private boolean takeAnswers(Sent.Many sent, int most) throws NoResponders, ApiError {
    while (underWay > most) {
      @Nullable Message answer =
          requests.next(sent, deadline.within(PATIENCE), deadline, true, what);
      if (answer == null) {
        return false;
      }
      int place = (int) ReplyInbox.question(answer) - 1;
      if (!answered.get(place)) {
        found.set(place, found(answer.getData()));
        answered.set(place);
        underWay--;
      }
    }
    return true;
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

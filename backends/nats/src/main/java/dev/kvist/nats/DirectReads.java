package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.nats.Reads.Found;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads of many keys in a few questions, which any replica answers. For many threads. */
final class DirectReads {
  private static final Logger LOG = LoggerFactory.getLogger(DirectReads.class);

  /** Servers refuse a question that more subjects match. */
  private static final int MOST_SUBJECTS = 512;

  private static final int MOST_BYTES = 256 << 10;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final PageSource source;
  private final Link link;

  /** The connection whose user may not ask so. */
  private volatile @Nullable Connection refusing;

  DirectReads(PageSource source, Link link) {
    this.source = source;
    this.link = link;
  }

  /** The last messages of keys, in their order; null when they have to be asked for singly. */
  @SuppressWarnings("ReferenceEquality") // Each connection has a user.
  @Nullable List<@Nullable Found> read(Stream stream, List<byte[]> keys, Deadline deadline) {
    Connection connection = link.await(deadline);
    if (connection == refusing) {
      return null;
    }
    Map<String, Message> bySubject = new HashMap<>();
    List<String> subjects = new ArrayList<>(keys.size());
    var question = new StringBuilder();
    int asked = 0;
    for (byte[] key : keys) {
      String subject = stream.subject(key);
      subjects.add(subject);
      question.append(asked == 0 ? "{\"multi_last\":[\"" : "\",\"").append(subject);
      if (++asked == MOST_SUBJECTS || question.length() > MOST_BYTES) {
        if (!ask(connection, stream, question, bySubject, deadline)) {
          return null;
        }
        question.setLength(0);
        asked = 0;
      }
    }
    if (asked > 0 && !ask(connection, stream, question, bySubject, deadline)) {
      return null;
    }
    List<@Nullable Found> found = new ArrayList<>(keys.size());
    for (String subject : subjects) {
      @Nullable Message message = bySubject.get(subject);
      // Decoded for each key anew: the arrays belong to the caller.
      found.add(message == null ? null : new Found(stream, StoredMessage.direct(message)));
    }
    return found;
  }

  private boolean ask(
      Connection connection,
      Stream stream,
      StringBuilder question,
      Map<String, Message> bySubject,
      Deadline deadline) {
    byte[] request = question.append("\"]}").toString().getBytes(StandardCharsets.US_ASCII);
    String subject = "$JS.API.DIRECT.GET." + stream.name();
    var answer = source.collect(connection, subject, request).answer();
    try {
      long patience = Math.max(0, deadline.within(PATIENCE).leftNanos());
      @Nullable List<Message> messages = answer.get(patience, TimeUnit.NANOSECONDS);
      if (messages == null) {
        return false;
      }
      for (Message message : messages) {
        bySubject.put(message.getHeaders().getFirst("Nats-Subject"), message);
      }
      return true;
    } catch (TimeoutException e) {
      if (link.isBorrowed()) {
        // What is not permitted is told to its owner.
        isRefused(connection, stream, "there was no answer to " + subject);
      }
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(Effect.NONE, "a read of bucket " + stream.bucket(), null);
    } catch (ExecutionException e) {
      isRefused(connection, stream, String.valueOf(e.getCause()));
      return false;
    } finally {
      answer.complete(null);
    }
  }

  /** It is not asked for again. */
  private void isRefused(Connection connection, Stream stream, String why) {
    refusing = connection;
    LOG.warn(
        "bucket {}: reads=direct takes a request a key from now on, to the leader: {}",
        stream.bucket(),
        why);
  }
}

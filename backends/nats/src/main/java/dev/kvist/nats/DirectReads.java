package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.nats.Reads.Found;
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

/** Reads of many keys in a few questions, which any replica answers. For many threads. */
final class DirectReads {
  /** Servers refuse a question that more subjects match. */
  private static final int MOST_SUBJECTS = 512;

  private static final int MOST_BYTES = 256 << 10;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final PageSource source;

  DirectReads(PageSource source) {
    this.source = source;
  }

  /** The last messages of keys, in their order; null when they have to be asked for singly. */
  @Nullable List<@Nullable Found> read(Stream stream, List<byte[]> keys, Deadline deadline) {
    Map<String, Message> bySubject = new HashMap<>();
    List<String> subjects = new ArrayList<>(keys.size());
    var question = new StringBuilder();
    int asked = 0;
    for (byte[] key : keys) {
      String subject = stream.subject(key);
      subjects.add(subject);
      question.append(asked == 0 ? "{\"multi_last\":[\"" : "\",\"").append(subject);
      if (++asked == MOST_SUBJECTS || question.length() > MOST_BYTES) {
        if (!ask(stream, question, bySubject, deadline)) {
          return null;
        }
        question.setLength(0);
        asked = 0;
      }
    }
    if (asked > 0 && !ask(stream, question, bySubject, deadline)) {
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
      Stream stream, StringBuilder question, Map<String, Message> bySubject, Deadline deadline) {
    byte[] request = question.append("\"]}").toString().getBytes(StandardCharsets.US_ASCII);
    String subject = "$JS.API.DIRECT.GET." + stream.name();
    var answer = source.collect(subject, request, deadline);
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
      answer.complete(null);
      return false;
    } catch (InterruptedException e) {
      answer.complete(null);
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(Effect.NONE, "a read of bucket " + stream.bucket(), null);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Questions to the servers and their answers. For many threads.
 *
 * <p>What certainly was not sent is tried again until time is up, and what only reads also when an
 * answer was lost. A write whose answer was lost is never sent again: it ends with {@link
 * Effect#UNKNOWN}.
 */
final class Requests {
  /** How long a read waits for one answer before it asks again. */
  private static final Duration READ_ATTEMPT = Duration.ofSeconds(5);

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

  /** What a request may do, and so what its failure means. */
  enum Kind {
    /** Changes nothing; may be asked again. */
    READ,
    /** May have happened when no answer came. */
    WRITE
  }

  private final Link link;

  private final ReplyInboxes inboxes = new ReplyInboxes();

  /** The requests under way. */
  private final PendingRequests pending;

  /** When an answer came last, whichever. */
  private volatile long lastAnswerNanos;

  Requests(Link link, PendingRequests pending) {
    this.link = link;
    this.pending = pending;
    link.addListener(pending);
    this.lastAnswerNanos = System.nanoTime();
  }

  Link link() {
    return link;
  }

  /** How many are under way. */
  int pending() {
    return pending.size();
  }

  /**
   * Asks and waits for the answer.
   *
   * @param what names the operation in messages: {@code put to bucket b}
   * @throws NoResponders when nobody listens to the subject; nothing happened then
   */
  Message ask(
      String subject,
      @Nullable Headers headers,
      byte[] body,
      Deadline deadline,
      Kind kind,
      String what)
      throws NoResponders {
    while (true) {
      Sent.@Nullable Alone sent = sendAlone(_ -> {}, subject, headers, body, deadline, what);
      if (sent == null) {
        continue;
      }
      boolean isRead = kind == Kind.READ;
      Deadline attempt = isRead ? deadline.within(READ_ATTEMPT) : deadline;
      @Nullable Message answer = await(sent, attempt, deadline, isRead, what);
      if (answer != null) {
        return answer;
      }
    }
  }

  /**
   * Sends a question on an inbox of its own; null when it was not sent, after a little while.
   *
   * @param before sends what belongs before it
   */
  private Sent.@Nullable Alone sendAlone(
      Consumer<Connection> before,
      String subject,
      @Nullable Headers headers,
      byte[] body,
      Deadline deadline,
      String what) {
    Connection connection = link.await(deadline);
    long happened = pending.happened();
    try {
      ReplyInbox inbox = inboxes.take(connection);
      long question = inbox.ask();
      try {
        before.accept(connection);
        connection.publish(subject, inbox.subject(question), headers, body);
      } catch (RuntimeException e) {
        inbox.drop();
        throw e;
      }
      return pending.add(new Sent.Alone(connection, subject, inbox, question, inboxes), happened);
    } catch (IllegalStateException e) {
      // Closed, reconnecting, or its queue is full: it says so before it takes the message.
      notSent(e, deadline, what);
      return null;
    }
  }

  /**
   * Begins to send several one behind the other.
   *
   * @param subject of all of them; that of their answers where each has its own
   */
  Sent.Many sendMany(Connection connection, @Nullable String subject) {
    long before = pending.happened();
    ReplyInbox inbox = ReplyInbox.on(connection);
    var many = new Sent.Many(connection, subject == null ? inbox.subject(0) : subject, inbox);
    pending.add(many, before);
    return many;
  }

  /** Waits for no more answers. */
  void end(Sent.Many many) {
    pending.remove(many);
    many.lost();
  }

  /** For what a server said of a permission. */
  static KvException.NotPermitted notPermitted(String error) {
    return new KvException.NotPermitted(
        "NATS does not permit it: " + error + "; give the user that permission", null);
  }

  /**
   * For what is no request, and so does not end by itself when it is not permitted.
   *
   * @param subject one that is used for nothing else, ever
   * @throws KvException.NotPermitted when a server said so of publishing to it
   */
  void checkPermitted(String subject) {
    @Nullable String refusal = pending.refusalOf(subject);
    if (refusal != null) {
      throw notPermitted(refusal);
    }
  }

  /**
   * Sends several messages on one connection, and waits for the answer to the last.
   *
   * @throws NoResponders when nobody listens to the last one's subject
   */
  Message askTogether(List<AtomicBatch.Outgoing> messages, Deadline deadline, String what)
      throws NoResponders {
    AtomicBatch.Outgoing last = messages.getLast();
    while (true) {
      // Without the last one the server drops the others.
      Sent.@Nullable Alone sent =
          sendAlone(
              connection -> {
                AtomicBatch.number(messages);
                for (AtomicBatch.Outgoing message : messages.subList(0, messages.size() - 1)) {
                  connection.publish(message.subject(), message.headers(), message.body().bytes);
                }
              },
              last.subject(),
              last.headers(),
              last.body().bytes,
              deadline,
              what);
      if (sent != null) {
        return Objects.requireNonNull(await(sent, deadline, deadline, false, what));
      }
    }
  }

  private void notSent(IllegalStateException cause, Deadline deadline, String what) {
    link.checkOpen();
    if (!deadline.pause()) {
      if (Thread.currentThread().isInterrupted()) {
        throw new KvException.Timeout(Effect.NONE, what, null);
      }
      throw link.notConnected(Effect.NONE, cause);
    }
  }

  private @Nullable Message await(
      Sent.Alone sent, Deadline attempt, Deadline deadline, boolean isRead, String what)
      throws NoResponders {
    try {
      return next(sent, attempt, deadline, isRead, what);
    } finally {
      pending.remove(sent);
      sent.done();
    }
  }

  /**
   * Waits for an answer.
   *
   * @return null when a read has to be asked again
   */
  @Nullable Message next(
      Sent sent, Deadline attempt, Deadline deadline, boolean isRead, String what)
      throws NoResponders {
    try {
      Message message = sent.answer(Math.max(0, attempt.leftNanos()));
      answered();
      if (message.isStatusMessage() && message.getStatus().getCode() == 503) {
        throw new NoResponders(sent.subject());
      }
      return message;
    } catch (TimeoutException e) {
      if (isRead && !deadline.isOver()) {
        return null;
      }
      if (!isRead) {
        unanswered(sent.connection(), sent.sentNanos(), deadline.whole());
      }
      throw new KvException.Timeout(effect(isRead), what, deadline.whole());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(effect(isRead), what, null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof KvException refused) {
        throw refused;
      }
      return lost(isRead, e);
    }
  }

  /** Takes note that a server answered something. */
  void answered() {
    lastAnswerNanos = System.nanoTime();
  }

  /**
   * Takes note that a write was not answered in its time. When nothing at all came since, what the
   * connection still has in its queue would be written as soon as the server goes on: so it is
   * given up.
   */
  void unanswered(Connection connection, long sentNanos, Duration time) {
    if (lastAnswerNanos - sentNanos < 0) {
      link.suspect(connection, "no answer for " + time);
    }
  }

  private @Nullable Message lost(boolean isRead, Exception cause) {
    if (isRead) {
      link.checkOpen();
      return null;
    }
    throw link.notConnected(Effect.UNKNOWN, cause);
  }

  private static Effect effect(boolean isRead) {
    return isRead ? Effect.NONE : Effect.UNKNOWN;
  }

  /** Waits until what is under way has ended, or long enough. */
  void close() {
    Deadline deadline = Deadline.in(CLOSE_PATIENCE);
    while (pending.size() > 0 && deadline.pause()) {
      // Each of them ends by its answer.
    }
    inboxes.close();
  }
}

package dev.kvist.nats;

import dev.kvist.KvException;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.support.NatsRequestCompletableFuture;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A question under way. One thread waits for its answer; any other may end it. */
abstract class Sent {
  private final Connection connection;
  private final String subject;
  private final long sentNanos = System.nanoTime();

  private Sent(Connection connection, String subject) {
    this.connection = connection;
    this.subject = subject;
  }

  Connection connection() {
    return connection;
  }

  String subject() {
    return subject;
  }

  long sentNanos() {
    return sentNanos;
  }

  /** Ends it, since a server does not permit it. */
  final void refuse(String error) {
    end(Requests.notPermitted(error));
  }

  /** Whether it is to a subject that a server does not permit. */
  boolean isTo(String refused) {
    return subject.equals(refused);
  }

  /** Ends it, since its connection broke. */
  abstract void lost();

  abstract void end(KvException why);

  /**
   * Waits for the answer, or that nobody listens.
   *
   * @throws ExecutionException when it ended without one
   */
  abstract Message answer(long nanos)
      throws InterruptedException, ExecutionException, TimeoutException, NoResponders;

  /** One among others, whose answers come to an inbox that they share. */
  static final class Together extends Sent {
    private final CompletableFuture<Message> answer;

    Together(Connection connection, String subject, CompletableFuture<Message> answer) {
      super(connection, subject);
      this.answer = answer;
    }

    @Override
    void lost() {
      // The library ends it.
    }

    @Override
    void end(KvException why) {
      answer.completeExceptionally(why);
    }

    @Override
    Message answer(long nanos)
        throws InterruptedException, ExecutionException, TimeoutException, NoResponders {
      try {
        return answer.get(nanos, TimeUnit.NANOSECONDS);
      } catch (CancellationException e) {
        if (saysNobodyListens()) {
          throw new NoResponders(subject());
        }
        throw new ExecutionException(e);
      }
    }

    /** A connection that does not report it cancels the request instead. */
    private boolean saysNobodyListens() {
      return answer instanceof NatsRequestCompletableFuture request
          && !request.wasCancelledClosing()
          && !request.wasCancelledTimedOut();
    }
  }

  /** One by itself, whose answer comes to its own inbox. */
  static final class Alone extends Sent {
    private final ReplyInbox inbox;
    private final ReplyInboxes inboxes;
    private volatile @Nullable KvException ended;

    Alone(Connection connection, String subject, ReplyInbox inbox, ReplyInboxes inboxes) {
      super(connection, subject);
      this.inbox = inbox;
      this.inboxes = inboxes;
    }

    @Override
    void lost() {
      inbox.drop();
    }

    @Override
    void end(KvException why) {
      ended = why;
      inbox.drop();
    }

    @Override
    Message answer(long nanos) throws InterruptedException, ExecutionException, TimeoutException {
      boolean answered = false;
      try {
        Message message = inbox.next(nanos);
        answered = true;
        return message;
      } catch (IllegalStateException e) {
        @Nullable KvException why = ended;
        throw new ExecutionException(why == null ? e : why);
      } finally {
        if (answered) {
          inboxes.giveBack(inbox);
        } else {
          // What comes late must not be taken for the answer to the next question.
          inbox.drop();
        }
      }
    }
  }

  /** Several one behind the other, whose answers come to an inbox of theirs, each by its number. */
  static final class Many extends Sent {
    private final ReplyInbox inbox;
    private volatile @Nullable KvException ended;

    Many(Connection connection, ReplyInbox inbox) {
      super(connection, inbox.subject());
      this.inbox = inbox;
    }

    boolean isUsableOn(Connection other) {
      return inbox.isUsableOn(other);
    }

    /**
     * Sends one.
     *
     * @throws IllegalStateException when it was not sent
     */
    void publish(long number, String subject, @Nullable Headers headers, byte[] body) {
      connection().publish(subject, inbox.subject() + "." + number, headers, body);
    }

    /** Which one an answer is to. */
    static long number(Message answer) {
      String to = answer.getSubject();
      return Long.parseLong(to, to.lastIndexOf('.') + 1, to.length(), 10);
    }

    @Override
    void lost() {
      inbox.drop();
    }

    @Override
    void end(KvException why) {
      ended = why;
      inbox.drop();
    }

    @Override
    Message answer(long nanos) throws InterruptedException, ExecutionException, TimeoutException {
      try {
        return inbox.next(nanos);
      } catch (IllegalStateException e) {
        @Nullable KvException why = ended;
        throw new ExecutionException(why == null ? e : why);
      }
    }
  }
}

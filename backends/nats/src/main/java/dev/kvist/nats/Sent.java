package dev.kvist.nats;

import dev.kvist.KvException;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A question under way. One thread waits for its answer; any other may end it. */
abstract class Sent implements UnderWay {
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

  @Override
  public final void refuse(String error) {
    end(Requests.notPermitted(error));
  }

  @Override
  public boolean isTo(String refused) {
    return subject.equals(refused);
  }

  abstract void end(KvException why);

  /**
   * Waits for the answer, or the status that nobody listens.
   *
   * @throws ExecutionException when it ended without one
   */
  abstract Message answer(long nanos)
      throws InterruptedException, ExecutionException, TimeoutException;

  /** One by itself, whose answer comes to an inbox that no other one uses meanwhile. */
  static final class Alone extends Sent {
    private final ReplyInbox inbox;
    private final long question;
    private final ReplyInboxes inboxes;
    private @Nullable KvException ended;

    /** From then on the inbox may be that of another one. */
    private boolean done;

    Alone(
        Connection connection,
        String subject,
        ReplyInbox inbox,
        long question,
        ReplyInboxes inboxes) {
      super(connection, subject);
      this.inbox = inbox;
      this.question = question;
      this.inboxes = inboxes;
    }

    @Override
    public boolean isAwaited() {
      return true;
    }

    @Override
    public synchronized void lost() {
      if (!done) {
        inbox.drop();
      }
    }

    @Override
    synchronized void end(KvException why) {
      if (!done) {
        ended = why;
        inbox.drop();
      }
    }

    /** Nobody waits for it any more. */
    synchronized void done() {
      done = true;
      inboxes.giveBack(inbox);
    }

    private synchronized @Nullable KvException ended() {
      return ended;
    }

    @Override
    Message answer(long nanos) throws InterruptedException, ExecutionException, TimeoutException {
      long end = System.nanoTime() + nanos;
      try {
        while (true) {
          Message message = inbox.next(end - System.nanoTime());
          if (ReplyInbox.question(message) == question) {
            return message;
          }
        }
      } catch (IllegalStateException e) {
        @Nullable KvException why = ended();
        throw new ExecutionException(why == null ? e : why);
      }
    }
  }

  /** Several one behind the other, whose answers come to an inbox of theirs, each by its number. */
  static final class Many extends Sent {
    private final ReplyInbox inbox;
    private volatile @Nullable KvException ended;
    private volatile long unanswered;

    Many(Connection connection, String subject, ReplyInbox inbox) {
      super(connection, subject);
      this.inbox = inbox;
    }

    boolean isUsableOn(Connection other) {
      return inbox.isUsableOn(other);
    }

    /**
     * Sends one.
     *
     * @return its number, which its answer carries: 1 for the first one
     * @throws IllegalStateException when it was not sent
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    long publish(String subject, @Nullable Headers headers, byte[] body) {
      long question = inbox.ask();
      connection().publish(subject, inbox.subject(question), headers, body);
      unanswered++;
      return question;
    }

    @Override
    public boolean isAwaited() {
      return unanswered > 0;
    }

    @Override
    public void lost() {
      inbox.drop();
    }

    @Override
    void end(KvException why) {
      ended = why;
      inbox.drop();
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // that one too
    Message answer(long nanos) throws InterruptedException, ExecutionException, TimeoutException {
      try {
        Message message = inbox.next(nanos);
        unanswered--;
        return message;
      } catch (IllegalStateException e) {
        @Nullable KvException why = ended;
        throw new ExecutionException(why == null ? e : why);
      }
    }
  }
}

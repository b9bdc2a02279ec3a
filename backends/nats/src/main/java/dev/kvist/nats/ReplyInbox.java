package dev.kvist.nats;

import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * An inbox of one thread. The connection's reader hands the answer to the thread that waits for it;
 * behind an inbox that all requests share there is another thread in between, which makes a request
 * of one thread a sixth slower.
 *
 * <p>Each question has a number, to which its answer comes back: two servers may answer one
 * question, such as a leader that was paused and the one after it, and the second answer must not
 * be taken for that to a later question.
 */
final class ReplyInbox {
  private final Connection connection;
  private final String prefix;
  private final Subscription subscription;
  private long asked;

  /** Something came, so that the server knows of it. For the thread that waits. */
  private boolean isKnown;

  private ReplyInbox(Connection connection) {
    this.connection = connection;
    prefix = connection.createInbox() + ".";
    subscription = connection.subscribe(prefix + "*");
    // No more come than are asked for.
    subscription.setPendingLimits(-1, -1);
  }

  /** Subscribes, without waiting for the server. */
  static ReplyInbox on(Connection connection) {
    return new ReplyInbox(connection);
  }

  /** The number of another question: 1 at first. */
  long ask() {
    return ++asked;
  }

  /** Where the answer to a question is to be sent. */
  String subject(long question) {
    return prefix + question;
  }

  /** To which question a message is the answer. */
  static long question(Message answer) {
    String to = answer.getSubject();
    return Long.parseLong(to, to.lastIndexOf('.') + 1, to.length(), 10);
  }

  @SuppressWarnings("ReferenceEquality") // Each connection has its own.
  boolean isUsableOn(Connection other) {
    return connection == other && subscription.isActive();
  }

  /**
   * Whether an answer ever came. The library drops what an interrupted thread sends, a subscription
   * too, and says nothing of it: answers would be waited for in vain, one after the other.
   */
  boolean isKnown() {
    return isKnown;
  }

  /**
   * Waits for an answer, to whichever question.
   *
   * @throws IllegalStateException when it was dropped, or the connection broke
   */
  Message next(long nanos) throws TimeoutException, InterruptedException {
    // Of zero the library makes for ever.
    Message message = subscription.nextMessage(Duration.ofNanos(Math.max(1_000_000, nanos)));
    if (message == null) {
      throw new TimeoutException();
    }
    isKnown = true;
    return message;
  }

  /** Gives it up; whoever waits for an answer gets none. */
  void drop() {
    try {
      subscription.unsubscribe();
    } catch (IllegalStateException e) {
      // The connection is gone, and the subscription with it.
    }
  }
}

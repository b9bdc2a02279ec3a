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
 */
final class ReplyInbox {
  private final Connection connection;
  private final String subject;
  private final Subscription subscription;

  private ReplyInbox(Connection connection, String rest) {
    this.connection = connection;
    subject = connection.createInbox();
    subscription = connection.subscribe(subject + rest);
  }

  /** For one answer at a time. Subscribes, without waiting for the server. */
  static ReplyInbox forOne(Connection connection) {
    return new ReplyInbox(connection, "");
  }

  /** For answers to the subject with another token behind it. */
  static ReplyInbox forMany(Connection connection) {
    return new ReplyInbox(connection, ".*");
  }

  String subject() {
    return subject;
  }

  @SuppressWarnings("ReferenceEquality") // Each connection has its own.
  boolean isUsableOn(Connection other) {
    return connection == other && subscription.isActive();
  }

  /**
   * Waits for the answer.
   *
   * @throws IllegalStateException when it was dropped, or the connection broke
   */
  Message next(long nanos) throws TimeoutException, InterruptedException {
    // Of zero the library makes for ever.
    Message message = subscription.nextMessage(Duration.ofNanos(Math.max(1_000_000, nanos)));
    if (message == null) {
      throw new TimeoutException();
    }
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

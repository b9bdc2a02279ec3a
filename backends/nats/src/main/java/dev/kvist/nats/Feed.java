package dev.kvist.nats;

import dev.kvist.KvException;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.NUID;
import io.nats.client.Subscription;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.impl.Headers;
import io.nats.client.support.Status;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A push consumer on the server and its messages here. For one thread, but for {@link #close}.
 *
 * <p>Flow control stops the server while nobody reads, after a few megabytes: its question how far
 * we are waits in line with the messages, and is answered when it is read. Heartbeats tell that it
 * is still there, and how many messages it sent. Whatever does not fit ends the feed: its reader
 * knows better than the library from where a new one has to start.
 */
final class Feed implements AutoCloseable {
  private static final Duration HEARTBEAT = Duration.ofMillis(500);
  private static final Duration INACTIVE = Duration.ofSeconds(5);
  private static final long SILENCE_NANOS = 2_500_000_000L;

  /**
   * So many heartbeats that say that the server waits for an answer, with nothing between and
   * behind them: half a second each. A server says what is not permitted before the next one, but
   * not by way of an application's own connection.
   */
  private static final int MOST_STALLED = 10;

  private static final byte[] NOTHING = {};

  /** In place of a sequence to start with. */
  static final long LAST_OF_EACH_SUBJECT = 0;

  /** What the next thing in line is. */
  enum Signal {
    /** {@link #message} and {@link #delivery} have it. */
    MESSAGE,
    /** The server has nothing more for us, and we have read all that it sent. */
    IDLE,
    /** Nothing came in the time given. */
    NOTHING,
    /** There will be nothing more; {@link #brokenBecause} says why. */
    BROKEN
  }

  private final Connection connection;
  private final Api api;
  private final Stream stream;
  private final String consumer;
  private final Subscription subscription;
  private volatile boolean closed;
  private boolean hasSomething;
  private long consumerSequence;
  private long silentNanos;

  /** Whether it was seen since the last message that nothing more was on the way. */
  private boolean sawEnd;

  private boolean wasAtEnd;

  /** How many the server had behind the last message that was read; read by any thread. */
  private volatile long lastPending;

  /** When that message was stored, in milliseconds since 1970; 0 before the first. */
  private volatile long lastMillis;

  private long holdUps;
  private int stalledBeats;
  private @Nullable Message message;
  private @Nullable Delivery delivery;
  private String brokenBecause = "";

  private Feed(
      Connection connection, Api api, Stream stream, String consumer, Subscription subscription) {
    this.connection = connection;
    this.api = api;
    this.stream = stream;
    this.consumer = consumer;
    this.subscription = subscription;
  }

  /**
   * Makes the consumer.
   *
   * @param start the sequence to start with, or {@link #LAST_OF_EACH_SUBJECT}
   */
  static Feed open(
      Connection connection,
      Api api,
      Stream stream,
      List<String> filters,
      long start,
      Deadline deadline)
      throws ApiError {
    String inbox = connection.createInbox();
    String consumer = "kvist-" + NUID.nextGlobalSequence();
    Subscription subscription = connection.subscribe(inbox);
    // Flow control is the limit; past one of the library's, messages would be dropped.
    subscription.setPendingLimits(-1, -1);
    var feed = new Feed(connection, api, stream, consumer, subscription);
    try {
      ConsumerInfo made =
          api.createConsumer(stream, consumer, configuration(inbox, filters, start), deadline);
      feed.hasSomething = made.getNumPending() > 0;
    } catch (ApiError | RuntimeException e) {
      feed.close();
      throw e;
    }
    return feed;
  }

  private static ConsumerConfiguration configuration(
      String inbox, List<String> filters, long start) {
    ConsumerConfiguration.Builder builder =
        ConsumerConfiguration.builder()
            .deliverSubject(inbox)
            .filterSubjects(filters)
            .ackPolicy(AckPolicy.None)
            .flowControl(HEARTBEAT)
            .inactiveThreshold(INACTIVE)
            .memStorage(true)
            .numReplicas(1);
    return start == LAST_OF_EACH_SUBJECT
        ? builder.deliverPolicy(DeliverPolicy.LastPerSubject).build()
        : builder.deliverPolicy(DeliverPolicy.ByStartSequence).startSequence(start).build();
  }

  /** Whether there was something to deliver when the consumer was made. */
  boolean hasSomething() {
    return hasSomething;
  }

  /** The consumer's name. */
  String consumer() {
    return consumer;
  }

  /**
   * Waits for the next message or heartbeat, no longer than this.
   *
   * @throws KvException.NotPermitted when the server may not be told how far we are
   */
  Signal next(long nanos) throws InterruptedException {
    long begin = System.nanoTime();
    long left = nanos;
    while (true) {
      @Nullable Message next;
      try {
        next = subscription.nextMessage(Duration.ofNanos(Math.max(1, left)));
      } catch (IllegalStateException e) {
        return broken("the connection was lost");
      }
      if (next == null) {
        return silence(System.nanoTime() - begin);
      }
      silentNanos = 0;
      @Nullable Signal signal = next.isStatusMessage() ? status(next) : message(next);
      if (signal != null) {
        return signal;
      }
      left = nanos - (System.nanoTime() - begin);
    }
  }

  /** Counts just the time in which somebody waited: what came meanwhile would be in line. */
  private Signal silence(long waitedNanos) {
    silentNanos += waitedNanos;
    sawEnd |= lastPending == 0 && consumerSequence > 0;
    return silentNanos > SILENCE_NANOS ? broken("no heartbeat came") : Signal.NOTHING;
  }

  private Signal message(Message next) {
    @Nullable Delivery place = Delivery.of(next.getReplyTo());
    if (place == null) {
      return broken("a message came that is none of the stream");
    }
    if (place.consumerSequence() != consumerSequence + 1) {
      return broken("messages were lost on the way");
    }
    consumerSequence++;
    stalledBeats = 0;
    wasAtEnd = sawEnd;
    sawEnd = false;
    lastPending = place.pending();
    lastMillis = place.timeNanos() / 1_000_000;
    message = next;
    delivery = place;
    return Signal.MESSAGE;
  }

  private @Nullable Signal status(Message next) {
    Status status = next.getStatus();
    if (status.isFlowControl()) {
      holdUps++;
      answer(next.getReplyTo());
      return null;
    }
    if (!status.isHeartbeat()) {
      return broken(status.getMessageWithCode());
    }
    Headers headers = next.getHeaders();
    @Nullable String stalled = headers == null ? null : headers.getFirst("Nats-Consumer-Stalled");
    if (stalled != null) {
      holdUps++;
      api.checkPermitted(stalled);
      answer(stalled);
      if (subscription.getPendingMessageCount() == 0 && ++stalledBeats >= MOST_STALLED) {
        throw Requests.notPermitted("a publish to \"" + stalled + "\" was not heard");
      }
      return null;
    }
    @Nullable String sent = headers == null ? null : headers.getFirst("Nats-Last-Consumer");
    if (sent != null && Long.parseLong(sent) != consumerSequence) {
      return broken("messages were lost on the way");
    }
    sawEnd = true;
    return Signal.IDLE;
  }

  private void answer(String subject) {
    try {
      connection.publish(subject, NOTHING);
    } catch (IllegalStateException e) {
      // The connection broke, and the next message will say so.
    }
  }

  private Signal broken(String why) {
    brokenBecause = why;
    return Signal.BROKEN;
  }

  /** The message that the last {@link #next} found. */
  Message message() {
    Message found = message;
    if (found == null) {
      throw new IllegalStateException("no message was found");
    }
    return found;
  }

  /** Where that lies in the stream. */
  Delivery delivery() {
    Delivery found = delivery;
    if (found == null) {
      throw new IllegalStateException("no message was found");
    }
    return found;
  }

  /** Whether the server had nothing to send before that message, so that it sent it at once. */
  boolean wasAtEnd() {
    return wasAtEnd;
  }

  /** How often flow control may have held up the server. */
  long holdUps() {
    return holdUps;
  }

  /** How many messages are still to be read, at least. By any thread. */
  long behind() {
    return Math.max(lastPending, subscription.getPendingMessageCount());
  }

  /** When the last message that was read was stored; 0 before the first. By any thread. */
  long lastMillis() {
    return lastMillis;
  }

  /** Why it is broken. */
  String brokenBecause() {
    return brokenBecause;
  }

  /** Whether it was closed. */
  boolean isClosed() {
    return closed;
  }

  /** Deletes the consumer, without waiting for it, and whatever is in line. By any thread. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      subscription.unsubscribe();
    } catch (IllegalStateException e) {
      // The connection is closed, and with it the subscription.
    }
    api.dropConsumer(stream, consumer);
  }
}

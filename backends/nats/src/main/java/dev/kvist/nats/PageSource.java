package dev.kvist.nats;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Fetches pages of consumers' messages. One thread of the client library collects the pages of all
 * scans of a connection, and a scan is woken once a page; between pages nothing is held. For many
 * threads.
 */
final class PageSource {
  /** How long a server waits for a page to become full. */
  private static final Duration EXPIRES = Duration.ofSeconds(1);

  /** The status behind the last message of an answer. */
  private static final int END_OF_BATCH = 204;

  private static final int NOTHING_FOUND = 404;

  private final Link link;
  private final PendingRequests pending;
  private @Nullable Connection dispatcherOf;
  private @Nullable Dispatcher dispatcher;
  private boolean closed;

  PageSource(Link link, PendingRequests pending) {
    this.link = link;
    this.pending = pending;
  }

  /** A delivered message with where it lies. */
  record Item(Message message, Delivery delivery) {}

  /** How a page ended. */
  enum End {
    /** There are as many messages as were asked for. */
    FULL,
    /** No more messages match, and the last one that had to come has. */
    COMPLETE,
    /** There were no more for a while. */
    EXPIRED,
    /** The consumer is gone. */
    LOST
  }

  /** A page under way. */
  static final class Fetch {
    private final int size;
    private final long lastSequence;
    private final List<Item> items = new ArrayList<>();
    private final CompletableFuture<End> end = new CompletableFuture<>();

    private Fetch(int size, long lastSequence) {
      this.size = size;
      this.lastSequence = lastSequence;
    }

    /** Completes when the page has; then {@link #items} may be read. */
    CompletableFuture<End> end() {
      return end;
    }

    List<Item> items() {
      return items;
    }

    /** Called by one thread; another one may end it meanwhile, and read what has come. */
    private synchronized void add(Message message) {
      if (end.isDone()) {
        return;
      }
      if (message.isStatusMessage()) {
        int code = message.getStatus().getCode();
        end(code == NOTHING_FOUND || code == 408 ? End.EXPIRED : End.LOST);
        return;
      }
      @Nullable Delivery delivery = Delivery.of(message.getReplyTo());
      if (delivery == null) {
        return;
      }
      items.add(new Item(message, delivery));
      if (delivery.pending() == 0 && delivery.streamSequence() >= lastSequence) {
        end(End.COMPLETE);
      } else if (items.size() == size) {
        end(End.FULL);
      }
    }

    /** Ends it with what has come. */
    synchronized void end(End how) {
      end.complete(how);
    }
  }

  /**
   * The messages of a consumer, in pages. Another page may be asked for before one is complete: the
   * server goes from the one to the other without waiting, which makes a scan a sixth faster. They
   * share an inbox, since it would deal the messages out to several in turn.
   */
  final class Pages {
    private final String subject;
    private final Connection connection;
    private final String inbox;
    private final Queue<Fetch> asked = new ConcurrentLinkedQueue<>();
    private @Nullable Runnable free;

    private Pages(String subject, Connection connection) {
      this.subject = subject;
      this.connection = connection;
      this.inbox = connection.createInbox();
      try {
        Dispatcher shared = dispatcher(connection);
        Subscription subscription = shared.subscribe(inbox, this::add);
        free = () -> unsubscribe(shared, subscription);
      } catch (IllegalStateException e) {
        // The connection broke meanwhile: what is asked for will be lost.
      }
    }

    /**
     * Asks for the next messages.
     *
     * @param lastSequence up to where at least there is something to deliver
     */
    Fetch ask(int size, long lastSequence) {
      var fetch = new Fetch(size, lastSequence);
      asked.add(fetch);
      String request = "{\"batch\":" + size + ",\"expires\":" + EXPIRES.toNanos() + "}";
      try {
        connection.publish(subject, inbox, request.getBytes(StandardCharsets.US_ASCII));
      } catch (IllegalStateException e) {
        fetch.end(End.LOST);
      }
      return fetch;
    }

    /** Called by one thread. */
    private void add(Message message) {
      @Nullable Fetch first = asked.peek();
      if (first != null) {
        first.add(message);
        if (first.end.isDone()) {
          asked.remove();
        }
      }
    }

    /** Frees it; what is under way does not end any more. */
    void close() {
      @Nullable Runnable last = free;
      free = null;
      if (last != null) {
        last.run();
      }
    }
  }

  /** Those of a consumer. */
  Pages pages(Stream stream, String consumer, Deadline deadline) {
    return new Pages(Api.nextSubject(stream, consumer), link.await(deadline));
  }

  /** A question that several messages answer, up to a status. */
  static final class Question implements UnderWay {
    private final String subject;
    private final List<Message> messages = new ArrayList<>();
    private final CompletableFuture<@Nullable List<Message>> answer = new CompletableFuture<>();

    private Question(String subject) {
      this.subject = subject;
    }

    /**
     * Completes with the messages, or with null when these are not all, or it ended otherwise; or
     * with {@link dev.kvist.KvException.NotPermitted}. To complete it frees what it holds.
     */
    CompletableFuture<@Nullable List<Message>> answer() {
      return answer;
    }

    /** Called by one thread. */
    private void add(Message message) {
      if (!message.isStatusMessage()) {
        messages.add(message);
        return;
      }
      int code = message.getStatus().getCode();
      boolean isAll = code == NOTHING_FOUND || (code == END_OF_BATCH && !isMoreBehind(message));
      answer.complete(isAll ? messages : null);
    }

    /** A server sends no more at once than may wait for a client. */
    private static boolean isMoreBehind(Message end) {
      @Nullable Headers headers = end.getHeaders();
      @Nullable String number = headers == null ? null : headers.getFirst("Nats-Num-Pending");
      return number != null && !number.equals("0");
    }

    @Override
    public boolean isAwaited() {
      return !answer.isDone();
    }

    @Override
    public boolean isTo(String refused) {
      return subject.equals(refused);
    }

    @Override
    public void refuse(String error) {
      answer.completeExceptionally(Requests.notPermitted(error));
    }

    @Override
    public void lost() {
      answer.complete(null);
    }
  }

  /** Asks a question that several messages answer. */
  Question collect(Connection connection, String subject, byte[] request) {
    var question = new Question(subject);
    try {
      Dispatcher shared = dispatcher(connection);
      String inbox = connection.createInbox();
      Subscription subscription = shared.subscribe(inbox, question::add);
      pending.add(question, pending.happened());
      var _ =
          question.answer.whenComplete((_, _) -> {
            pending.remove(question);
            unsubscribe(shared, subscription);
          });
      connection.publish(subject, inbox, request);
    } catch (IllegalStateException e) {
      question.lost();
    }
    return question;
  }

  @SuppressWarnings("ReferenceEquality") // Each connection has its own.
  private synchronized Dispatcher dispatcher(Connection connection) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    @Nullable Dispatcher now = dispatcher;
    if (now == null || dispatcherOf != connection) {
      now = connection.createDispatcher();
      // Pages are bounded by what is asked for.
      now.setPendingLimits(-1, -1);
      dispatcher = now;
      dispatcherOf = connection;
    }
    return now;
  }

  private static void unsubscribe(Dispatcher dispatcher, Subscription subscription) {
    try {
      dispatcher.unsubscribe(subscription);
    } catch (IllegalStateException e) {
      // The connection is gone, and the subscription with it.
    }
  }

  /** Frees the thread that collects, on a connection that goes on. */
  synchronized void close() {
    @Nullable Dispatcher last = dispatcher;
    @Nullable Connection its = dispatcherOf;
    if (last != null && its != null && its.getStatus() == Connection.Status.CONNECTED) {
      its.closeDispatcher(last);
    }
    dispatcher = null;
    dispatcherOf = null;
    closed = true;
  }
}

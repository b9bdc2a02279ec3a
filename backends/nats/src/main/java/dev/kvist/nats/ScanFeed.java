package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.nats.PageSource.End;
import dev.kvist.nats.PageSource.Fetch;
import dev.kvist.nats.PageSource.Item;
import dev.kvist.nats.PageSource.Pages;
import io.nats.client.NUID;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The last messages of all subjects that match a filter, in the order of the stream, page by page.
 *
 * <p>It ends at a message behind which nothing is pending and which is not before the last one that
 * matched at the start. To stop at the number that was pending at the start would lose keys that
 * are overwritten meanwhile, since their messages move behind it. When a consumer is lost, with a
 * server or after a long pause, another one goes on behind the last message. For one thread.
 */
final class ScanFeed implements AutoCloseable {
  /** What the names of consumers of scans begin with. */
  static final String CONSUMER = "kvist-scan-";

  private static final int FIRST_PAGE = 16;
  private static final int LARGEST_PAGE = 4096;
  private static final int GROWTH = 4;

  /** A scan that goes on is worth it; of one that is left early nothing was read in vain. */
  private static final int PAGES_WITHOUT_READ_AHEAD = 2;

  /** One that the server is at, and one that it goes on with. */
  private static final int PAGES_AHEAD = 2;

  /** So many full pages behind the last message of the start, and the count is not believed. */
  private static final int MOST_PAGES_BEYOND = 2;

  private static final long PAGE_BYTES = 4 << 20;

  /**
   * A value up to so many bytes is read faster than the header that a server puts in its place:
   * keys of 100-byte values came 1.5 times as fast with them.
   */
  private static final long SHORT_MESSAGE_BYTES = 256;

  /** A consumer that nobody asks for so long goes away; then another one is made. */
  private static final Duration INACTIVE = Duration.ofSeconds(30);

  /** Beyond the time after which a server ends a page. */
  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(4);

  private final Stream stream;
  private final String filter;
  private final boolean keysOnly;
  private final Api api;
  private final PageSource source;
  private final Requests requests;
  private final Duration timeout;
  private long after;
  private long lastSequence;
  private @Nullable String consumer;
  private long consumerSequence;
  private int pageSize;
  private int pages;
  private int pagesBeyond;

  /**
   * Whether a consumer of all messages counts right what is pending. Those of nats-server 2.9 were
   * seen to count overwritten messages for ever, so that a scan beside a writer never ended; those
   * of the last message of each subject count right, and take longer to be made.
   */
  private boolean trustsPending = true;

  private boolean ended;
  private @Nullable Pages from;
  private final Queue<Fetch> underWay = new ArrayDeque<>();

  /**
   * A feed.
   *
   * @param after the sequence behind which it begins; 0 for the beginning
   * @param atMost how many messages are wanted, as far as is known
   */
  ScanFeed(
      Session session, Stream stream, String filter, long after, long atMost, boolean keysOnly) {
    this.stream = stream;
    this.filter = filter;
    this.after = after;
    this.keysOnly = keysOnly;
    this.api = session.api();
    this.source = session.pages();
    this.requests = session.requests();
    this.timeout = session.settings().operationTimeout();
    this.pageSize = (int) Math.min(FIRST_PAGE, atMost);
  }

  /** The next messages, each later than those before; null at the end. */
  @Nullable List<Item> next() throws ApiError {
    Deadline deadline = Deadline.in(timeout);
    while (!ended) {
      requests.link().checkOpen();
      if (consumer == null && !begin(deadline)) {
        ended = true;
        break;
      }
      if (underWay.isEmpty()) {
        underWay.add(fetch(deadline));
      }
      Fetch fetch = underWay.element();
      End end = await(fetch, deadline);
      underWay.remove();
      if (end == End.LOST) {
        requests.checkPermitted(Api.nextSubject(stream, Objects.requireNonNull(consumer)));
      }
      List<Item> items = take(fetch, end, deadline);
      if (!items.isEmpty()) {
        return items;
      }
      if (!fetch.items().isEmpty()) {
        deadline = Deadline.in(timeout);
      }
      if (deadline.isOver()) {
        throw new KvException.Timeout(
            Effect.NONE, "a scan of bucket " + stream.bucket(), deadline.whole());
      }
    }
    close();
    return null;
  }

  /** Makes the consumer; false when nothing is left. */
  private boolean begin(Deadline deadline) throws ApiError {
    @Nullable StoredMessage last = api.last(stream, filter, deadline);
    if (last == null || last.sequence <= after) {
      return false;
    }
    lastSequence = last.sequence;
    String name = CONSUMER + NUID.nextGlobal();
    ConsumerConfiguration.Builder config =
        ConsumerConfiguration.builder()
            .name(name)
            .ackPolicy(AckPolicy.None)
            .headersOnly(keysOnly && !areMessagesShort(deadline))
            .inactiveThreshold(INACTIVE)
            .memStorage(true)
            .numReplicas(1);
    boolean lastOfEach = stream.history() != 1 || !trustsPending;
    if (lastOfEach) {
      // Sequences up to the last one handed out come again, and are left out.
      config.deliverPolicy(DeliverPolicy.LastPerSubject);
    } else if (after == 0) {
      config.deliverPolicy(DeliverPolicy.All);
    } else {
      config.deliverPolicy(DeliverPolicy.ByStartSequence).startSequence(after + 1);
    }
    if (lastOfEach || !filter.equals(stream.allSubjects())) {
      // A server matches each message with it, a tenth of the time of a scan; the last ones need
      // it.
      config.filterSubject(filter);
    }
    api.createConsumer(stream, name, config.build(), deadline);
    consumer = name;
    consumerSequence = 0;
    return true;
  }

  /** On average, so that no more is read than that for each message of the stream. */
  private boolean areMessagesShort(Deadline deadline) {
    @Nullable StreamInfo info = api.stream(stream.bucket(), deadline);
    if (info == null) {
      return false;
    }
    StreamState state = info.getStreamState();
    return state.getByteCount() <= SHORT_MESSAGE_BYTES * state.getMsgCount();
  }

  private Fetch fetch(Deadline deadline) {
    @Nullable Pages its = from;
    if (its == null) {
      its = source.pages(stream, Objects.requireNonNull(consumer), deadline);
      from = its;
    }
    return its.ask(pageSize, lastSequence);
  }

  private End await(Fetch fetch, Deadline deadline) {
    try {
      long patience = deadline.within(ANSWER_PATIENCE).leftNanos();
      return fetch.end().get(Math.max(0, patience), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      fetch.end(End.LOST);
      return End.LOST;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(Effect.NONE, "a scan of bucket " + stream.bucket(), null);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What of a page is new, and how it goes on behind it. */
  private List<Item> take(Fetch fetch, End end, Deadline deadline) throws ApiError {
    List<Item> all = fetch.items();
    int known = 0;
    int usable = 0;
    for (Item item : all) {
      if (item.delivery().consumerSequence() != consumerSequence + 1) {
        break;
      }
      consumerSequence++;
      usable++;
      if (item.delivery().streamSequence() <= after) {
        known = usable;
      }
    }
    List<Item> fresh = all.subList(known, usable);
    if (!fresh.isEmpty()) {
      after = fresh.getLast().delivery().streamSequence();
    }
    goOn(usable < all.size() ? End.LOST : end, all, deadline);
    return fresh;
  }

  private void goOn(End end, List<Item> page, Deadline deadline) throws ApiError {
    switch (end) {
      case COMPLETE -> ended = true;
      case FULL -> {
        grow(page);
        if (trustsPending && after >= lastSequence && ++pagesBeyond > MOST_PAGES_BEYOND) {
          trustsPending = false;
          forgetConsumer();
        } else if (++pages > PAGES_WITHOUT_READ_AHEAD) {
          while (underWay.size() < PAGES_AHEAD) {
            underWay.add(fetch(deadline));
          }
        }
      }
      case EXPIRED -> {
        if (!isMoreToCome(deadline)) {
          ended = true;
        }
      }
      case LOST -> forgetConsumer();
    }
  }

  private void grow(List<Item> page) {
    long bytes = 0;
    for (Item item : page) {
      bytes += item.message().getData().length + item.message().getSubject().length();
    }
    long fitting = PAGE_BYTES / Math.max(1, bytes / page.size());
    pageSize = Math.clamp(fitting, 1, Math.min(LARGEST_PAGE, GROWTH * page.size()));
  }

  /** Whether there is something behind what was handed out, as the leader knows it. */
  private boolean isMoreToCome(Deadline deadline) throws ApiError {
    @Nullable StoredMessage last = api.last(stream, filter, deadline);
    if (last == null || last.sequence <= after) {
      return false;
    }
    // The last one of the start may be gone without a marker, or a replica be late with it.
    lastSequence = last.sequence;
    return true;
  }

  private void forgetConsumer() {
    underWay.clear();
    @Nullable Pages its = from;
    from = null;
    if (its != null) {
      its.close();
    }
    @Nullable String last = consumer;
    consumer = null;
    if (last != null) {
      api.dropConsumer(stream, last);
    }
  }

  /** The sequence of the last message handed out. */
  long position() {
    return after;
  }

  @Override
  public void close() {
    ended = true;
    forgetConsumer();
  }
}

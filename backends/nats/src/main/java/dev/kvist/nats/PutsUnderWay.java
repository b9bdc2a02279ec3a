package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.PutOptions;
import dev.kvist.spi.PutPipeline;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts that are published one behind the other; the thread that publishes them reads the answers,
 * many at a time. A put that the server refused, or that nobody heard, is done again as one by
 * itself, which knows what to do then: there is never another one of its key behind it. For one
 * thread.
 */
final class PutsUnderWay implements PutPipeline {
  private static final int MOST = 1_000;
  private static final long MOST_BYTES = 8 << 20;

  /** How often is looked whether there will be answers. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** A put without an answer yet. */
  private static final class Put {
    final String subject;
    final byte[] key;
    final byte[] value;
    final PutOptions options;
    final Consumer<@Nullable RuntimeException> outcome;
    final Deadline deadline;
    final long sentNanos = System.nanoTime();

    Put(
        String subject,
        byte[] key,
        byte[] value,
        PutOptions options,
        Consumer<@Nullable RuntimeException> outcome,
        Deadline deadline) {
      this.subject = subject;
      this.key = key;
      this.value = value;
      this.options = options;
      this.outcome = outcome;
      this.deadline = deadline;
    }

    long bytes() {
      return (long) key.length + value.length;
    }
  }

  private final NatsStore store;
  private final Requests requests;
  private final Duration timeout;

  /** By the number that their answers carry, the oldest first. */
  private final Map<Long, Put> puts = new LinkedHashMap<>();

  private final Set<ByteBuffer> keys = new HashSet<>();
  private long bytes;
  private Sent.@Nullable Many sent;
  private long lookedNanos = System.nanoTime();

  PutsUnderWay(NatsStore store, Requests requests, Duration timeout) {
    this.store = store;
    this.requests = requests;
    this.timeout = timeout;
  }

  @Override
  public void put(
      byte[] key, byte[] value, PutOptions options, Consumer<@Nullable RuntimeException> outcome) {
    if (keys.contains(ByteBuffer.wrap(key))) {
      flush();
    }
    if (puts.size() >= MOST || bytes >= MOST_BYTES) {
      settle(MOST / 2, MOST_BYTES / 2);
    }
    Deadline deadline = Deadline.in(timeout);
    Writes.Envelope envelope;
    try {
      envelope = store.envelope(key, value, options, deadline);
    } catch (RuntimeException e) {
      outcome.accept(e);
      return;
    }
    var put = new Put(envelope.subject(), key, value, options, outcome, deadline);
    Sent.Many to = sent(deadline);
    long number;
    try {
      number = to.publish(envelope.subject(), envelope.headers(), value);
    } catch (IllegalStateException e) {
      if (!puts.isEmpty()) {
        throw failed(requests.link().notConnected(Effect.UNKNOWN, e));
      }
      close();
      alone(put);
      return;
    }
    puts.put(number, put);
    keys.add(ByteBuffer.wrap(key));
    bytes += put.bytes();
  }

  /** On a connection that broke there is nothing to wait for, and so nothing to go on behind. */
  private Sent.Many sent(Deadline deadline) {
    Sent.@Nullable Many now = sent;
    @Nullable Connection connected = requests.link().connected();
    if (now != null && (connected == null || !now.isUsableOn(connected))) {
      settle(0, 0);
      close();
      now = null;
    }
    if (now == null) {
      now = requests.sendMany(requests.link().await(deadline), null);
      sent = now;
    }
    return now;
  }

  @Override
  public void flush() {
    settle(0, 0);
  }

  /** Waits until no more than this is under way. */
  private void settle(int mostPuts, long mostBytes) {
    while (puts.size() > mostPuts || bytes > mostBytes) {
      Sent.Many from = sent;
      if (from == null) {
        throw new IllegalStateException("puts are under way to nowhere");
      }
      Message answer = answer(from);
      Put put = puts.remove(ReplyInbox.question(answer));
      if (put != null) {
        keys.remove(ByteBuffer.wrap(put.key));
        bytes -= put.bytes();
        take(put, answer);
      }
    }
  }

  private Message answer(Sent.Many from) {
    while (true) {
      checkPermitted();
      Put oldest = puts.values().iterator().next();
      try {
        Message answer = from.answer(Math.max(1, oldest.deadline.within(LOOK).leftNanos()));
        requests.answered();
        return answer;
      } catch (TimeoutException e) {
        checkComes(oldest, from);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw failed(new KvException.Timeout(Effect.UNKNOWN, store + ": puts", null));
      } catch (ExecutionException e) {
        throw failed(
            e.getCause() instanceof KvException refused
                ? refused
                : requests.link().notConnected(Effect.UNKNOWN, e));
      }
    }
  }

  /**
   * What is not permitted gets no answer, while those behind it get theirs. Looks now and then at
   * all of them: of many that are not permitted the last ones are remembered.
   */
  private void checkPermitted() {
    long now = System.nanoTime();
    if (now - lookedNanos < LOOK.toNanos()) {
      return;
    }
    lookedNanos = now;
    try {
      puts.values().forEach(put -> requests.checkPermitted(put.subject));
    } catch (KvException.NotPermitted e) {
      throw failed(e);
    }
  }

  private void checkComes(Put oldest, Sent.Many from) {
    if (oldest.deadline.isOver()) {
      requests.unanswered(from.connection(), oldest.sentNanos, timeout);
      throw failed(new KvException.Timeout(Effect.UNKNOWN, store + ": puts", timeout));
    }
  }

  private void take(Put put, Message answer) {
    try {
      if (!answer.isStatusMessage()) {
        Acknowledged.of(answer.getData());
        store.stored(put.key, put.bytes());
        put.outcome.accept(null);
        return;
      }
    } catch (ApiError e) {
      // As one by itself it gets the same answer, or a better one.
    }
    alone(put);
  }

  private void alone(Put put) {
    @Nullable RuntimeException failure = null;
    try {
      store.put(put.key, put.value, put.options);
    } catch (RuntimeException e) {
      failure = e;
    }
    put.outcome.accept(failure);
  }

  private KvException failed(KvException why) {
    close();
    return why;
  }

  @Override
  public void close() {
    Sent.@Nullable Many last = sent;
    sent = null;
    puts.clear();
    keys.clear();
    bytes = 0;
    if (last != null) {
      requests.end(last);
    }
  }
}

package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers that come twice, and questions whose answers nobody waits for. */
final class RepliesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** As a leader may answer that was paused, after the next one did. */
  @ParameterizedTest
  @EnumSource
  void aSecondAnswerIsNotTakenForThatToTheNextQuestion(NatsKind kind) throws Exception {
    try (PlainClient other = PlainClient.connect(SharedServer.of(kind).url());
        NatsConnection connection =
            NatsConnection.connect(NatsConnectionConfig.of(SharedServer.of(kind).url()))) {
      String bucket = "twice" + System.nanoTime();
      KvStore store = connection.store(bucket);
      store.writer().put(utf8("one"), utf8("1"));
      store.writer().put(utf8("two"), utf8("2"));
      var asked = new LinkedBlockingQueue<Message>();
      other
          .connection()
          .createDispatcher(asked::add)
          .subscribe("$JS.API.STREAM.MSG.GET.KV_" + bucket);
      other.connection().flush(PATIENCE);
      assertArrayEquals(utf8("1"), store.reader().get(utf8("one")));
      Message question = asked.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertNotNull(question);
      Message again =
          other.connection().request(question.getSubject(), question.getData(), PATIENCE);
      assertNotNull(again);
      other.connection().publish(question.getReplyTo(), again.getData());
      other.connection().flush(PATIENCE);
      assertArrayEquals(utf8("2"), store.reader().get(utf8("two")));
      connection.drop(bucket);
    }
  }

  /** The library drops what an interrupted thread sends, such as that an inbox is subscribed to. */
  @ParameterizedTest
  @EnumSource
  void nobodyGetsTheInboxOfAThreadThatWasInterrupted(NatsKind kind) throws Exception {
    try (PlainClient client = PlainClient.connect(SharedServer.of(kind).url())) {
      var inboxes = new ReplyInboxes();
      Thread.currentThread().interrupt();
      ReplyInbox unknown = inboxes.take(client.connection());
      assertTrue(Thread.interrupted());
      inboxes.giveBack(unknown);
      ReplyInbox next = inboxes.take(client.connection());
      long question = next.ask();
      client.connection().publish(next.subject(question), utf8("answer"));
      assertEquals(question, ReplyInbox.question(next.next(PATIENCE.toNanos())));
      inboxes.giveBack(next);
      assertSame(next, inboxes.take(client.connection()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void anInterruptedMultiGetLeavesNoQuestionBehind(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "20s")) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("v"));
      server.pause();
      List<byte[]> keys = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        keys.add(utf8("k" + i));
      }
      var reader = new LinkedBlockingQueue<Thread>();
      var reading =
          Waiting.start(
              Thread.ofVirtual(),
              () -> {
                reader.add(Thread.currentThread());
                assertThrows(KvException.Timeout.class, () -> store.reader().getAll(keys));
              });
      Waiting.until(PATIENCE, "questions", () -> pending(connection) == 1);
      reader.remove().interrupt();
      Waiting.result(PATIENCE, reading);
      assertEquals(0, pending(connection));
      server.proceed();
    }
  }

  /** Nor is there an inbox of the connection that the first of them would have had to make. */
  @ParameterizedTest
  @EnumSource
  void whatAnInterruptedThreadAskedFirstIsAskedByTheNext(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind);
        NatsConnection connection = Timed.open(server.url(), "4s")) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("k"), utf8("v"));
      List<byte[]> keys = List.of(utf8("k"), utf8("missing"));
      var batch = new WriteBatch().put(utf8("one"), utf8("1")).put(utf8("two"), utf8("2"));
      boolean hasBatches = connection.capabilities().has(Capability.BATCH);
      Thread.currentThread().interrupt();
      assertThrows(KvException.Timeout.class, () -> store.reader().getAll(keys));
      if (hasBatches) {
        assertThrows(KvException.Timeout.class, () -> store.batch().apply(batch));
      }
      assertTrue(Thread.interrupted());
      assertArrayEquals(utf8("v"), store.reader().getAll(keys).getFirst());
      if (hasBatches) {
        store.batch().apply(batch);
        assertArrayEquals(utf8("2"), store.reader().get(utf8("two")));
      }
    }
  }

  private static long pending(NatsConnection connection) {
    return connection.stats().getOrDefault("requests.pending", -1L);
  }
}

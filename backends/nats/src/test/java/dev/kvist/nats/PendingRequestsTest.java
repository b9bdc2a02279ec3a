package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nats.client.Connection;
import io.nats.client.Message;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a server refuses, before and after the request is known to be under way. */
final class PendingRequestsTest {
  private static final String ERROR = "Permissions Violation for Publish to \"$KV.b.k\"";

  private static final Connection UNUSED =
      (Connection)
          Proxy.newProxyInstance(
              Connection.class.getClassLoader(),
              new Class<?>[] {Connection.class},
              (_, method, _) -> {
                throw new AssertionError(method);
              });

  private final PendingRequests pending = new PendingRequests();

  private static Sent to(String subject, CompletableFuture<Message> answer) {
    return new Sent.Together(UNUSED, subject, answer);
  }

  @Test
  void theRequestToThatSubjectEnds() {
    var refused = new CompletableFuture<Message>();
    var other = new CompletableFuture<Message>();
    pending.add(to("$KV.b.k", refused), pending.happened());
    pending.add(to("$KV.b.other", other), pending.happened());
    pending.refuse(ERROR);
    assertTrue(refused.isCompletedExceptionally());
    assertFalse(other.isDone());
    assertEquals(2, pending.size());
  }

  /** The thread that reads may be faster than the one that sent. */
  @Test
  void aRefusalThatCameBeforeItWasAddedCounts() {
    long before = pending.happened();
    pending.refuse(ERROR);
    var refused = new CompletableFuture<Message>();
    pending.add(to("$KV.b.k", refused), before);
    assertTrue(refused.isCompletedExceptionally());
    var later = new CompletableFuture<Message>();
    pending.add(to("$KV.b.k", later), pending.happened());
    assertFalse(later.isDone(), "of a refusal before it was sent");
  }

  /** An answer cannot come where the inbox may not be subscribed to. */
  @Test
  void withoutAnInboxAllEnd() {
    var any = new CompletableFuture<Message>();
    pending.add(to("$KV.b.k", any), pending.happened());
    pending.refuse("Permissions Violation for Subscription to \"_INBOX.x.*\"");
    assertTrue(any.isCompletedExceptionally());
  }
}

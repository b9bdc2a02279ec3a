package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a server refuses, before and after the request is known to be under way. */
final class PendingRequestsTest {
  private static final String ERROR = "Permissions Violation for Publish to \"$KV.b.k\"";

  private final PendingRequests pending = new PendingRequests();

  private static final class Request implements UnderWay {
    private final String subject;
    private @Nullable String refusal;

    Request(String subject) {
      this.subject = subject;
    }

    @Override
    public boolean isAwaited() {
      return true;
    }

    @Override
    public boolean isTo(String refused) {
      return subject.equals(refused);
    }

    @Override
    public void refuse(String error) {
      refusal = error;
    }

    @Override
    public void lost() {
      throw new AssertionError("no connection broke");
    }
  }

  @Test
  void theRequestToThatSubjectEnds() {
    Request refused = pending.add(new Request("$KV.b.k"), pending.happened());
    Request other = pending.add(new Request("$KV.b.other"), pending.happened());
    pending.refuse(ERROR);
    assertEquals(ERROR, refused.refusal);
    assertNull(other.refusal);
    assertEquals(2, pending.size());
  }

  /** The thread that reads may be faster than the one that sent. */
  @Test
  void aRefusalThatCameBeforeItWasAddedCounts() {
    long before = pending.happened();
    pending.refuse(ERROR);
    Request refused = pending.add(new Request("$KV.b.k"), before);
    assertEquals(ERROR, refused.refusal);
    Request later = pending.add(new Request("$KV.b.k"), pending.happened());
    assertNull(later.refusal, "of a refusal before it was sent");
  }

  /** What is no request has to ask. */
  @Test
  void whatWasSaidOfASubjectIsRemembered() {
    pending.refuse(ERROR);
    pending.refuse("Permissions Violation for Publish to \"$KV.b.other\"");
    assertEquals(ERROR, pending.refusalOf("$KV.b.k"));
    assertNull(pending.refusalOf("$KV.b.kk"));
  }

  /** An answer cannot come where the inbox may not be subscribed to. */
  @Test
  void withoutAnInboxAllEnd() {
    Request any = pending.add(new Request("$KV.b.k"), pending.happened());
    String error = "Permissions Violation for Subscription to \"_INBOX.x.*\"";
    pending.refuse(error);
    assertEquals(error, any.refusal);
  }
}

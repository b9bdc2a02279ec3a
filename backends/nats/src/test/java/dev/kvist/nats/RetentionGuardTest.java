package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.nats.RetentionGuard.Overtaken;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a guard asks, how often, and what it makes of the answers, on a stream of 100 messages. */
final class RetentionGuardTest {
  private static final long NOW = 1_000_000;

  private final Fake server = new Fake();
  private RetentionGuard guard = guardOf(100);

  /** A stream whose figures the test sets. */
  private static final class Fake implements RetentionGuard.Source {
    long first = 1;
    long last = 50;
    int questions;
    boolean askedJustNow;
    boolean answers = true;
    @Nullable StreamFigures known;

    @Override
    public @Nullable StreamFigures askedSince(long nanos) {
      questions++;
      askedJustNow = true;
      known = answers ? figures(first, last, 100) : null;
      return known;
    }

    @Override
    public @Nullable StreamFigures known() {
      return known;
    }

    @Override
    public boolean isOlderThan(long nanos) {
      return !askedJustNow;
    }
  }

  private static StreamFigures figures(long first, long last, long maxMessages) {
    Stream stream = Streams.named("b", KeyCodec.ENCODED);
    return new StreamFigures(stream, first, last, NOW, NOW, 0, 0, maxMessages, 0, 100);
  }

  private RetentionGuard guardOf(long maxMessages) {
    return new RetentionGuard(server, figures(1, 50, maxMessages), 50, NOW);
  }

  @BeforeEach
  void isProven() throws Overtaken {
    guard.prove(0);
    server.questions = 0;
  }

  private void delivered(long sequence) throws Overtaken {
    guard.delivered(sequence, NOW, false, 0);
  }

  @Test
  void whatFollowsNeedsNoQuestion() throws Overtaken {
    for (long sequence = 51; sequence < 10_000; sequence++) {
      delivered(sequence);
      assertTrue(guard.isProven());
    }
    assertEquals(0, server.questions);
    assertEquals(9_999, guard.proven());
  }

  @Test
  void neitherDoesAGapOfAServerThatHadNothingToSend() throws Overtaken {
    for (long sequence = 60; sequence < 10_000; sequence += 10) {
      guard.delivered(sequence, NOW, true, 0);
      assertTrue(guard.isProven());
    }
    assertEquals(0, server.questions);
  }

  @Test
  void butItDoesAfterFlowControl() throws Overtaken {
    server.askedJustNow = false;
    guard.delivered(60, NOW, true, 1);
    assertEquals(1, server.questions);
    guard.delivered(70, NOW, true, 1);
    assertEquals(1, server.questions, "answered up to there");
  }

  /** No more than one in an interval, and one for a thousand messages. */
  @Test
  void gapsAreAskedAboutTogether() throws Overtaken {
    server.askedJustNow = false;
    server.last = 1_000_000;
    for (long sequence = 60; sequence < 100_060; sequence += 10) {
      delivered(sequence);
    }
    assertTrue(server.questions <= 11, () -> server.questions + " questions for 10,000 messages");
    assertFalse(guard.isProven(), "the last ones are not answered yet");
    server.askedJustNow = false;
    guard.nothing(0);
    assertTrue(guard.isProven());
    assertEquals(100_050, guard.proven());
  }

  @Test
  void whatWasForgottenBehindAGapIsFound() throws Overtaken {
    server.askedJustNow = false;
    server.first = 90;
    server.last = 189;
    assertThrows(Overtaken.class, () -> delivered(95));
  }

  @Test
  void alsoWhenNothingInScopeIsLeft() {
    server.askedJustNow = false;
    server.first = 90;
    server.last = 189;
    assertThrows(Overtaken.class, () -> guard.idle(1));
  }

  @Test
  void anOverwrittenKeyIsNotForgotten() throws Overtaken {
    server.askedJustNow = false;
    server.first = 60;
    server.last = 65;
    delivered(62);
    assertTrue(guard.isProven(), "a hundred messages did not follow");
  }

  @Test
  void withoutAnAnswerNothingIsProven() throws Overtaken {
    server.askedJustNow = false;
    server.answers = false;
    delivered(60);
    assertFalse(guard.isProven());
    assertEquals(50, guard.proven());
  }

  /** What was stored at a question was sent when a later heartbeat says that nothing is left. */
  @Test
  void aQuietScopeIsCarriedOn() throws Overtaken {
    server.last = 120;
    server.askedJustNow = false;
    guard.idle(0);
    assertEquals(1, server.questions);
    guard.idle(0);
    guard.idle(0);
    assertEquals(50, guard.proven(), "these may have been in line already");
    guard.nothing(0);
    guard.idle(0);
    guard.idle(0);
    assertEquals(120, guard.proven());
    assertEquals(1, server.questions);
  }

  @Test
  void aStreamWithoutLimitsIsNeverAsked() throws Overtaken {
    server.askedJustNow = false;
    RetentionGuard unlimited = guardOf(0);
    assertTrue(unlimited.isProven());
    unlimited.delivered(70, NOW, false, 3);
    unlimited.idle(3);
    unlimited.prove(3);
    assertTrue(unlimited.isProven());
    assertEquals(70, unlimited.proven());
    assertEquals(0, server.questions);
  }
}

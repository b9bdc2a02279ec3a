package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How long is tried again. */
final class DeadlineTest {
  @Test
  void withoutTimeForAnAnswerNothingIsTriedAgain() {
    assertFalse(Deadline.in(Duration.ofNanos(100_000)).pause());
    assertTrue(Deadline.in(Duration.ofHours(1)).pause());
  }

  @Test
  void whoIsInterruptedTriesNothingAgain() {
    Thread.currentThread().interrupt();
    assertFalse(Deadline.in(Duration.ofHours(1)).pause());
    assertTrue(Thread.interrupted());
  }
}

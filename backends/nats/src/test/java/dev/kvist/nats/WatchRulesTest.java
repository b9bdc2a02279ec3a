package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The decisions of a watch, without a server. */
final class WatchRulesTest {
  private static final long NOW = 1_000_000;

  @Test
  void aCursorHasToLieInTheWindowOfTheStream() {
    assertTrue(WatchRules.resumeWindowOk(4, 5, 9), "the next one is the first there is");
    assertFalse(WatchRules.resumeWindowOk(3, 5, 9), "4 is gone");
    assertTrue(WatchRules.resumeWindowOk(9, 5, 9), "the newest");
    assertFalse(WatchRules.resumeWindowOk(10, 5, 9), "10 never was");
    assertTrue(WatchRules.resumeWindowOk(9, 10, 9), "emptied, and nothing is missing");
    assertFalse(WatchRules.resumeWindowOk(8, 10, 9), "emptied, and 9 is missing");
    assertTrue(WatchRules.resumeWindowOk(0, 0, 0), "never had anything");
  }

  @Test
  void aStreamWithoutLimitsOvertakesNobody() {
    assertFalse(WatchRules.mayBeOvertaken(1, 0, figures(1_000, 2_000, 0, 0, 0)));
  }

  @Test
  void whatIsStillThereWasNotForgotten() {
    assertFalse(WatchRules.mayBeOvertaken(99, 0, figures(100, 2_000, 1, 1, 1)));
  }

  @Test
  void byNumberItForgetsWhatAsManyMessagesFollow() {
    assertFalse(WatchRules.mayBeOvertaken(100, NOW, figures(150, 199, 0, 100, 0)));
    assertTrue(WatchRules.mayBeOvertaken(100, NOW, figures(150, 200, 0, 100, 0)));
  }

  @Test
  void bySizeItForgetsWhatIsFollowedByEnoughToFillIt() {
    assertFalse(WatchRules.mayBeOvertaken(100, NOW, figures(150, 109, 0, 0, 1_000)));
    assertTrue(WatchRules.mayBeOvertaken(100, NOW, figures(150, 210, 0, 0, 1_000)));
  }

  @Test
  void byAgeItForgetsWhatIsOldEnough() {
    assertFalse(WatchRules.mayBeOvertaken(100, NOW - 99, figures(150, 200, 100, 0, 0)));
    assertTrue(WatchRules.mayBeOvertaken(100, NOW - 100, figures(150, 200, 100, 0, 0)));
  }

  @Test
  void markersGoAfterTheirTime() {
    assertFalse(WatchRules.markersMayBeGone(0, 1_000_000, 0), "kept as long as values");
    assertFalse(WatchRules.markersMayBeGone(500, 999, 500));
    assertTrue(WatchRules.markersMayBeGone(500, 1_000, 500));
  }

  private static StreamFigures figures(
      long first, long last, long maxAgeMillis, long maxMessages, long maxBytes) {
    return new StreamFigures(
        Streams.named("b", KeyCodec.ENCODED),
        first,
        last,
        NOW,
        NOW,
        0,
        maxAgeMillis,
        maxMessages,
        maxBytes,
        100);
  }
}

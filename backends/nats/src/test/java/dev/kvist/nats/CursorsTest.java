package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.WatchCursor;
import org.junit.jupiter.api.Test;

/** What a cursor says of itself. */
final class CursorsTest {
  private static final Stream STREAM = Streams.named("b", KeyCodec.ENCODED);

  @Test
  void itHasItsPartsAlsoFromItsText() {
    long seconds = 4_000_000_000L;
    WatchCursor cursor = WatchCursor.parse(Cursors.of(STREAM, seconds, 1L << 40).toString());
    assertTrue(Cursors.isOf(STREAM, cursor));
    assertEquals(seconds, Cursors.seconds(cursor));
    assertEquals(1L << 40, Cursors.sequence(cursor));
  }

  @Test
  void laterOnesAreGreater() {
    WatchCursor first = Cursors.of(STREAM, 5, 7);
    assertTrue(first.compareTo(Cursors.of(STREAM, 5, 8)) < 0);
    assertTrue(first.compareTo(Cursors.of(STREAM, 4_000_000_000L, 8)) < 0);
  }

  @Test
  void aStreamMadeAtAnotherTimeIsAnotherOne() {
    WatchCursor other =
        WatchCursor.of((Versions.identity(1_700_000_000_000_000_001L) & ~0xFFFF_FFFFL) | 5, 7);
    assertFalse(Cursors.isOf(STREAM, other));
  }
}

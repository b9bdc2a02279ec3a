package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RunSetTest {
  private final AtomicInteger freed = new AtomicInteger();
  private final KeyRun run =
      new KeyRun(
          MemorySegment.ofArray(new byte[KeyRunLayout.HEADER_BYTES]),
          new KeyRunLayout.Header(0, 0, 0, 0, KeyRunLayout.Claim.NONE, 0),
          "run",
          null,
          freed::incrementAndGet);

  @Test
  void aRunIsFreedOnceWhenTheLastReaderOfTheLastSetIsGone() {
    RunSet first = new RunSet(List.of(run), 0);
    assertTrue(first.tryUse());
    RunSet second = new RunSet(List.of(run), 1);
    first.release();
    second.release();
    assertEquals(0, freed.get());
    first.release();
    assertEquals(1, freed.get());
  }

  @Test
  void aSetWhoseLastUserIsGoneIsNotUsedAgain() {
    RunSet set = new RunSet(List.of(run), 0);
    set.release();
    assertFalse(set.tryUse());
    assertEquals(1, freed.get());
  }
}

package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When a state is complete, with servers that count well and badly. */
final class StateSyncTest {
  private final AtomicLong last = new AtomicLong();

  private StateSync from(long lastAtBegin) {
    last.set(lastAtBegin);
    return new StateSync(last::get, lastAtBegin, lastAtBegin == 0);
  }

  @Test
  void itEndsWithTheLastMessage() {
    StateSync state = from(9);
    assertFalse(state.isCompleteWith(7, 1));
    assertTrue(state.isCompleteWith(9, 0));
  }

  @Test
  void nothingIsComplete() {
    assertTrue(from(0).isEmpty());
    assertFalse(from(1).isEmpty());
  }

  /** It says that nothing follows, but half of the keys were overwritten and lie behind the end. */
  @Test
  void aServerThatCountsBadlyIsNotBelieved() {
    StateSync state = from(20_000);
    last.set(30_000);
    assertFalse(state.isCompleteWith(15_000, 0));
    assertFalse(state.isCompleteWith(20_000, 0), "30,000 is the last one");
    assertFalse(state.isCompleteWith(29_999, 1));
    assertTrue(state.isCompleteWith(30_000, 0));
  }

  /** Otherwise it would never end while somebody writes. */
  @Test
  void nearTheEndItIsNotAskedAgain() {
    StateSync state = from(100);
    last.set(205);
    assertFalse(state.isCompleteWith(200, 0));
    last.set(1_000_000);
    assertFalse(state.isCompleteWith(204, 3));
    assertTrue(state.isCompleteWith(205, 2));
  }

  @Test
  void withoutAnAnswerItGoesOn() {
    StateSync state = from(9);
    last.set(StateSync.Question.UNKNOWN);
    assertFalse(state.isCompleteWith(9, 0));
    last.set(9);
    assertTrue(state.isCompleteWhenIdle());
  }

  @Test
  void anIdleServerMayNotHaveBegun() {
    assertFalse(from(9).isCompleteWhenIdle());
  }

  @Test
  void whatCameAlreadyIsRepeated() {
    StateSync state = from(9);
    state.isCompleteWith(7, 1);
    assertTrue(state.isRepeated(7));
    assertFalse(state.isRepeated(8));
  }
}

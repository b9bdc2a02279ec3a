package dev.kvist.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.tck.RegisterHistory.Call;
import dev.kvist.tck.RegisterHistory.Kind;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The checker accepts what some order explains, and nothing else. */
class RegisterHistoryTest {
  private static boolean linearizable(Call... calls) {
    var history = new RegisterHistory();
    for (Call call : calls) {
      history.add(call);
    }
    return history.linearizable();
  }

  @Test
  void callsOneAfterAnother() {
    assertTrue(linearizable());
    assertTrue(linearizable(new Call(Kind.PUT, 1, 0, 1, 1, 2), new Call(Kind.GET, 0, 0, 1, 3, 4)));
    assertFalse(
        linearizable(new Call(Kind.PUT, 1, 0, 1, 1, 2), new Call(Kind.GET, 0, 0, 0, 3, 4)),
        "a stale read");
    assertFalse(linearizable(new Call(Kind.GET, 0, 0, 7, 1, 2)), "a value that nobody wrote");
    assertTrue(linearizable(new Call(Kind.DELETE, 0, 0, 0, 1, 2)));
    assertFalse(linearizable(new Call(Kind.DELETE, 0, 0, 1, 1, 2)), "a delete of nothing");
  }

  @Test
  void callsThatOverlapMayGoEitherWay() {
    for (int seen = 0; seen < 2; seen++) {
      assertTrue(
          linearizable(new Call(Kind.PUT, 1, 0, 1, 1, 4), new Call(Kind.GET, 0, 0, seen, 2, 3)));
    }
    assertFalse(
        linearizable(
            new Call(Kind.PUT, 1, 0, 1, 1, 6),
            new Call(Kind.GET, 0, 0, 1, 2, 3),
            new Call(Kind.GET, 0, 0, 0, 4, 5)),
        "a value that was seen and then not");
  }

  @Test
  void twoSwapsOfOneValueCannotBothWin() {
    Call put = new Call(Kind.PUT, 1, 0, 1, 1, 2);
    assertTrue(
        linearizable(put, new Call(Kind.SWAP, 2, 1, 1, 3, 6), new Call(Kind.SWAP, 3, 1, 0, 4, 5)));
    assertFalse(
        linearizable(put, new Call(Kind.SWAP, 2, 1, 1, 3, 6), new Call(Kind.SWAP, 3, 1, 1, 4, 5)));
    assertFalse(
        linearizable(put, new Call(Kind.SWAP, 2, 1, 0, 3, 4)),
        "a swap that was refused for no reason");
  }

  @Test
  void aCallWithoutOutcomeMayHaveHappenedOrNot() {
    Call unknown = new Call(Kind.PUT, 1, 0, RegisterHistory.UNKNOWN, 1, Long.MAX_VALUE);
    assertTrue(linearizable(unknown));
    assertTrue(
        linearizable(
            unknown, new Call(Kind.GET, 0, 0, 0, 2, 3), new Call(Kind.GET, 0, 0, 1, 4, 5)));
    assertTrue(
        linearizable(
            unknown, new Call(Kind.GET, 0, 0, 0, 2, 3), new Call(Kind.GET, 0, 0, 0, 4, 5)));
    assertFalse(
        linearizable(
            unknown, new Call(Kind.GET, 0, 0, 1, 2, 3), new Call(Kind.GET, 0, 0, 0, 4, 5)));
  }

  @Test
  void randomHistoriesOfARealRegisterPassAndAlteredOnesFail() {
    var random = new Random(5);
    int refuted = 0;
    for (int round = 0; round < 200; round++) {
      var history = new RegisterHistory();
      var altered = new RegisterHistory();
      int value = 0;
      int change = random.nextInt(48);
      for (int i = 0; i < 48; i++) {
        // Takes effect at 10 i + 5; begins and ends up to four calls away from it.
        long begin = 10L * i + 5 - random.nextInt(40);
        long end = 10L * i + 6 + random.nextInt(40);
        boolean write = random.nextInt(3) == 0;
        value = write ? i + 1 : value;
        history.add(new Call(write ? Kind.PUT : Kind.GET, i + 1, 0, write ? 1 : value, begin, end));
        altered.add(
            new Call(
                write ? Kind.PUT : Kind.GET,
                i + 1,
                0,
                write ? 1 : i == change ? 1_000 : value,
                begin,
                end));
        refuted += !write && i == change ? 1 : 0;
      }
      assertTrue(history.linearizable());
      refuted -= altered.linearizable() ? 0 : 1;
    }
    assertEquals(0, refuted, "every read of a value that was never written is refuted");
  }
}

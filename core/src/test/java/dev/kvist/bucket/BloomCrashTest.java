package dev.kvist.bucket;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process that dies at any of its writes, before it or after it, or that a write fails and that
 * goes on: what was acknowledged is there for the next one. Groups and chunks are small, so that
 * all that a filter does over millions of items happens within a hundred writes.
 */
final class BloomCrashTest {
  private static final int ITEMS = 45;

  /** What happens at one write. */
  enum Fault {
    DIES_BEFORE,
    DIES_AFTER,
    FAILS,
    FAILS_UNSEEN
  }

  /** The process is gone: nothing it does reaches the store any more. */
  private static final class Died extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private int writesLeft;

  @ParameterizedTest
  @EnumSource
  void whatWasAcknowledgedIsThereWhereverItHappens(Fault fault) {
    int point = 0;
    try (var _ = new CapturedLog()) {
      while (crashes(fault, point, point * 7 % 23)) {
        point++;
      }
    }
    assertTrue(point > 60, "writes of a run: " + point);
  }

  /** Two faulty processes and a good one. Returns whether the first met its fault. */
  private boolean crashes(Fault fault, int point, int secondPoint) {
    var connection = new FakeConnection();
    List<String> acknowledged = new ArrayList<>();
    boolean met = run(connection, fault, point, "a", acknowledged);
    String what = fault + " at write " + point;
    run(connection.again(), fault, secondPoint, "b", acknowledged);
    check(connection.again(), acknowledged, what);
    run(connection.again(), fault, Integer.MAX_VALUE, "c", acknowledged);
    check(connection.again(), acknowledged, what + ", after a run without");
    return met;
  }

  private static BloomFilter open(FakeConnection connection) {
    return BloomFilter.open(connection, 200, 0.001, 4, 16);
  }

  private static void check(FakeConnection connection, List<String> acknowledged, String what) {
    // Not closed: what it finds is not to depend on what an open before it has written.
    BloomFilter filter = open(connection);
    for (String item : acknowledged) {
      assertTrue(filter.exists("seen", utf8(item)), () -> what + ": " + item + " is lost");
    }
    assertTrue(filter.count() >= acknowledged.size() * 0.9, what + ": " + filter.count());
    int wrong = 0;
    for (int i = 0; i < 200; i++) {
      wrong += filter.exists("seen", utf8("never " + i)) ? 1 : 0;
    }
    assertTrue(wrong < 20, what + ": wrong for " + wrong);
  }

  /** Adds items, some of them twice, and closes. */
  private boolean run(
      FakeConnection connection, Fault fault, int point, String name, List<String> acknowledged) {
    BloomFilter filter = open(connection);
    arm(connection, fault, point);
    try {
      for (int i = 0; i < ITEMS; i++) {
        try {
          filter.add("seen", utf8(name + i));
          acknowledged.add(name + i);
          filter.add("seen", utf8(name + i / 2));
        } catch (KvException.StoreFull | KvException.Timeout e) {
          assertTrue(fault == Fault.FAILS || fault == Fault.FAILS_UNSEEN, e.toString());
        }
      }
      filter.close();
    } catch (Died e) {
      assertTrue(fault == Fault.DIES_BEFORE || fault == Fault.DIES_AFTER);
      return true;
    }
    if (point == Integer.MAX_VALUE) {
      assertEquals(ITEMS, acknowledged.stream().filter(item -> item.startsWith(name)).count());
    }
    return writesLeft < 0;
  }

  private void arm(FakeConnection connection, Fault fault, int point) {
    writesLeft = point;
    connection.onWrite =
        () -> {
          writesLeft--;
          int last = fault == Fault.DIES_BEFORE ? -1 : -2;
          if ((fault == Fault.DIES_BEFORE || fault == Fault.DIES_AFTER) && writesLeft <= last) {
            throw new Died();
          }
          if (fault == Fault.FAILS && writesLeft == -1) {
            throw new KvException.StoreFull("the volume", 1, "free some", null);
          }
        };
    connection.afterWrite =
        () -> {
          if (fault == Fault.DIES_AFTER && writesLeft == -1) {
            throw new Died();
          }
          if (fault == Fault.FAILS_UNSEEN && writesLeft == -1) {
            throw new KvException.Timeout(Effect.UNKNOWN, "the put", null);
          }
        };
  }
}

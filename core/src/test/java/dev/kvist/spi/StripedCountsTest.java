package dev.kvist.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Counts are exact, whichever threads there are and however many. */
final class StripedCountsTest {
  private static final int ADDS = 10_000;

  private final StripedCounts counts = new StripedCounts(2);

  private void add() {
    for (int i = 0; i < ADDS; i++) {
      counts.mine().add(0, 1);
      counts.mine().add(1, 3);
    }
  }

  private void check(int threads) {
    assertEquals((long) threads * ADDS, counts.sum(0));
    assertEquals(3L * threads * ADDS, counts.sum(1));
  }

  private static void join(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Test
  void moreThreadsThanStripesCountAtOnceAndAreCountedWhileTheyLive() throws InterruptedException {
    int number = 50;
    var counted = new CountDownLatch(number);
    var end = new CountDownLatch(1);
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < number; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                add();
                counted.countDown();
                try {
                  end.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    counted.await();
    check(number);
    end.countDown();
    join(threads);
    check(number);
  }

  @Test
  void whatThreadsCountedStaysWhenTheyHaveEnded() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      join(List.of(Thread.ofPlatform().start(this::add)));
      check(i + 1);
    }
  }

  @Test
  void virtualThreadsShare() throws InterruptedException {
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < 200; i++) {
      threads.add(Thread.ofVirtual().start(this::add));
    }
    join(threads);
    check(200);
  }

  @Test
  void aThreadThatCountsInTurnsDoesNotMixThemUp() {
    var other = new StripedCounts(2);
    for (int i = 0; i < ADDS; i++) {
      counts.mine().add(0, 1);
      other.mine().add(0, 2);
    }
    assertEquals(ADDS, counts.sum(0));
    assertEquals(2L * ADDS, other.sum(0));
  }
}

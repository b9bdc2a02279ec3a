package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class BackgroundThreadTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  void itAsksWhetherItIsLateAfterEachMomentOfWork() throws InterruptedException {
    var asked = new AtomicInteger();
    Thread thread =
        new BackgroundThread(
            "test",
            () -> {
              while (asked.get() < 5) {
                BackgroundThread.giveWay();
              }
            },
            () -> asked.incrementAndGet() % 2 == 0);
    assertTrue(thread.isDaemon());
    thread.start();
    assertTrue(thread.join(PATIENCE));
    assertEquals(5, asked.get());
  }

  @Test
  void onTheThreadOfACallerItDoesNothing() {
    for (int i = 0; i < 1_000_000; i++) {
      BackgroundThread.giveWay();
    }
  }
}

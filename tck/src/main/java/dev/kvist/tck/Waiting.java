package dev.kvist.tck;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits with a deadline, and threads whose failures a test does not lose. */
public final class Waiting {
  private Waiting() {}

  /**
   * Waits until a condition holds.
   *
   * @param what completes "waited in vain for …"
   * @throws AssertionError when it does not hold in time
   */
  public static void until(Duration patience, String what, BooleanSupplier condition) {
    long end = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited in vain for " + what + ", " + patience);
      }
      LockSupport.parkNanos(500_000);
    }
  }

  /** What a test does on another thread. */
  @FunctionalInterface
  public interface Work {
    /** Does it; what it throws fails the test. */
    void run() throws Exception;
  }

  /** Starts work on a thread of its own. */
  public static Future<?> start(Thread.Builder kind, Work work) {
    return start(
        kind,
        () -> {
          work.run();
          return Boolean.TRUE;
        });
  }

  /** Starts work that has a result on a thread of its own. */
  public static <T> Future<T> start(Thread.Builder kind, Callable<T> work) {
    var future = new CompletableFuture<T>();
    kind.start(() -> {
      try {
        future.complete(work.call());
      } catch (Throwable e) {
        future.completeExceptionally(e);
      }
    });
    return future;
  }

  /** Runs the work on so many platform threads at once and waits for all of them. */
  public static void together(Duration patience, int threads, IndexedWork work) {
    var started = new ArrayList<Future<?>>();
    for (int i = 0; i < threads; i++) {
      int index = i;
      started.add(start(Thread.ofPlatform().daemon(), () -> work.run(index)));
    }
    all(patience, started);
  }

  /** What one of several threads does. */
  @FunctionalInterface
  public interface IndexedWork {
    /** Does the part of this thread. */
    void run(int index) throws Exception;
  }

  /** Waits for all of them; the first failure is thrown. */
  public static void all(Duration patience, List<? extends Future<?>> futures) {
    for (Future<?> future : futures) {
      result(patience, future);
    }
  }

  /** Waits for a result. */
  public static <T> T result(Duration patience, Future<T> future) {
    try {
      return future.get(patience.toNanos(), java.util.concurrent.TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("a thread of the test failed: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("a thread of the test did not end in " + patience, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("the test was interrupted", e);
    }
  }
}

package dev.kvist.bench.work;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/** Threads that do the same at the same time, and how much they do. */
final class Crew {
  /** Operations of one thread, several at once so that asking the time costs nothing. */
  @FunctionalInterface
  interface Burst {
    /** Does some, and says how many. */
    int run() throws Exception;
  }

  private Crew() {}

  /**
   * Runs threads for a time; returns how many operations a second all of them did. The time is one
   * for all: virtual threads that hold their carriers run after one another, and had each a time of
   * its own, their rates would add up to what never was.
   *
   * @param bursts what the thread of a number does, numbers from 0
   */
  static double perSecond(
      ThreadFactory factory, int threads, long millis, IntFunction<Burst> bursts) throws Exception {
    var start = new CountDownLatch(1);
    var begin = new AtomicLong();
    var tasks = new ArrayList<FutureTask<Long>>();
    for (int i = 0; i < threads; i++) {
      Burst burst = bursts.apply(i);
      tasks.add(
          start(
              factory,
              () -> {
                start.await();
                return count(burst, begin.get() + millis * 1_000_000);
              }));
    }
    begin.set(System.nanoTime());
    start.countDown();
    long sum = 0;
    for (long count : results(tasks)) {
      sum += count;
    }
    return sum * 1e9 / (System.nanoTime() - begin.get());
  }

  /** Runs one until a time; returns how many operations that were. */
  static long count(Burst burst, long untilNanos) throws Exception {
    long count = 0;
    while (System.nanoTime() - untilNanos < 0) {
      count += burst.run();
    }
    return count;
  }

  /** Starts a task on a thread of its own. */
  static <T> FutureTask<T> start(ThreadFactory factory, Callable<T> work) {
    var task = new FutureTask<>(work);
    factory.newThread(task).start();
    return task;
  }

  /** What tasks returned, when all have ended; throws what the first that failed threw. */
  static <T> List<T> results(List<FutureTask<T>> tasks) throws Exception {
    var results = new ArrayList<T>();
    for (FutureTask<T> task : tasks) {
      try {
        results.add(task.get());
      } catch (ExecutionException e) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
    }
    return results;
  }

  /** Waits; the measured process has nothing else to do meanwhile. */
  static void pause(long millis) {
    long until = System.nanoTime() + millis * 1_000_000;
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      java.util.concurrent.locks.LockSupport.parkNanos(left);
    }
  }
}

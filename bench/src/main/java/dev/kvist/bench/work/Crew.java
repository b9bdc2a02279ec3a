package dev.kvist.bench.work;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
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
   * Runs threads for a time; returns how many operations a second all of them did.
   *
   * @param bursts what the thread of a number does, numbers from 0
   */
  static double perSecond(
      ThreadFactory factory, int threads, long millis, IntFunction<Burst> bursts) throws Exception {
    var start = new CountDownLatch(1);
    var tasks = new ArrayList<FutureTask<Double>>();
    for (int i = 0; i < threads; i++) {
      Burst burst = bursts.apply(i);
      var task =
          new FutureTask<>(() -> {
            start.await();
            return run(burst, millis);
          });
      tasks.add(task);
      factory.newThread(task).start();
    }
    start.countDown();
    double sum = 0;
    for (double rate : results(tasks)) {
      sum += rate;
    }
    return sum;
  }

  private static double run(Burst burst, long millis) throws Exception {
    long begin = System.nanoTime();
    long until = millis * 1_000_000;
    long count = 0;
    long spent;
    do {
      count += burst.run();
      spent = System.nanoTime() - begin;
    } while (spent < until);
    return count * 1e9 / spent;
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

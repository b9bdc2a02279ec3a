package dev.kvist.simple;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** Waits that an interrupt does not cut short; the flag is kept. */
final class Threads {
  private Threads() {}

  /** Waits for what was given to an executor that is shut down. */
  static void awaitEnd(ExecutorService executor) {
    boolean interrupted = false;
    while (!executor.isTerminated()) {
      try {
        if (executor.awaitTermination(1, TimeUnit.HOURS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

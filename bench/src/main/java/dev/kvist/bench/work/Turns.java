package dev.kvist.bench.work;

/**
 * Two that do the same in turns on one thread, so that what changes with time hits both alike. For
 * one thread.
 */
final class Turns {
  private static final long TURN_NANOS = 20_000_000;

  private final Side first;
  private final Side second;

  private static final class Side {
    private final Crew.Burst burst;
    private long operations;
    private long nanos;

    Side(Crew.Burst burst) {
      this.burst = burst;
    }

    void turn() throws Exception {
      long begin = System.nanoTime();
      operations += Crew.count(burst, begin + TURN_NANOS);
      nanos += System.nanoTime() - begin;
    }

    double perNano() {
      return (double) operations / nanos;
    }
  }

  Turns(Crew.Burst first, Crew.Burst second) {
    this.first = new Side(first);
    this.second = new Side(second);
  }

  /** One turn of each. */
  void next() throws Exception {
    first.turn();
    second.turn();
  }

  /** Turns until each has had so much time; returns the ratio. */
  double run(long millis) throws Exception {
    while (Math.min(first.nanos, second.nanos) < millis * 1_000_000) {
      next();
    }
    return ratio();
  }

  /** The rate of the first as a share of that of the second, after the first turns. */
  double ratio() {
    return first.perNano() / second.perNano();
  }
}

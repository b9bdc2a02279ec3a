package dev.kvist.simple;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The runs that make up {@link KeyRuns} at one moment, the oldest first, held against being freed
 * while somebody reads them.
 *
 * <p>It starts with one user, whoever publishes it; a reader uses it between {@link #tryUse} and
 * {@link #release}.
 */
final class RunSet {
  private final List<KeyRun> runs;
  private final int owned;
  private final AtomicInteger users = new AtomicInteger(1);

  /** The first {@code owned} runs belong to maintenance: nobody else replaces them. */
  RunSet(List<KeyRun> runs, int owned) {
    this.runs = List.copyOf(runs);
    this.owned = owned;
    for (KeyRun run : this.runs) {
      run.hold();
    }
  }

  List<KeyRun> runs() {
    return runs;
  }

  /** The runs after those that maintenance owns. */
  List<KeyRun> fresh() {
    return runs.subList(owned, runs.size());
  }

  int owned() {
    return owned;
  }

  /** Uses the set, unless its last user is gone. */
  boolean tryUse() {
    int now = users.get();
    while (now > 0) {
      int seen = users.compareAndExchange(now, now + 1);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  void release() {
    if (users.decrementAndGet() == 0) {
      for (KeyRun run : runs) {
        run.letGo();
      }
    }
  }
}

package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.Threads;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that looks after a store: warms it up after an open, merges key runs, and compacts.
 */
final class Care implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Care.class);
  private static final long LOOK_NANOS = 20_000_000;
  private static final long AFTER_FAILURE_NANOS = 1_000_000_000;

  /** What fails again and again, as on a device that is broken, must not fill the log. */
  private static final long LONGEST_PAUSE_NANOS = 10 * AFTER_FAILURE_NANOS;

  private final Engine engine;
  private final Compaction compaction;
  private final Spares spares;
  private final Warming warming;
  private final Pace pace;
  private final Thread thread;
  private volatile boolean closed;

  Care(Engine engine, Compaction compaction, Spares spares, Warming warming, Pace pace) {
    this.engine = engine;
    this.compaction = compaction;
    this.spares = spares;
    this.warming = warming;
    this.pace = pace;
    this.thread = new BackgroundThread("kvist-care", this::run, this::isLate);
    thread.start();
  }

  private void run() {
    engine.order.mender(thread);
    try {
      work();
    } finally {
      engine.order.mender(null);
      pace.working(false);
    }
  }

  private void work() {
    try {
      warming.run();
    } catch (RuntimeException | Error e) {
      LOG.error("{}: the ordered index could not be completed", engine.directory.location(), e);
    }
    long nextRound = nextRound();
    long pause = AFTER_FAILURE_NANOS;
    while (!closed) {
      pace.working(true);
      try {
        if (engine.runs.isDamaged()) {
          engine.order.mend();
        }
        if (engine.runs.wantsMaintenance()) {
          engine.order.maintain();
        }
        boolean due = System.nanoTime() - nextRound >= 0;
        if (compaction.isWanted() || due) {
          compaction.round(() -> closed || engine.order.isWaited());
          nextRound = due ? nextRound() : nextRound;
        }
        spares.trim();
        pace.look();
        pause = AFTER_FAILURE_NANOS;
        LockSupport.parkNanos(this, LOOK_NANOS);
      } catch (KvException | IOException | IllegalStateException e) {
        pace.working(false);
        if (!closed && !engine.isClosed()) {
          LOG.error(
              "{}: background work failed, and will be tried again",
              engine.directory.location(),
              e);
          LockSupport.parkNanos(this, pause);
          pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
      } catch (RuntimeException | Error e) {
        if (!closed && !engine.isClosed()) {
          LOG.error(
              "{}: background work failed for good; the store goes on without",
              engine.directory.location(),
              e);
        }
        return;
      }
    }
  }

  private boolean isLate() {
    return closed || compaction.isLate() || engine.runs.pressure() >= KeyRuns.LATE;
  }

  private long nextRound() {
    return System.nanoTime() + engine.settings.compactionIntervalMillis() * 1_000_000;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    Threads.join(thread);
  }
}

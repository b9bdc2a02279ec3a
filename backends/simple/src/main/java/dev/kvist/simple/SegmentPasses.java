package dev.kvist.simple;

import dev.kvist.spi.Threads;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the segments of a log ahead of the one who applies them in their order: checksums take most
 * of the time of a recovery, and want nothing but the segment itself.
 */
final class SegmentPasses implements AutoCloseable {
  private static final int MOST_HELPERS = 3;

  private final List<SegmentPass> passes;
  private final ChangeMemory memory;
  private final SegmentPass.Buffer buffer;
  private final List<Thread> helpers = new ArrayList<>();

  /** The next one that nobody reads yet. */
  private int next;

  /** How many were taken. */
  private int taken;

  private boolean closed;

  /**
   * @param passes in the order in which they are taken
   * @param processors how many threads may read, with the one who takes
   */
  SegmentPasses(List<SegmentPass> passes, ChangeMemory memory, int processors) {
    this.passes = passes;
    this.memory = memory;
    this.buffer = new SegmentPass.Buffer(memory);
    int wanted = Math.min(Math.min(processors, passes.size()) - 1, MOST_HELPERS);
    for (int i = 0; i < wanted; i++) {
      helpers.add(Thread.ofPlatform().daemon().name("kvist-recovery-" + i).unstarted(this::help));
    }
    helpers.forEach(Thread::start);
  }

  /** The next one, read; until it is, the caller reads ahead too. */
  SegmentPass take() {
    SegmentPass wanted = next();
    while (!wanted.isDone()) {
      SegmentPass other = claim(false);
      if (other == null) {
        break;
      }
      other.run(buffer);
    }
    wanted.await();
    return wanted;
  }

  private synchronized SegmentPass next() {
    notifyAll();
    return passes.get(taken++);
  }

  private void help() {
    var own = new SegmentPass.Buffer(memory);
    for (SegmentPass pass = claim(true); pass != null; pass = claim(true)) {
      pass.run(own);
    }
  }

  /**
   * The first one that nobody reads yet.
   *
   * @param patient whether to wait where that is too far ahead, and end when there is none; else
   *     the answer is null
   */
  private synchronized @Nullable SegmentPass claim(boolean patient) {
    while (patient && !closed && next < passes.size() && isFarAhead()) {
      try {
        wait();
      } catch (InterruptedException e) {
        // Nobody but close() ends these threads.
      }
    }
    return closed || next == passes.size() || isFarAhead() ? null : passes.get(next++);
  }

  /** What is read ahead takes memory until it is taken. */
  private boolean isFarAhead() {
    return next > taken + 2 * helpers.size();
  }

  /** Ends what is read ahead, and returns when nobody reads any more. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    helpers.forEach(Threads::join);
  }
}

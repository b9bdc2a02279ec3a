package dev.kvist.simple;

import dev.kvist.KvException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The runs there are now, the oldest first. Readers take the {@link RunSet} of the moment without a
 * lock; whoever changes the list holds {@link #lock}.
 */
final class RunList {
  private final ReentrantLock lock = new ReentrantLock();

  /** Null when closed. */
  private volatile @Nullable RunSet current;

  RunList(List<KeyRun> runs) {
    current = new RunSet(runs, runs.size());
  }

  ReentrantLock lock() {
    return lock;
  }

  /**
   * The runs of this moment, which the caller releases.
   *
   * @throws KvException.Closed after {@link #close}
   */
  RunSet use() {
    while (true) {
      RunSet set = now();
      if (set.tryUse()) {
        return set;
      }
    }
  }

  /** The runs of this moment, to look at them without reading what is in them. */
  RunSet now() {
    RunSet set = current;
    if (set == null) {
      throw new KvException.Closed("the store");
    }
    return set;
  }

  boolean isClosed() {
    return current == null;
  }

  /** Puts {@code run} where {@code count} runs are, of which the first is number {@code index}. */
  void replace(int index, int count, KeyRun run) {
    lock.lock();
    try {
      RunSet before = now();
      List<KeyRun> runs = new ArrayList<>(before.runs());
      runs.subList(index, index + count).clear();
      runs.add(index, run);
      publish(runs, index < before.owned() ? before.owned() - count + 1 : before.owned());
    } finally {
      lock.unlock();
    }
  }

  /** Keeps just {@code runs}, of which the first {@code owned} belong to maintenance. */
  void publish(List<KeyRun> runs, int owned) {
    lock.lock();
    try {
      RunSet before = now();
      current = new RunSet(runs, owned);
      before.release();
    } finally {
      lock.unlock();
    }
  }

  /** Gives the first {@code count} runs to maintenance, and the others to whoever freezes keys. */
  void own(int count) {
    lock.lock();
    try {
      RunSet before = now();
      if (before.owned() != count) {
        publish(before.runs(), count);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets all runs go. Nobody gets a set from now on. */
  void close() {
    lock.lock();
    try {
      RunSet last = current;
      current = null;
      if (last != null) {
        last.release();
      }
    } finally {
      lock.unlock();
    }
  }
}

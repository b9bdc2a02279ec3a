package dev.kvist;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The Space-Saving sketch of {@link TopKeys#byCount}: a key that is not in it takes the place of
 * the rarest, and goes on from its count.
 */
final class FrequentKeys {
  private static final class Counter {
    final NamedKey key;
    final long number;
    final long error;
    long count;

    Counter(NamedKey key, long number, long error) {
      this.key = key;
      this.number = number;
      this.error = error;
      this.count = error;
    }
  }

  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<NamedKey, Counter> byKey = new HashMap<>();
  private final TreeSet<Counter> byCount =
      new TreeSet<>(
          Comparator.comparingLong((Counter counter) -> counter.count)
              .thenComparingLong(counter -> counter.number));
  private long made;

  FrequentKeys(int capacity) {
    this.capacity = capacity;
  }

  void add(String bucket, byte[] key) {
    var named = new NamedKey(bucket, key);
    lock.lock();
    try {
      Counter counter = byKey.get(named);
      if (counter == null) {
        counter = new Counter(named.copy(), made++, byKey.size() < capacity ? 0 : forgetRarest());
        byKey.put(counter.key, counter);
      } else {
        byCount.remove(counter);
      }
      counter.count++;
      byCount.add(counter);
    } finally {
      lock.unlock();
    }
  }

  private long forgetRarest() {
    Counter rarest = byCount.removeFirst();
    byKey.remove(rarest.key);
    return rarest.count;
  }

  List<TopKeys.Ranked> top(int most) {
    lock.lock();
    try {
      var top = new ArrayList<TopKeys.Ranked>();
      for (Counter counter : byCount.reversed()) {
        if (top.size() >= most) {
          break;
        }
        top.add(
            new TopKeys.Ranked(
                counter.key.bucket,
                counter.key.key,
                counter.count * KvObserver.SAMPLE_EVERY,
                counter.error * KvObserver.SAMPLE_EVERY));
      }
      return top;
    } finally {
      lock.unlock();
    }
  }
}

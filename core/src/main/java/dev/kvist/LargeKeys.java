package dev.kvist;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The largest keys that were written, for {@link TopKeys#bySize}. Each write comes here, and most
 * go at once: the key is smaller than all that are kept, and a bit says that it is none of them.
 */
final class LargeKeys {
  private static final int BITS_PER_KEY = 64;
  private static final int GOLDEN = 0x9E3779B9;

  private static final class Sized {
    final NamedKey key;
    final long number;
    long bytes;

    Sized(NamedKey key, long number) {
      this.key = key;
      this.number = number;
    }
  }

  private final int capacity;
  private final int words;
  private final int shift;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<NamedKey, Sized> byKey = new HashMap<>();
  private final TreeSet<Sized> bySize =
      new TreeSet<>(
          Comparator.comparingLong((Sized sized) -> sized.bytes)
              .thenComparingLong(sized -> sized.number));
  private long made;
  private int forgotten;

  /** A bit for each key that is kept, and for some that were. Replaced when it fills up. */
  private volatile long[] present;

  /**
   * What a key must have to be kept; 0 while there is room. Written after the bits and read before
   * them, so that who sees it sees those too.
   */
  private volatile long least;

  LargeKeys(int capacity) {
    this.capacity = capacity;
    this.words = Integer.highestOneBit(Math.max(1, capacity - 1)) * 2 * BITS_PER_KEY / Long.SIZE;
    this.shift = Integer.numberOfLeadingZeros(words * Long.SIZE - 1);
    this.present = new long[words];
  }

  private int bit(int hash) {
    return (hash * GOLDEN) >>> shift;
  }

  /**
   * A key was written.
   *
   * @param bytes 0 when it is gone
   */
  void set(String bucket, byte[] key, long bytes) {
    int bit = bit(NamedKey.hash(bucket, key));
    if (bytes <= least && (present[bit / Long.SIZE] & 1L << bit) == 0) {
      return;
    }
    lock.lock();
    try {
      change(new NamedKey(bucket, key), bytes);
    } finally {
      lock.unlock();
    }
  }

  private void change(NamedKey named, long bytes) {
    Sized sized = byKey.get(named);
    if (sized != null) {
      bySize.remove(sized);
    }
    if (bytes == 0) {
      byKey.remove(named);
    } else if (sized == null) {
      if (byKey.size() >= capacity && bytes <= bySize.getFirst().bytes) {
        return;
      }
      keep(named.copy(), bytes);
    } else {
      sized.bytes = bytes;
      bySize.add(sized);
    }
    least = byKey.size() < capacity ? 0 : bySize.getFirst().bytes;
  }

  private void keep(NamedKey named, long bytes) {
    if (byKey.size() >= capacity) {
      byKey.remove(bySize.removeFirst().key);
      forgotten++;
    }
    var sized = new Sized(named, made++);
    sized.bytes = bytes;
    byKey.put(named, sized);
    bySize.add(sized);
    if (forgotten >= capacity) {
      forgotten = 0;
      var fresh = new long[words];
      byKey.keySet().forEach(key -> mark(fresh, key));
      present = fresh;
    } else {
      mark(present, named);
    }
  }

  private void mark(long[] bits, NamedKey named) {
    int bit = bit(named.hashCode());
    bits[bit / Long.SIZE] |= 1L << bit;
  }

  List<TopKeys.Ranked> top(int most) {
    lock.lock();
    try {
      var top = new ArrayList<TopKeys.Ranked>();
      for (Sized sized : bySize.reversed()) {
        if (top.size() >= most) {
          break;
        }
        top.add(new TopKeys.Ranked(sized.key.bucket, sized.key.key, sized.bytes, 0));
      }
      return top;
    } finally {
      lock.unlock();
    }
  }
}

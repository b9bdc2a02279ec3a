package dev.kvist.bench.work;

/**
 * Counts of times in nanoseconds, each known to within 1 part in 64 and the greatest exactly. For
 * one thread; {@link #add} joins those of several.
 */
final class Histogram {
  private static final int SUB_BITS = 6;
  private static final int SUB = 1 << SUB_BITS;

  private final long[] counts = new long[(Long.SIZE - SUB_BITS) * SUB];
  private long total;
  private long max;

  /** Counts a time; one below zero counts as zero. */
  void record(long nanos) {
    long time = Math.max(0, nanos);
    counts[bucket(time)]++;
    total++;
    if (time > max) {
      max = time;
    }
  }

  /** Adds what another counted. */
  void add(Histogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    total += other.total;
    max = Math.max(max, other.max);
  }

  /** How many times were counted. */
  long total() {
    return total;
  }

  /** The greatest, exactly; 0 when there was none. */
  long max() {
    return max;
  }

  /**
   * The time that a share of all does not exceed.
   *
   * @param share from 0 to 1
   */
  long quantile(double share) {
    long wanted = Math.max(1, (long) Math.ceil(share * total));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return Math.min(max, greatest(i));
      }
    }
    return max;
  }

  private static int bucket(long time) {
    if (time < SUB) {
      return (int) time;
    }
    int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(time) - SUB_BITS;
    return (shift << SUB_BITS) + (int) (time >>> shift);
  }

  /** The greatest time that counts in a bucket. */
  private static long greatest(int bucket) {
    if (bucket < SUB) {
      return bucket;
    }
    int shift = (bucket >>> SUB_BITS) - 1;
    long top = SUB + (long) (bucket & (SUB - 1));
    return ((top + 1) << shift) - 1;
  }
}

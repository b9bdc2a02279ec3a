package dev.kvist.spi;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A few counts that many threads add to, exact like those of {@link
 * java.util.concurrent.atomic.LongAdder} and cheaper: a platform thread has a stripe that it alone
 * writes, so that adding takes no atomic instruction, which would wait for the reads that the
 * processor does ahead; two of those cost gets of two threads some 5 % of their throughput. Virtual
 * threads, and platform threads beyond the {@value #MOST_OWN}th, share stripes.
 */
final class StripedCounts {
  private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);

  /**
   * A cache line and its neighbour, which the processor fetches along, between two stripes. Behind
   * the counts, so that the first ones share a line with the array's length, which is read first.
   */
  private static final int PADDING = 128 / Long.BYTES;

  /** Bounds the memory of a connection with thousands of buckets and many threads. */
  private static final int MOST_OWN = 16;

  private static final int SHARED =
      Integer.highestOneBit(Math.max(1, Runtime.getRuntime().availableProcessors())) * 2;

  /** Counts of one thread, or of several. */
  static final class Stripe {
    private final long[] counts;
    private final boolean isShared;

    private Stripe(int size, boolean isShared) {
      this.counts = new long[size + PADDING];
      this.isShared = isShared;
    }

    /**
     * Adds to one of the counts. For the thread that {@link #mine} gave this to.
     *
     * @return what this stripe had before
     */
    long add(int number, long more) {
      if (isShared) {
        return (long) COUNTS.getAndAdd(counts, number, more);
      }
      long before = (long) COUNTS.getOpaque(counts, number);
      COUNTS.setOpaque(counts, number, before + more);
      return before;
    }

    private long get(int number) {
      return (long) COUNTS.getOpaque(counts, number);
    }
  }

  private final int size;
  private final Map<Thread, Stripe> byThread = new ConcurrentHashMap<>();

  /** The rest is for who holds the lock of this. What threads that ended have counted. */
  private final long[] ended;

  private int own;
  private int checkAt = MOST_OWN;
  private volatile Stripe @Nullable [] shared;

  /** So many counts, all 0. */
  StripedCounts(int size) {
    this.size = size;
    this.ended = new long[size];
  }

  /** Where the current thread may count; it must not be handed to another one. */
  Stripe mine() {
    Thread thread = Thread.currentThread();
    return thread.isVirtual() ? shared(thread) : MeteredThread.stripe(this);
  }

  /** The stripe of a platform thread, which calls this. */
  Stripe find(Thread thread) {
    Stripe known = byThread.get(thread);
    return known != null ? known : register(thread);
  }

  private Stripe shared(Thread thread) {
    Stripe @Nullable [] known = shared;
    return (known != null ? known : share())[(int) thread.threadId() & (SHARED - 1)];
  }

  private synchronized Stripe[] share() {
    Stripe @Nullable [] known = shared;
    if (known != null) {
      return known;
    }
    var made = new Stripe[SHARED];
    for (int i = 0; i < SHARED; i++) {
      made[i] = new Stripe(size, true);
    }
    shared = made;
    return made;
  }

  private synchronized Stripe register(Thread thread) {
    if (byThread.size() >= checkAt) {
      forgetEnded();
      checkAt = Math.max(MOST_OWN, 2 * byThread.size());
    }
    Stripe stripe = own < MOST_OWN ? new Stripe(size, false) : shared(thread);
    if (!stripe.isShared) {
      own++;
    }
    byThread.put(thread, stripe);
    return stripe;
  }

  /** Takes over what ended threads have counted; all of it is visible once they are not alive. */
  private void forgetEnded() {
    byThread
        .entrySet()
        .removeIf(entry -> {
          if (entry.getKey().isAlive()) {
            return false;
          }
          Stripe stripe = entry.getValue();
          if (!stripe.isShared) {
            own--;
            for (int i = 0; i < size; i++) {
              ended[i] += stripe.get(i);
            }
          }
          return true;
        });
  }

  /** All that was added; what is added meanwhile may be missing. */
  synchronized long sum(int number) {
    long sum = ended[number];
    for (Stripe stripe : byThread.values()) {
      sum += stripe.isShared ? 0 : stripe.get(number);
    }
    Stripe @Nullable [] known = shared;
    if (known != null) {
      for (Stripe stripe : known) {
        sum += stripe.get(number);
      }
    }
    return sum;
  }
}

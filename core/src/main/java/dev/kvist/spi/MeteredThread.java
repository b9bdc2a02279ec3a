package dev.kvist.spi;

import dev.kvist.KvObserver;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What meters keep of a platform thread: when its next call is sampled, and where it counted last.
 * Virtual threads, of which there may be millions, have none.
 */
final class MeteredThread {
  private static final ThreadLocal<MeteredThread> OF_THREAD =
      ThreadLocal.withInitial(MeteredThread::new);

  private int left = gap();
  private @Nullable StripedCounts counts;
  private StripedCounts.@Nullable Stripe stripe;

  private MeteredThread() {}

  /** From 1 to twice the mean. */
  private static int gap() {
    return ThreadLocalRandom.current().nextInt(1, 2 * KvObserver.SAMPLE_EVERY);
  }

  /**
   * Whether the current call is chosen, as one in {@link KvObserver#SAMPLE_EVERY} is. Platform
   * threads count down from a random number, so that most calls pay a decrement, and a loop over 64
   * keys does not have the same one chosen each time.
   */
  static boolean isSampled() {
    if (Thread.currentThread().isVirtual()) {
      return ThreadLocalRandom.current().nextInt(KvObserver.SAMPLE_EVERY) == 0;
    }
    MeteredThread own = OF_THREAD.get();
    if (--own.left > 0) {
      return false;
    }
    own.left = gap();
    return true;
  }

  /** The stripe of the current platform thread. */
  static StripedCounts.Stripe stripe(StripedCounts counts) {
    MeteredThread own = OF_THREAD.get();
    StripedCounts.@Nullable Stripe last = own.stripe;
    if (last != null && counts.equals(own.counts)) {
      return last;
    }
    StripedCounts.Stripe stripe = counts.find(Thread.currentThread());
    own.counts = counts;
    own.stripe = stripe;
    return stripe;
  }
}

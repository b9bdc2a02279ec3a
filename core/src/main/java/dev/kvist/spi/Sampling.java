package dev.kvist.spi;

import dev.kvist.KvObserver;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Chooses one call in {@link KvObserver#SAMPLE_EVERY}. Platform threads count down from a random
 * number, so that most calls pay a decrement, and a loop over 64 keys does not have the same one
 * chosen each time.
 */
final class Sampling {
  private static final ThreadLocal<Sampling> OF_THREAD = ThreadLocal.withInitial(Sampling::new);

  private int left = gap();

  private Sampling() {}

  /** From 1 to twice the mean. */
  private static int gap() {
    return ThreadLocalRandom.current().nextInt(1, 2 * KvObserver.SAMPLE_EVERY);
  }

  /** Whether the current call is chosen. */
  static boolean next() {
    if (Thread.currentThread().isVirtual()) {
      // There may be millions, each too short-lived for a countdown of its own.
      return ThreadLocalRandom.current().nextInt(KvObserver.SAMPLE_EVERY) == 0;
    }
    Sampling own = OF_THREAD.get();
    if (--own.left > 0) {
      return false;
    }
    own.left = gap();
    return true;
  }
}

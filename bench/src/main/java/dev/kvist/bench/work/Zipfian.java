package dev.kvist.bench.work;

import java.util.SplittableRandom;

/**
 * Numbers of keys, some much more often than others: rank r with a chance in proportion to 1 / r to
 * the power of theta, the ranks spread over all numbers.
 *
 * <p>The method is that of Gray et al., "Quickly Generating Billion-Record Synthetic Databases"
 * (1994), as YCSB uses it.
 */
final class Zipfian {
  static final double THETA = 0.99;

  private final int items;
  private final double theta;
  private final double zeta;
  private final double alpha;
  private final double eta;

  Zipfian(int items, double theta) {
    if (items < 2 || theta <= 0 || theta >= 1) {
      throw new IllegalArgumentException("at least two items, and theta between 0 and 1");
    }
    this.items = items;
    this.theta = theta;
    double sum = 0;
    for (int rank = 1; rank <= items; rank++) {
      sum += 1 / Math.pow(rank, theta);
    }
    zeta = sum;
    alpha = 1 / (1 - theta);
    eta = (1 - Math.pow(2.0 / items, 1 - theta)) / (1 - (1 + Math.pow(0.5, theta)) / zeta);
  }

  /** The next rank, 0 the most frequent. */
  int rank(SplittableRandom random) {
    double u = random.nextDouble();
    double scaled = u * zeta;
    if (scaled < 1) {
      return 0;
    }
    if (scaled < 1 + Math.pow(0.5, theta)) {
      return 1;
    }
    return Math.min(items - 1, (int) (items * Math.pow(eta * u - eta + 1, alpha)));
  }

  /** Many numbers in advance, so that drawing them takes no time of the run. */
  int[] numbers(int count, long seed) {
    int[] numbers = ranks(count, seed);
    for (int i = 0; i < count; i++) {
      numbers[i] = (int) Long.remainderUnsigned(Data.mix(numbers[i]), items);
    }
    return numbers;
  }

  /** Many ranks in advance, 0 the most frequent. */
  int[] ranks(int count, long seed) {
    var random = new SplittableRandom(seed);
    int[] ranks = new int[count];
    for (int i = 0; i < count; i++) {
      ranks[i] = rank(random);
    }
    return ranks;
  }
}

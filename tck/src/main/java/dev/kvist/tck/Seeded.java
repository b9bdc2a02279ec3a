package dev.kvist.tck;

import java.util.Random;

/** Runs random rounds; a failure names the seed that repeats it with {@code -Dkvist.seed=…}. */
public final class Seeded {
  private Seeded() {}

  /** One round. */
  @FunctionalInterface
  public interface Round {
    /** Does the round with the choices of this generator. */
    void run(Random random) throws Exception;
  }

  /**
   * Runs rounds, each with a seed of its own, or just one with the seed that is set.
   *
   * @throws AssertionError with the seed of the round that failed
   */
  public static void rounds(double count, Round round) {
    Long seed = Long.getLong("kvist.seed");
    for (int i = 0; i < (seed == null ? Math.max(1, (int) count) : 1); i++) {
      long used = seed == null ? System.nanoTime() * 31 + i : seed;
      try {
        round.run(new Random(used));
      } catch (Exception | AssertionError e) {
        throw new AssertionError("with -Dkvist.seed=" + used + ": " + e.getMessage(), e);
      }
    }
  }

  /**
   * Between {@code least} and {@code most} random bytes of an alphabet of {@code letters} values,
   * so that prefixes meet.
   */
  public static byte[] bytes(Random random, int least, int most, int letters) {
    byte[] bytes = new byte[random.nextInt(least, most + 1)];
    for (int i = 0; i < bytes.length; i++) {
      int letter = random.nextInt(letters);
      // The ends of the range are where comparisons and prefixes go wrong.
      bytes[i] = (byte) (letter % 2 == 0 ? letter / 2 : 0xFF - letter / 2);
    }
    return bytes;
  }
}

package dev.kvist.simple;

/**
 * The records that the index points at: they hold the keys.
 *
 * <p>A lookup runs without a lock, so that it may ask for a position which was right a moment ago
 * and whose record has been moved since. An implementation that finds such a record gone throws,
 * and its caller looks the key up again. Positions outside of the log come from damaged slots only;
 * the answer to them is false.
 */
@FunctionalInterface
interface Records {
  /** Whether the record at {@code position} has this bucket and key. */
  boolean matches(long position, int bucket, byte[] key);
}

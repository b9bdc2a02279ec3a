package dev.kvist.simple;

/**
 * The records that the index points at: they hold the keys.
 *
 * <p>A lookup runs without a lock, so that it may ask for a position which was right a moment ago
 * and whose record has been moved since. An implementation that finds such a record gone throws;
 * the caller then looks the key up again.
 */
@FunctionalInterface
interface Records {
  /** Whether the record at {@code position} has this bucket and key. */
  boolean matches(long position, int bucket, byte[] key);
}

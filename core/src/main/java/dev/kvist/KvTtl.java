package dev.kvist;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keys that expire (K5). TTLs are rounded up to {@link Capabilities#ttlResolution}. Throws as
 * {@link KvWriter} does.
 */
public interface KvTtl {
  /**
   * Stores a value that expires.
   *
   * @throws IllegalArgumentException when the TTL is not positive
   */
  Version put(byte[] key, byte[] value, Duration ttl);

  /**
   * Gives a live key a new time to live, value unchanged: a write, with a new version, and watchers
   * get a put.
   *
   * @return the new version; null when the key is not live, and then nothing is written
   */
  @Nullable Version touch(byte[] key, Duration ttl);

  /**
   * The time left; null when the key is not live or has no deadline ({@link KvReader#exists} tells
   * which).
   */
  @Nullable Duration remaining(byte[] key);
}

package dev.kvist;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How {@link Connection#store(String, StoreConfig)} makes a bucket. A field that a backend cannot
 * honour fails with {@link KvException.Unsupported} naming it; none is ignored.
 *
 * @param description free text; empty for none
 * @param storage where it is kept; null for the backend's own way
 * @param maxHistory how many versions of a key are kept
 * @param maxAge after which entries go; null for never
 * @param maxBytes the greatest size in bytes; 0 for no limit
 * @param discard what a full bucket does; null for the backend's own way
 * @param replicas how many servers keep it
 * @param compression whether the backend compresses it
 */
public record StoreConfig(
    String description,
    @Nullable StorageType storage,
    int maxHistory,
    @Nullable Duration maxAge,
    long maxBytes,
    @Nullable DiscardPolicy discard,
    int replicas,
    boolean compression) {
  /** One version of a key, one replica, no limits. */
  public static final StoreConfig DEFAULT = new StoreConfig("", null, 1, null, 0, null, 1, false);

  /** Checks the ranges. */
  public StoreConfig {
    if (maxHistory < 1 || maxBytes < 0 || replicas < 1) {
      throw new IllegalArgumentException(
          "maxHistory and replicas are at least 1, maxBytes at least 0");
    }
    if (maxAge != null && (maxAge.isNegative() || maxAge.isZero())) {
      throw new IllegalArgumentException("maxAge must be positive, and is " + maxAge);
    }
  }

  /** With another description. */
  public StoreConfig withDescription(String description) {
    return new StoreConfig(
        description, storage, maxHistory, maxAge, maxBytes, discard, replicas, compression);
  }

  /** Kept in files or in memory. */
  public StoreConfig withStorage(StorageType storage) {
    return new StoreConfig(
        description, storage, maxHistory, maxAge, maxBytes, discard, replicas, compression);
  }

  /** With this many versions of a key. */
  public StoreConfig withMaxHistory(int maxHistory) {
    return new StoreConfig(
        description, storage, maxHistory, maxAge, maxBytes, discard, replicas, compression);
  }

  /** With entries that go after this long. */
  public StoreConfig withMaxAge(Duration maxAge) {
    return new StoreConfig(
        description, storage, maxHistory, maxAge, maxBytes, discard, replicas, compression);
  }

  /** With a greatest size, and what happens at it. */
  public StoreConfig withMaxBytes(long maxBytes, DiscardPolicy discard) {
    return new StoreConfig(
        description, storage, maxHistory, maxAge, maxBytes, discard, replicas, compression);
  }

  /** On this many servers. */
  public StoreConfig withReplicas(int replicas) {
    return new StoreConfig(
        description, storage, maxHistory, maxAge, maxBytes, discard, replicas, compression);
  }

  /** Compressed by the backend. */
  public StoreConfig withCompression() {
    return new StoreConfig(
        description, storage, maxHistory, maxAge, maxBytes, discard, replicas, true);
  }
}

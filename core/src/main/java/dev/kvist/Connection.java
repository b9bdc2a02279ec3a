package dev.kvist;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * A connection to a backend: the lifecycle and the factory of {@linkplain KvStore stores}.
 *
 * <p>Open one a data directory or cluster and share it among all threads. After {@link #close}
 * every call on it and on what it handed out fails with {@link KvException.Closed}.
 */
public interface Connection extends AutoCloseable {
  /**
   * The store of a bucket. Makes nothing: a missing bucket reads as empty, the first write makes it
   * (K3).
   *
   * @param bucket 1 to 64 of {@code A-Z a-z 0-9 _ -}, not starting with {@code -}
   * @throws IllegalArgumentException when the name is not legal
   */
  KvStore store(String bucket);

  /**
   * The store of a bucket, made now with a configuration when it is missing.
   *
   * @throws IllegalArgumentException when the name is not legal
   * @throws KvException.Unsupported naming the first field of {@code config} that the backend
   *     cannot honour
   */
  KvStore store(String bucket, StoreConfig config);

  /** What it supports and its limits. Constant through the life of the connection. */
  Capabilities capabilities();

  /** The names of the buckets that exist, in order; a weak snapshot. */
  Iterator<String> buckets();

  /**
   * Drops a bucket with everything in it. Its keys end as purges for those who watch it.
   *
   * @return whether it existed
   */
  boolean drop(String bucket);

  /**
   * Batches over several buckets (K4): every operation names its bucket by {@link WriteBatch#in}.
   *
   * @throws KvException.Unsupported without {@link Capability#BATCH_ACROSS_BUCKETS}
   */
  KvBatch batch();

  /**
   * Care of the data: verify, compact, backup.
   *
   * @throws KvException.Unsupported without {@link Capability#MAINTENANCE}
   */
  KvMaintenance maintenance();

  /**
   * Counters and gauges by name, such as {@code puts} or {@code log.bytes}; exact, cheap to take,
   * never a key or a value. The names are in {@code docs/operations.md}.
   */
  Map<String, Long> stats();

  /**
   * What was done through this connection, by bucket and operation; exact. Only what was done at
   * all is in it; empty where a backend does not count.
   */
  default List<OperationCount> operations() {
    return List.of();
  }

  /** Who is given the entries of a {@link #sample}. */
  @FunctionalInterface
  interface Sample {
    /**
     * An entry.
     *
     * @param bytes the length of its key and of its value, as it is stored where the backend knows
     *     that without reading it
     */
    void entry(String bucket, byte[] key, long bytes);
  }

  /**
   * Gives live entries chosen at random, without reading all of them; all where there are not more.
   *
   * <p>A backend that cannot choose each with the same chance, and so this method, seeks random
   * places of the order of keys: entries in dense ranges and in large buckets come less often then.
   *
   * @param most how many at most; also the order of the number of reads
   * @return how many were given
   * @throws KvException.Unsupported without {@link Capability#ORDERED_SCAN}, unless all buckets are
   *     small
   */
  default int sample(int most, Sample to) {
    return new SeekSample(this, most, to).run();
  }

  /**
   * Asks the backend whether it can serve; returns when it can.
   *
   * @throws KvException with the reason when it cannot
   */
  void ping();

  /**
   * Returns when everything acknowledged is where the backend keeps it, and all resources are free.
   * Idempotent.
   */
  @Override
  void close();
}

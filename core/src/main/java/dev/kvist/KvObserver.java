package dev.kvist;

/**
 * Who is told of what a connection does, for metrics and traces. Exact counts come from {@link
 * Connection#stats}; this carries what has to be seen when it happens.
 *
 * <p>Called on the thread that does the work: implementations must be fast, safe for many threads,
 * and never throw.
 */
public interface KvObserver {
  /** Hears nothing. */
  KvObserver NONE = new KvObserver() {};

  /** The operations whose latency is told. */
  enum Operation {
    /** A point read. */
    GET,
    /** A put, create, update or touch. */
    PUT,
    /** A delete or purge. */
    DELETE,
    /** A batch. */
    BATCH,
    /** One page of a scan. */
    SCAN_PAGE
  }

  /**
   * A connection that tells this observer was opened, by {@link Kvist#open}. This method alone may
   * throw: the open fails with it, and the connection is closed.
   *
   * @param backend the scheme of its URI
   */
  default void opened(String backend, Connection connection) {}

  /**
   * A connection was closed; backends call it once. Also for one that was never {@linkplain
   * #opened}, as it lacks a required capability.
   */
  default void closed(Connection connection) {}

  /**
   * An operation was done on a bucket for the first time since the connection was opened: {@link
   * Connection#operations} has it from now on. May come twice, when two threads are the first.
   *
   * @param bucket empty for a batch over several buckets
   */
  default void began(Operation operation, String bucket) {}

  /**
   * The latency of an operation on a bucket. Of gets, puts and deletes a sample of one call in
   * {@link #SAMPLE_EVERY}, chosen at random; of batches and pages, which do the work of many, every
   * one. Calls that failed are not told.
   *
   * @param bucket empty for a batch over several buckets
   */
  default void latency(Operation operation, String bucket, long nanos) {}

  /**
   * A key was read or written by its name: the same sample as of latencies, and of the operations
   * in batches one in {@link #SAMPLE_EVERY} too. Scans are not told.
   *
   * @param key the caller's: not to be kept or changed
   */
  default void accessed(Operation operation, String bucket, byte[] key) {}

  /**
   * A key was written; every one.
   *
   * @param key the caller's: not to be kept or changed
   * @param bytes the length of key and value; 0 when it was deleted or purged
   */
  default void written(String bucket, byte[] key, long bytes) {}

  /** A sync of {@code bytes} to the device; every one. */
  default void synced(long bytes, long nanos) {}

  /** A compaction that read and kept so many bytes; every one. */
  default void compacted(long bytesRead, long bytesKept, long nanos) {}

  /** Both this one and another, which is told after it. */
  default KvObserver and(KvObserver other) {
    return new ObserverPair(this, other);
  }

  /** A call in how many has its latency taken. */
  int SAMPLE_EVERY = 64;
}

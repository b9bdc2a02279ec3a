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

  /** The latency of an operation on a bucket; a sample of one call in {@link #SAMPLE_EVERY}. */
  default void latency(Operation operation, String bucket, long nanos) {}

  /** A sync of {@code bytes} to the device; every one. */
  default void synced(long bytes, long nanos) {}

  /** A compaction that read and kept so many bytes; every one. */
  default void compacted(long bytesRead, long bytesKept, long nanos) {}

  /** A call in how many has its latency taken. */
  int SAMPLE_EVERY = 64;
}

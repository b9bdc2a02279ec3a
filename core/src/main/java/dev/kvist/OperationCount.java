package dev.kvist;

/**
 * How often an operation was done on a bucket since the connection was opened; exact. Calls that
 * failed are not in it.
 *
 * @param bucket empty for batches over several buckets
 * @param count calls; of {@link KvObserver.Operation#SCAN_PAGE} pages, of {@link
 *     KvObserver.Operation#BATCH} batches
 * @param misses calls that found no live key: reads and deletes; of pages the keys that turned out
 *     dead
 * @param bytes of keys and values: of gets the values handed out, of pages what was handed out, of
 *     puts and batches what was taken, before compression
 */
public record OperationCount(
    String bucket, KvObserver.Operation operation, long count, long misses, long bytes) {}

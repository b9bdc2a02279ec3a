package dev.kvist;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Batches that happen whole or not at all (K4). Throws as {@link KvWriter} does. */
public interface KvBatch {
  /**
   * Applies a batch.
   *
   * @return a version an operation, in order; null for a {@code require} and for a delete that
   *     found nothing
   * @throws IllegalArgumentException when a key comes twice, there are more than {@link
   *     Capabilities#maxBatchOps}, an operation names a bucket other than this store's, or names
   *     none and this is the connection's role
   * @throws KvException.VersionMismatch when an expectation does not hold; nothing is written
   * @throws KvException.AlreadyExists when a create meets a live key; nothing is written
   */
  List<@Nullable Version> apply(WriteBatch batch);
}

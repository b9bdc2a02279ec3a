package dev.kvist.spi;

import dev.kvist.KeyText;
import dev.kvist.WriteBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which bucket each operation of a batch is of, with what the contract asks of a batch (K4). */
public final class BatchBuckets {
  private BatchBuckets() {}

  /**
   * The buckets of a batch's operations, in their order.
   *
   * @param ownBucket the bucket of operations that name none; null when each must name its own
   * @throws IllegalArgumentException when there are more than {@code maxOps}, a key comes twice, an
   *     operation names another bucket than its own one, or none where each must, or an illegal one
   */
  public static List<String> of(@Nullable String ownBucket, WriteBatch batch, int maxOps) {
    if (batch.size() > maxOps) {
      throw new IllegalArgumentException(
          "a batch has at most " + maxOps + " operations, and this one " + batch.size());
    }
    Map<String, Set<ByteBuffer>> seen = new HashMap<>();
    var buckets = new ArrayList<String>(batch.size());
    for (WriteBatch.Op op : batch.ops()) {
      String bucket = bucketOf(ownBucket, op);
      if (!seen.computeIfAbsent(bucket, name -> new HashSet<>()).add(ByteBuffer.wrap(op.key()))) {
        throw new IllegalArgumentException(
            "key "
                + KeyText.print(op.key())
                + " of bucket "
                + bucket
                + " comes twice in a batch; give each key one operation");
      }
      buckets.add(bucket);
    }
    return buckets;
  }

  private static String bucketOf(@Nullable String ownBucket, WriteBatch.Op op) {
    @Nullable String named = op.bucket();
    if (named == null && ownBucket == null) {
      throw new IllegalArgumentException(
          "each operation of a batch over several buckets names its bucket: call in(bucket) first");
    }
    if (named != null && ownBucket != null && !named.equals(ownBucket)) {
      throw new IllegalArgumentException(
          "an operation names bucket "
              + named
              + " in a batch of bucket "
              + ownBucket
              + "; use the connection's batch");
    }
    return named == null ? Objects.requireNonNull(ownBucket) : Names.checkBucket(named);
  }
}

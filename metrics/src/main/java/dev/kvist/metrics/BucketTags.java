package dev.kvist.metrics;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The value of the tag {@code bucket} for each bucket: not more values than are allowed. */
final class BucketTags {
  static final String OTHER = "other";
  static final String SEVERAL = "several";

  private final int most;
  private final Map<String, String> tags = new ConcurrentHashMap<>();

  BucketTags(int most) {
    this.most = most;
  }

  /**
   * The tag of a bucket, always the same.
   *
   * @param bucket empty for batches over several
   */
  String of(String bucket) {
    if (bucket.isEmpty()) {
      return SEVERAL;
    }
    String known = tags.get(bucket);
    return known != null ? known : admit(bucket);
  }

  private synchronized String admit(String bucket) {
    if (tags.size() >= most && !tags.containsKey(bucket)) {
      return OTHER;
    }
    return tags.computeIfAbsent(bucket, name -> name);
  }
}

package dev.kvist;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A key with its bucket, to be found in a map. */
final class NamedKey {
  final String bucket;
  final byte[] key;
  private final int hash;

  /** Takes the array as it is: who keeps this gives a copy. */
  NamedKey(String bucket, byte[] key) {
    this.bucket = bucket;
    this.key = key;
    this.hash = hash(bucket, key);
  }

  static int hash(String bucket, byte[] key) {
    return 31 * bucket.hashCode() + Arrays.hashCode(key);
  }

  NamedKey copy() {
    return new NamedKey(bucket, key.clone());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NamedKey same
        && hash == same.hash
        && bucket.equals(same.bucket)
        && Arrays.equals(key, same.key);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}

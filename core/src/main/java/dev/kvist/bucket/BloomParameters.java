package dev.kvist.bucket;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a stored Bloom filter was made, or that there is none.
 *
 * @param shape the shape that is stored; where there is none, the one that is wanted
 * @param stored whether it stands where it belongs
 * @param damaged whether something is there whose parameters cannot be read
 * @param lost whether they could be found nowhere else either
 */
record BloomParameters(BloomShape shape, boolean stored, boolean damaged, boolean lost) {
  private static final int SOME = 64;

  /**
   * Finds them: where they belong, else in a chunk or a segment, which have them too.
   *
   * @throws IllegalArgumentException when the filter was made for another capacity or error rate
   */
  static BloomParameters find(BloomBucket bucket, BloomShape wanted) {
    byte[] key = BloomLayout.shapeKey();
    byte @Nullable [] value = bucket.get(key);
    @Nullable BloomShape shape = value == null ? null : BloomLayout.readShape(key, value);
    if (shape != null) {
      return new BloomParameters(checked(shape, wanted), true, false, false);
    }
    List<byte[]> keys = new ArrayList<>();
    for (int i = 0; i < Math.min(SOME, wanted.chunks()); i++) {
      keys.add(BloomLayout.chunkKey(i));
    }
    for (int i = 0; i < SOME; i++) {
      keys.add(BloomLayout.segmentKey(i));
    }
    List<byte @Nullable []> values = bucket.getAll(keys);
    for (int i = 0; i < keys.size(); i++) {
      byte @Nullable [] block = values.get(i);
      @Nullable BloomShape found = block == null ? null : BloomLayout.readShape(keys.get(i), block);
      if (found != null) {
        return new BloomParameters(checked(found, wanted), false, true, false);
      }
    }
    // Parameters are written first; with them gone, what was written after them betrays it.
    boolean anything =
        value != null || values.stream().anyMatch(Objects::nonNull) || slots(bucket, wanted);
    return new BloomParameters(wanted, false, anything, anything);
  }

  private static boolean slots(BloomBucket bucket, BloomShape shape) {
    List<byte[]> keys = new ArrayList<>();
    for (int slot = 0; slot < shape.slots(); slot++) {
      keys.add(BloomLayout.slotKey(slot));
    }
    return bucket.getAll(keys).stream().anyMatch(Objects::nonNull);
  }

  private static BloomShape checked(BloomShape stored, BloomShape wanted) {
    if (stored.capacity() != wanted.capacity() || stored.errorRate() != wanted.errorRate()) {
      throw new IllegalArgumentException(
          BloomFilter.WHERE
              + " was made for "
              + stored.capacity()
              + " items with an error rate of "
              + stored.errorRate()
              + ", and is now to be opened for "
              + wanted.capacity()
              + " with "
              + wanted.errorRate()
              + "; a Bloom filter cannot be resized: open it with filter_capacity "
              + stored.capacity()
              + " and filter_error_rate "
              + stored.errorRate()
              + ", or drop the bucket "
              + BloomFilter.BUCKET
              + " and add the items again");
    }
    return stored;
  }
}

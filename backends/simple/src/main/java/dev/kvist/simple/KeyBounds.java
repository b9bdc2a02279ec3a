package dev.kvist.simple;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of one bucket that a page is taken from, as bounds of keys with their bucket in front.
 */
final class KeyBounds {
  private final byte[] low;
  private final boolean lowExcluded;

  /** Empty when there is no key after this bucket. */
  private final byte[] high;

  private final boolean highIncluded;

  private KeyBounds(byte[] low, boolean lowExcluded, byte[] high, boolean highIncluded) {
    this.low = low;
    this.lowExcluded = lowExcluded;
    this.high = high;
    this.highIncluded = highIncluded;
  }

  static KeyBounds of(
      int bucket,
      byte @Nullable [] low,
      boolean lowInclusive,
      byte @Nullable [] high,
      boolean highInclusive) {
    byte[] none = {};
    byte[] from = inBucket(bucket, low == null ? none : low);
    byte[] to =
        high != null ? inBucket(bucket, high) : bucket == -1 ? none : inBucket(bucket + 1, none);
    return new KeyBounds(from, low != null && !lowInclusive, to, high != null && highInclusive);
  }

  /** Up to {@code limit} keys within the bounds, without their bucket, each once. */
  List<byte[]> page(List<KeyRun> runs, boolean reversed, int limit) {
    List<byte[]> page = new ArrayList<>(Math.clamp(limit, 0, 1024));
    RunMerge merge = new RunMerge(runs, reversed);
    if (reversed) {
      merge.seek(high, highIncluded);
    } else {
      merge.seek(low, lowExcluded);
    }
    byte[] last = {};
    while (page.size() < limit && merge.isAtKey()) {
      RunCursor cursor = merge.current();
      if (!(reversed ? isAboveLow(cursor) : isBelowHigh(cursor))) {
        break;
      }
      byte[] buffer = cursor.buffer();
      int start = cursor.start() + KeyBatch.BUCKET_BYTES;
      if (!Arrays.equals(buffer, start, cursor.end(), last, 0, last.length)) {
        last = Arrays.copyOfRange(buffer, start, cursor.end());
        page.add(last);
      }
      if (page.size() < limit) {
        merge.advance();
      }
    }
    return page;
  }

  private boolean isAboveLow(RunCursor at) {
    int order = compare(at, low);
    return order > 0 || (order == 0 && !lowExcluded);
  }

  private boolean isBelowHigh(RunCursor at) {
    if (high.length == 0) {
      return true;
    }
    int order = compare(at, high);
    return order < 0 || (order == 0 && highIncluded);
  }

  private static int compare(RunCursor at, byte[] bound) {
    return Arrays.compareUnsigned(at.buffer(), at.start(), at.end(), bound, 0, bound.length);
  }

  private static byte[] inBucket(int bucket, byte[] key) {
    byte[] joined = new byte[KeyBatch.BUCKET_BYTES + key.length];
    KeyBatch.putBucket(joined, 0, bucket);
    System.arraycopy(key, 0, joined, KeyBatch.BUCKET_BYTES, key.length);
    return joined;
  }
}

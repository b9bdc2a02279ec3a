package dev.kvist.bucket;

import dev.kvist.Kvist;
import dev.kvist.spi.Names;

/**
 * The bytes of an item in a bucket of a filter.
 *
 * <pre>
 *   offset  bytes  what
 *        0      1  length n of the bucket's name, 1 to 64
 *        1      n  the bucket's name, ASCII
 *    1 + n      m  the item, at least 1 byte
 * </pre>
 *
 * The length in front keeps bucket and item apart, so that no two pairs meet.
 */
final class Member {
  private Member() {}

  /** A new array, which shares nothing with the key. */
  static byte[] of(String bucket, byte[] key) {
    byte[] name = Kvist.utf8(Names.checkBucket(bucket));
    if (key.length == 0) {
      throw new IllegalArgumentException("a key has at least 1 byte");
    }
    byte[] member = new byte[1 + name.length + key.length];
    member[0] = (byte) name.length;
    System.arraycopy(name, 0, member, 1, name.length);
    System.arraycopy(key, 0, member, 1 + name.length, key.length);
    return member;
  }
}

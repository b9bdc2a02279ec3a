package dev.kvist.bucket;

import dev.kvist.Connection;
import dev.kvist.KvException;

/**
 * Membership of keys in buckets: was this one seen before?
 *
 * <p>What a filter holds is a keyspace of its own: adding a key to a filter never touches a value,
 * also where a store has the same bucket and key. All methods are safe for many threads, copy what
 * they are given, throw {@link IllegalArgumentException} for an illegal bucket name or an empty
 * key, and {@link KvException} when the filter fails, which is never "not there".
 *
 * <p>A filter may be approximate, such as a Bloom filter: then {@link #exists} and {@link
 * #checkThenAdd} may answer true for a key that was never added, never false for one that was, and
 * {@link #delete} may be {@link KvException.Unsupported}. The filter of {@link #of} is exact;
 * {@link BloomFilter} is the approximate one.
 */
public interface Filter {
  /**
   * The bucket {@code _filter}, in which the filter of a connection keeps what was added. It is
   * listed among the connection's buckets, so that a copy, an export or a backup carries the filter
   * along; nobody else may write to it.
   */
  String BUCKET = "_filter";

  /**
   * The exact filter that a connection keeps, as durable as its values, shared by all who see its
   * data. A key may be as long as the connection allows, less the length of the bucket's name and
   * one.
   */
  static Filter of(Connection connection) {
    return new ConnectionFilter(connection);
  }

  /**
   * Whether a key was added to a bucket and not deleted since. A key too long to be added never
   * was.
   */
  boolean exists(String bucket, byte[] key);

  /**
   * Adds a key to a bucket. Fine when it is there.
   *
   * @throws IllegalArgumentException when the key is too long
   */
  void add(String bucket, byte[] key);

  /**
   * Deletes a key from a bucket. Fine when it is not there.
   *
   * @throws KvException.Unsupported when the filter cannot, as a Bloom filter
   */
  void delete(String bucket, byte[] key);

  /**
   * Adds a key to a bucket and says whether it was there before, in one atomic step: of any number
   * of concurrent calls for a key that is not there, in any process, exactly one gets false.
   *
   * @return true when the key was there already, false when this call added it
   * @throws IllegalArgumentException when the key is too long
   * @throws KvException.Unsupported when the filter cannot do it atomically
   */
  boolean checkThenAdd(String bucket, byte[] key);
}

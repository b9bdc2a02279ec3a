package dev.kvist.bucket;

import dev.kvist.Connection;
import dev.kvist.KvException;
import org.jspecify.annotations.Nullable;

/**
 * A store of binary keys and values in named buckets, reduced to eight calls (K12).
 *
 * <p>Any {@link Connection} can be seen as one by {@link #of}; other implementations are welcome
 * and keep this contract:
 *
 * <ul>
 *   <li>A bucket name is 1 to 64 of {@code A-Z a-z 0-9 _ -}, not starting with {@code -}; a key has
 *       1 to at least 1,024 bytes, any bytes; a value may be empty, and an empty value is a value.
 *       No two pairs of bucket and key meet.
 *   <li>An absent key is null, false, or nothing to delete; never an error. An error is never
 *       "absent".
 *   <li>Arrays passed in are copied before a call returns; arrays handed out belong to the caller.
 *   <li>All methods are safe for many threads. {@link #close} is idempotent; after it every call
 *       but {@link #open} fails with {@link KvException.Closed}.
 * </ul>
 *
 * Values stored by {@link #addValueCompress} are read by {@link #getCompressedValue}, all others by
 * {@link #getValue}.
 *
 * <p>Every method throws {@link IllegalArgumentException} for an illegal bucket name and for an
 * empty or too long key, and {@link KvException} when the store fails; writes throw {@link
 * KvException.TooLarge} for a value over the store's limit.
 */
public interface BucketStore extends AutoCloseable {
  /**
   * A view of a connection. It is open from the start; {@link #open} checks that the connection can
   * serve, and {@link #close} ends the view and never the connection.
   *
   * <p>The buckets {@link Filter#BUCKET} and {@link BloomFilter#BUCKET} are refused: they belong to
   * the filters.
   */
  static BucketStore of(Connection connection) {
    return new ConnectionBucketStore(connection);
  }

  /**
   * Makes the store ready. Runs when its module starts, before any other call; again after {@link
   * #close}.
   *
   * @throws KvException with the reason when the store cannot serve
   */
  void open();

  /**
   * Ends the store; returns when everything acknowledged is where the store keeps it. Runs when its
   * module stops.
   */
  @Override
  void close();

  /**
   * The bytes stored under a key; null when it is absent. Of a key that was stored compressed, the
   * stored {@linkplain Lz4Pair pair}.
   */
  byte @Nullable [] getValue(String bucket, byte[] key);

  /**
   * The value of a key that was stored by {@link #addValueCompress}, decompressed; null when it is
   * absent.
   *
   * @throws IllegalArgumentException when the key was not stored compressed
   * @throws KvException.Corrupted when what is stored cannot be decompressed
   */
  byte @Nullable [] getCompressedValue(String bucket, byte[] key);

  /** Stores a value compressed, as an {@linkplain Lz4Pair LZ4 pair}, over whatever was there. */
  void addValueCompress(String bucket, byte[] key, byte[] value);

  /** Stores a value as it is, over whatever was there. */
  void addValue(String bucket, byte[] key, byte[] value);

  /** Whether a key is there, without fetching its value where the store can. */
  boolean existsKey(String bucket, byte[] key);

  /** Deletes a key with its value. Succeeds when it is absent. */
  void deleteKey(String bucket, byte[] key);
}

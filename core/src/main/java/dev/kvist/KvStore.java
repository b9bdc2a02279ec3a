package dev.kvist;

/**
 * A named bucket of a connection; vends the roles.
 *
 * <p>A store holds nothing and need not be closed. Asking for a role that the backend lacks throws
 * {@link KvException.Unsupported}; {@link Connection#capabilities} says beforehand.
 */
public interface KvStore {
  /** The bucket's name. */
  String bucket();

  /** Reads. Every store has this role. */
  KvReader reader();

  /**
   * Writes.
   *
   * @throws KvException.Unsupported when the connection is read-only
   */
  KvWriter writer();

  /**
   * Keys that expire.
   *
   * @throws KvException.Unsupported without {@link Capability#TTL}, or read-only
   */
  KvTtl ttl();

  /**
   * Removal of a key with its history.
   *
   * @throws KvException.Unsupported without {@link Capability#PURGE}, or read-only
   */
  KvPurge purger();

  /**
   * Batches within this bucket.
   *
   * @throws KvException.Unsupported without {@link Capability#BATCH}, or read-only
   */
  KvBatch batch();

  /**
   * Watches.
   *
   * @throws KvException.Unsupported without {@link Capability#WATCH}
   */
  KvWatcher watcher();
}

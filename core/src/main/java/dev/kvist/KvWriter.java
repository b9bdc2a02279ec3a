package dev.kvist;

/**
 * Writes of one bucket (K3).
 *
 * <p>Every method throws {@link IllegalArgumentException} for an empty or too long key, {@link
 * KvException.TooLarge} for a value over the limit (before anything is written), {@link
 * KvException.StoreFull} when there is no room, {@link KvException.IoFailed} when the device
 * refuses, {@link KvException.Timeout} when the outcome is not known in time (an interrupted caller
 * included; the flag stays set), and {@link KvException.Closed}. {@link KvException#effect} says
 * whether the write may have happened.
 */
public interface KvWriter {
  /**
   * Stores a value, whatever was there; a TTL that was there is cleared. Returns the new version.
   */
  Version put(byte[] key, byte[] value);

  /**
   * Stores a value on a key that is absent, deleted or expired.
   *
   * @throws KvException.AlreadyExists when the key is live
   */
  default Version create(byte[] key, byte[] value) {
    return put(key, value, PutOptions.DEFAULT.ifAbsent());
  }

  /**
   * Stores a value when the key's version is the expected one.
   *
   * @throws KvException.VersionMismatch when it is not, or is that of a marker or of an expired
   *     entry
   */
  default Version update(byte[] key, byte[] value, Version expected) {
    return put(key, value, PutOptions.DEFAULT.ifVersion(expected));
  }

  /**
   * The full form: a put with a deadline, a condition, or the compressed flag.
   *
   * @throws KvException.AlreadyExists when {@link PutOptions#ifAbsent} was asked for and the key is
   *     live
   * @throws KvException.VersionMismatch when {@link PutOptions#ifVersion} was asked for and does
   *     not hold
   * @throws KvException.Unsupported for a deadline without {@link Capability#TTL}
   */
  Version put(byte[] key, byte[] value, PutOptions options);

  /**
   * Deletes a key. Returns whether a live value was there; if none was, nothing is written and
   * nobody told.
   */
  boolean delete(byte[] key);

  /**
   * Deletes a key when its version is the expected one; returns the marker's version.
   *
   * @throws KvException.VersionMismatch when it is not, or the key is not live
   */
  Version delete(byte[] key, Version expected);
}

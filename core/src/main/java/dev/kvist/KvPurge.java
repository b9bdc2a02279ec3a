package dev.kvist;

/**
 * Removal of a key with its history and its value's bytes (K6). Throws as {@link KvWriter} does.
 */
public interface KvPurge {
  /** Purges a key; watchers get one purge. Fine on an absent key. */
  void purge(byte[] key);
}

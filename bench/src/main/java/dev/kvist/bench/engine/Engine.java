package dev.kvist.bench.engine;

import org.jspecify.annotations.Nullable;

/**
 * One open store under test. One put is one commit; safe for many threads.
 *
 * <p>Every method may throw what the engine throws: a run that meets an error ends with it.
 */
public interface Engine extends AutoCloseable {
  /** Takes the entries of a scan, each in arrays of its own. */
  @FunctionalInterface
  interface Visitor {
    /** One entry. */
    void entry(byte[] key, byte[] value);
  }

  /** Stores a value; on the device when the engine was opened for synced writes. */
  void put(byte[] key, byte[] value) throws Exception;

  /** The value in an array of its own; null when the key is absent. */
  byte @Nullable [] get(byte[] key) throws Exception;

  /**
   * Visits every entry whose key starts with a prefix, in order of the keys where the engine has
   * one.
   *
   * @param prefix empty for all entries; anything else only where the engine is ordered
   * @return how many entries there were
   */
  long scan(byte[] prefix, Visitor visitor) throws Exception;

  /** How many syncs the engine has done; -1 when it does not say. */
  default long syncs() {
    return -1;
  }

  @Override
  void close() throws Exception;
}

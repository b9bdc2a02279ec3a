package dev.kvist.bench.engine;

import java.util.List;
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

  /**
   * What an engine has written since it was opened, by its own count.
   *
   * @param tableBytes to files of sorted entries and of large values, each time they are written
   * @param logBytes to its write-ahead log
   */
  record Written(long tableBytes, long logBytes) {}

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

  /** The values of several keys in their order, null for an absent one, by one call. */
  default List<byte @Nullable []> getAll(List<byte[]> keys) throws Exception {
    throw new UnsupportedOperationException("it gets one key at a time");
  }

  /**
   * Visits entries in order, from the first key that is not before a given one.
   *
   * @param most how many at most
   * @return how many there were
   */
  default long scanFrom(byte[] first, int most, Visitor visitor) throws Exception {
    throw new UnsupportedOperationException("it has no order");
  }

  /** Deletes an entry that is there. */
  default void delete(byte[] key) throws Exception {
    throw new UnsupportedOperationException("it is measured without deletes");
  }

  /** Gives back the space of what was deleted; returns when that is done. */
  default void reclaim() throws Exception {
    throw new UnsupportedOperationException("it is measured without deletes");
  }

  /** What it has written so far; null when it does not say. */
  default @Nullable Written written() throws Exception {
    return null;
  }

  /** How many syncs the engine has done; -1 when it does not say. */
  default long syncs() {
    return -1;
  }

  @Override
  void close() throws Exception;
}

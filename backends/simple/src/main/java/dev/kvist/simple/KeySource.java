package dev.kvist.simple;

import java.io.IOException;

/**
 * What {@link KeyRuns} asks the engine: the bytes of a key that was added, whether a key still
 * lives, and that the log be durable. Safe for many threads, without garbage for each key, and
 * without waiting for the writer.
 */
interface KeySource {
  /**
   * Adds the bucket and the key of the record at {@code position} to {@code batch}, or adds nothing
   * when the record is gone.
   *
   * <p>A record may be gone only when its key does not live, or was added again by a later
   * position. So an engine that drops a log segment calls {@link KeyRuns#freeze} before, or adds
   * the keys that it moved.
   */
  void read(long position, KeyBatch batch);

  /**
   * Whether a key lives. An engine makes a new key visible here before it calls {@link
   * KeyRuns#add}: otherwise a merge in between would drop the key.
   */
  boolean isLive(int bucket, byte[] buffer, int offset, int length);

  /**
   * Returns when everything is durable that {@link #isLive} has answered from, and all that was
   * written before the watermark of the running {@link KeyRuns#maintain}. Without it a power loss
   * could bring a key back to life that the durable runs have dropped already.
   */
  void force() throws IOException;
}

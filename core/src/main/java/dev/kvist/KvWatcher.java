package dev.kvist;

/** Watches of one bucket (K7). */
public interface KvWatcher {
  /**
   * Starts a watch. A missing bucket is waited for.
   *
   * @throws KvException.CursorExpired when what came after {@link WatchOptions#from} can no longer
   *     be known
   * @throws KvException.Unsupported when the backend cannot serve the scope or the start
   * @throws KvException.Closed after the connection's close
   */
  KvWatch watch(WatchScope scope, WatchOptions options);
}

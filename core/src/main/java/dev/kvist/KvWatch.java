package dev.kvist;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A watch under way. For one consumer at a time; {@link #close} may come from any thread.
 *
 * <p>Once it has failed, every call throws the same error again: open another watch from {@link
 * #cursor}.
 */
public interface KvWatch extends AutoCloseable {
  /**
   * Waits for the next update.
   *
   * @throws KvException.CursorExpired when retention overtook a consumer that blocks
   * @throws KvException.WatchFailed when the consumer fell behind its buffer, or the backend gave
   *     up
   * @throws KvException.Timeout when the thread is interrupted; its flag stays set, and the watch
   *     goes on
   * @throws KvException.Closed after the watch's or the connection's close
   */
  default KvUpdate next() {
    while (true) {
      @Nullable KvUpdate update = next(Duration.ofDays(1));
      if (update != null) {
        return update;
      }
    }
  }

  /**
   * Waits no longer than {@code timeout} for the next update; null when none came. Otherwise as
   * {@link #next()}.
   */
  @Nullable KvUpdate next(Duration timeout);

  /** The last cursor handed out: where another watch can resume; null before the first. */
  @Nullable WatchCursor cursor();

  /**
   * Ends the watch and frees what it held; a waiting consumer gets {@link KvException.Closed}.
   * Idempotent.
   */
  @Override
  void close();
}

package dev.kvist.spi;

import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.WatchCursor;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log record by record, and says what a watch has to know of the one that was read last.
 * For one thread, but for {@link #close}.
 */
public interface ChangeReader extends AutoCloseable {
  /**
   * Does nothing while the store is open.
   *
   * @throws KvException.Closed when it is not
   */
  void checkOpen();

  /** The counter of the newest record of the log. */
  long newest();

  /**
   * Moves to the next record; false when there is none yet.
   *
   * @throws KvException.CursorExpired when it is not kept any more
   * @throws KvException.Corrupted when it is damaged
   */
  boolean next();

  /** Whether there is a next record now; a guess that is true where in doubt. */
  boolean hasNext();

  /** The counter of the record; before the first, of the one that it stands behind. */
  long counter();

  /** The position behind the record. */
  WatchCursor cursor();

  /** Whether more records of its batch follow; before the first, no. */
  boolean more();

  /** Whether the record changes a key of the watch. */
  boolean inScope();

  /**
   * The record as an update; of one in scope, once.
   *
   * @param behind the cursor that it carries
   */
  KvUpdate update(@Nullable WatchCursor behind);

  /** Another one at the same place, which nobody asks for updates. */
  ChangeReader copy();

  /** The same, for one look at what follows in the same batch; it need not be closed. */
  ChangeReader rest();

  /** Tells those who ask how far the watch is behind where it stands. */
  void tell();

  /** Frees what it holds; from any thread, also while another one reads. */
  @Override
  void close();
}

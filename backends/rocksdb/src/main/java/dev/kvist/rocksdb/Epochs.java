package dev.kvist.rocksdb;

import dev.kvist.Version;
import dev.kvist.WatchCursor;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Which counters belong to which epoch. Counters only grow, but after an unclean end those that
 * were lost are given again, in a new epoch, so that no version or cursor names two writes.
 *
 * <p>As stored: 16 bytes an epoch, oldest first: the epoch and its first counter, big-endian.
 */
final class Epochs {
  private static final int BYTES_OF_ONE = 2 * Long.BYTES;

  /** Epochs are seconds since then, so that two copies of a store that go on apart do not meet. */
  private static final long SINCE_MILLIS = 1_577_836_800_000L;

  private final long[] epochs;
  private final long[] firsts;

  private Epochs(long[] epochs, long[] firsts) {
    this.epochs = epochs;
    this.firsts = firsts;
  }

  static Epochs read(byte[] stored) {
    ByteBuffer from = ByteBuffer.wrap(stored);
    int count = stored.length / BYTES_OF_ONE;
    var read = new Epochs(new long[count], new long[count]);
    for (int i = 0; i < count; i++) {
      read.epochs[i] = from.getLong();
      read.firsts[i] = from.getLong();
    }
    return read;
  }

  byte[] stored() {
    ByteBuffer to = ByteBuffer.allocate(epochs.length * BYTES_OF_ONE);
    for (int i = 0; i < epochs.length; i++) {
      to.putLong(epochs[i]).putLong(firsts[i]);
    }
    return to.array();
  }

  /** The newest epoch; 0 where there is none. */
  long newest() {
    return isEmpty() ? 0 : epochs[epochs.length - 1];
  }

  /**
   * With one more, from a counter on.
   *
   * @param after an epoch that it must be newer than, beside its own
   */
  Epochs begin(long firstCounter, long nowMillis, long after) {
    int count = epochs.length;
    long last = Math.max(newest(), after);
    long[] newEpochs = Arrays.copyOf(epochs, count + 1);
    long[] newFirsts = Arrays.copyOf(firsts, count + 1);
    newEpochs[count] = Math.max(last + 1, (nowMillis - SINCE_MILLIS) / 1_000);
    newFirsts[count] = firstCounter;
    return new Epochs(newEpochs, newFirsts);
  }

  boolean isEmpty() {
    return epochs.length == 0;
  }

  private int indexOf(long counter) {
    int index = epochs.length - 1;
    while (index > 0 && counter < firsts[index]) {
      index--;
    }
    return index;
  }

  Version version(long counter) {
    return Version.of(epochs[indexOf(counter)], counter);
  }

  WatchCursor cursor(long counter) {
    return WatchCursor.of(epochs[indexOf(counter)], counter);
  }

  /**
   * Whether a cursor is of this history: not behind the end of its epoch.
   *
   * @param newest the newest counter there is
   */
  boolean has(WatchCursor cursor, long newest) {
    for (int i = epochs.length - 1; i >= 0; i--) {
      if (epochs[i] == cursor.high()) {
        long end = i + 1 < epochs.length ? firsts[i + 1] - 1 : newest;
        return cursor.low() >= firsts[i] - 1 && cursor.low() <= end;
      }
    }
    return false;
  }
}

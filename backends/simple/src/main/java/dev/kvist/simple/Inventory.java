package dev.kvist.simple;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which segments there must be. Compaction says it in a mark before it deletes one: else a state
 * segment that is missing or cut could pass for one that a crash left unfinished, and nothing would
 * tell that the log once began earlier.
 *
 * <pre>
 *  0  u64  id of the oldest segment of the log
 *  8  u64  for each state segment: id · 2^28 + offset at which its records end / 8
 *  …
 * </pre>
 */
final class Inventory {
  private final long oldestWal;

  /** As {@link Log#markOf} makes them. */
  private final long[] state;

  /**
   * @param oldestWal the id of the oldest segment of the log
   * @param state for each state segment, where its records end, as {@link Log#markOf} says it
   */
  Inventory(long oldestWal, long[] state) {
    this.oldestWal = oldestWal;
    this.state = state;
  }

  /**
   * What there must be once a segment is gone.
   *
   * @param endOf up to where the records of a state segment are on the device
   */
  static Inventory without(Segment victim, Log log, ToLongFunction<Segment> endOf) {
    Segment[] wal = log.wal();
    return new Inventory(
        wal[wal[0] == victim ? 1 : 0].id,
        Arrays.stream(log.state())
            .filter(segment -> segment != victim)
            .mapToLong(segment -> Log.markOf(segment.id, endOf.applyAsLong(segment)))
            .toArray());
  }

  /** That of a mark's value; null when it is none. */
  static @Nullable Inventory read(byte[] value) {
    if (value.length == 0 || value.length % Long.BYTES != 0) {
      return null;
    }
    MemorySegment words = MemorySegment.ofArray(value);
    long[] state = new long[value.length / Long.BYTES - 1];
    for (int i = 0; i < state.length; i++) {
      state[i] = words.get(RecordLayout.LONG, (i + 1L) * Long.BYTES);
    }
    return new Inventory(words.get(RecordLayout.LONG, 0), state);
  }

  /** The value of a mark. */
  byte[] bytes() {
    byte[] value = new byte[(state.length + 1) * Long.BYTES];
    MemorySegment words = MemorySegment.ofArray(value);
    words.set(RecordLayout.LONG, 0, oldestWal);
    for (int i = 0; i < state.length; i++) {
      words.set(RecordLayout.LONG, (i + 1L) * Long.BYTES, state[i]);
    }
    return value;
  }

  /** The id of the oldest segment of the log. */
  long oldestWal() {
    return oldestWal;
  }

  /** The ids of the state segments. */
  long[] state() {
    return Arrays.stream(state).map(Log::markedSegment).toArray();
  }

  /** At which offset the records of a state segment ended; 0 when it is not in here. */
  long endOf(long id) {
    for (long each : state) {
      if (Log.markedSegment(each) == id) {
        return Log.markedOffset(each);
      }
    }
    return 0;
  }
}

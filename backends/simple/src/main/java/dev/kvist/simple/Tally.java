package dev.kvist.simple;

/**
 * What the store holds, counted as it changes and kept in the index's header, so that it need not
 * be counted anew after a kill. Changed under the engine's lock; read by any thread.
 *
 * <p>The counts stand in two places, of which the word that says how far the log is applied chooses
 * one. A change is counted in the other before the index changes ({@link #prepare}), and chosen
 * after ({@link #commit}): so whoever finds the index changed and the choice not made knows that
 * the other place is right.
 */
final class Tally {
  /** Fields of the index header; {@code docs/formats.md} lists them. */
  static final int APPLIED = 0;

  /** Live values, their bytes, the bytes of all current records: at one place and at the other. */
  private static final int[] COUNTS = {1, 10};

  private static final int NEXT_BUCKET = 4;
  private static final int HAS_DEADLINES = 5;
  private static final int PURGED_TO = 7;
  private static final int COMPACTED_TO = 8;
  private static final int ERASED_TO = 9;

  private final HashIndex index;
  private int chosen;
  private volatile long live;
  private volatile long liveBytes;
  private volatile long recordBytes;

  Tally(HashIndex index) {
    this.index = index;
    chosen = (int) index.state(APPLIED) & 1;
    load(chosen);
  }

  private void load(int place) {
    live = index.state(COUNTS[place]);
    liveBytes = index.state(COUNTS[place] + 1);
    recordBytes = index.state(COUNTS[place] + 2);
  }

  /** Takes over the counts that were prepared, since the index has the change. */
  void adopt() {
    load(1 - chosen);
  }

  /** How many live values there are, expired ones that were not yet swept included. */
  long live() {
    return live;
  }

  /** The same without the records that define buckets: what callers have put. */
  long entries() {
    return live - (nextBucket() - 1);
  }

  /** Bytes of the keys and values of all live values. */
  long liveBytes() {
    return liveBytes;
  }

  /** Bytes of all records that the index points at, markers included. */
  long recordBytes() {
    return recordBytes;
  }

  /** A record became current ({@code sign} 1) or ceased to be (-1). */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  void count(long lengths, int sign) {
    if (RecordLayout.type(lengths) == RecordLayout.PUT) {
      live += sign;
      liveBytes +=
          sign * ((long) RecordLayout.keyLength(lengths) + RecordLayout.valueLength(lengths));
    }
    recordBytes += sign * RecordLayout.size(lengths);
  }

  /** Adds what was counted elsewhere: live values, their bytes, the bytes of current records. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  void add(long values, long valueBytes, long bytes) {
    live += values;
    liveBytes += valueBytes;
    recordBytes += bytes;
  }

  /** Writes the counts as they are when the index will have changed. */
  void prepare() {
    int place = COUNTS[1 - chosen];
    index.state(place, Math.max(0, live));
    index.state(place + 1, Math.max(0, liveBytes));
    index.state(place + 2, Math.max(0, recordBytes));
  }

  /** The index has changed, and everything before a place of the log is applied. */
  void commit(long mark) {
    chosen = 1 - chosen;
    index.state(APPLIED, mark << 1 | chosen);
  }

  /** Prepares and commits. */
  void store(long mark) {
    prepare();
    commit(mark);
  }

  /** Up to which place of the log everything is applied; 0 when nothing ever was. */
  static long applied(HashIndex index) {
    return index.state(APPLIED) >>> 1;
  }

  int nextBucket() {
    return (int) Math.max(1, index.state(NEXT_BUCKET));
  }

  void nextBucket(int id) {
    index.state(NEXT_BUCKET, id);
  }

  boolean hasDeadlines() {
    return index.state(HAS_DEADLINES) != 0;
  }

  void sawDeadline() {
    if (!hasDeadlines()) {
      index.state(HAS_DEADLINES, 1);
    }
  }

  /**
   * No record of the write-ahead log that is newer than this was ever dropped or moved by
   * compaction.
   */
  long compactedTo() {
    return index.state(COMPACTED_TO);
  }

  void compactedTo(long counter) {
    index.state(COMPACTED_TO, Math.max(counter, compactedTo()));
  }

  /** The counter of the newest purge; what is older than it may still hold bytes to erase. */
  long purgedTo() {
    return index.state(PURGED_TO);
  }

  void purgedTo(long counter) {
    index.state(PURGED_TO, counter);
  }

  /** The counter up to which purges have had their older bytes erased. */
  long erasedTo() {
    return index.state(ERASED_TO);
  }

  void erasedTo(long counter) {
    index.state(ERASED_TO, counter);
  }
}

package dev.kvist.simple;

/**
 * What the store holds, counted as it changes and kept in the index's header, so that it need not
 * be counted anew after a kill. Changed under the engine's lock; read by any thread.
 */
final class Tally {
  /** Fields of the index header; {@code docs/formats.md} lists them. */
  static final int APPLIED = 0;

  private static final int LIVE = 1;
  private static final int LIVE_BYTES = 2;
  private static final int RECORD_BYTES = 3;
  private static final int NEXT_BUCKET = 4;
  private static final int HAS_DEADLINES = 5;
  private static final int NEWEST_MILLIS = 6;
  private static final int PURGED_TO = 7;
  private static final int COMPACTED_TO = 8;
  private static final int ERASED_TO = 9;

  private final HashIndex index;
  private volatile long live;
  private volatile long liveBytes;
  private volatile long recordBytes;

  Tally(HashIndex index) {
    this.index = index;
    live = index.state(LIVE);
    liveBytes = index.state(LIVE_BYTES);
    recordBytes = index.state(RECORD_BYTES);
  }

  /** How many live values there are, expired ones that were not yet swept included. */
  long live() {
    return live;
  }

  /** Bytes of their keys and values. */
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

  /**
   * Writes the counts and how far the log is applied; the latter last, since it vouches for them.
   */
  void store(long applied) {
    index.state(LIVE, Math.max(0, live));
    index.state(LIVE_BYTES, Math.max(0, liveBytes));
    index.state(RECORD_BYTES, Math.max(0, recordBytes));
    index.state(APPLIED, applied);
  }

  long applied() {
    return index.state(APPLIED);
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

  long newestMillis() {
    return index.state(NEWEST_MILLIS);
  }

  void newestMillis(long millis) {
    index.state(NEWEST_MILLIS, millis);
  }

  /** The counter of the newest record of the write-ahead log that compaction dropped or moved. */
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

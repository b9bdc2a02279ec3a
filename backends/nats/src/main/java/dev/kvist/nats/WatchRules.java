package dev.kvist.nats;

/**
 * What a watch decides from where it stands and how the stream stands: pure functions. A position
 * is the sequence up to which a watch has everything.
 */
final class WatchRules {
  private WatchRules() {}

  /**
   * Whether everything after a cursor is still in the stream. Servers do not say: below the first
   * sequence they begin at the first, above the last they wait for it.
   */
  static boolean resumeWindowOk(long position, long first, long last) {
    return position >= first - 1 && position <= last;
  }

  /**
   * Whether a stream may have forgotten messages after a position before it delivered them. Its
   * first sequence alone does not tell, since overwriting the oldest keys moves it too.
   *
   * @param positionMillis when the message at the position was stored, or an earlier time
   */
  static boolean mayBeOvertaken(long position, long positionMillis, StreamFigures stream) {
    if (stream.first() <= position + 1) {
      return false;
    }
    long since = stream.last() - position;
    boolean byAge =
        stream.maxAgeMillis() > 0 && stream.nowMillis() - positionMillis >= stream.maxAgeMillis();
    boolean byNumber = stream.maxMessages() > 0 && since >= stream.maxMessages();
    // To forget one, everything after it has to fill the stream.
    boolean bySize =
        stream.maxBytes() > 0 && since >= Math.max(1, stream.maxBytes() / stream.largestMessage());
    return byAge || byNumber || bySize;
  }

  /**
   * Whether delete markers after a position may have been stored and have gone again.
   *
   * @param knownMillis up to when the watch knows of every marker
   * @param markerTtlMillis how long markers are kept; 0 for as long as values
   */
  static boolean markersMayBeGone(long knownMillis, long nowMillis, long markerTtlMillis) {
    return markerTtlMillis > 0 && nowMillis - knownMillis >= markerTtlMillis;
  }

  /**
   * Whether a state may be complete: the server says that nothing follows, and all was delivered
   * that there was at a time.
   */
  static boolean stateMayBeComplete(long sequence, long pending, long last) {
    return pending == 0 && sequence >= last;
  }
}

package dev.kvist.spi;

import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Milliseconds since 1970 that never step back: the newer of the wall clock and the newest time in
 * the log (K5). Deadlines are judged by it, so that a key which has expired stays so. Safe for many
 * threads.
 */
public final class Clock {
  private static final Logger LOG = LoggerFactory.getLogger(Clock.class);
  private static final long JUMP_MILLIS = 3_600_000;

  private final LongSupplier wall;
  private volatile long newest;
  private volatile boolean saidBehind;

  /**
   * A clock.
   *
   * @param wall milliseconds since 1970, such as {@link System#currentTimeMillis}
   * @param newestInLog the newest time known; 0 where none is
   */
  public Clock(LongSupplier wall, long newestInLog) {
    this.wall = wall;
    this.newest = newestInLog;
  }

  /** The log has a time that is newer than was known. */
  public void atLeast(long millis) {
    newest = Math.max(newest, millis);
  }

  /** The time now. */
  public long now() {
    long seen = newest;
    long now = wall.getAsLong();
    if (now <= seen) {
      if (seen - now > JUMP_MILLIS && !saidBehind) {
        saidBehind = true;
        LOG.warn(
            "the clock is {} minutes behind the newest time in the log; until it is there, no"
                + " deadline passes, and new ones are counted from that time",
            (seen - now) / 60_000);
      }
      return seen;
    }
    if (now - seen > JUMP_MILLIS && seen > 0) {
      LOG.warn(
          "the clock went ahead by {} minutes; keys whose deadline lies between expire now",
          (now - seen) / 60_000);
    }
    // A race here can only leave an older time behind, which the next call corrects.
    newest = now;
    return now;
  }

  /**
   * How many milliseconds it takes until it is so late; not positive when it is. That is more than
   * what is missing to {@link #now} where the wall clock is behind that.
   */
  public long millisUntil(long millis) {
    return millis - (millis <= now() ? millis : wall.getAsLong());
  }
}

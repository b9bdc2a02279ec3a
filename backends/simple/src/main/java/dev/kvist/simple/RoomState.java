package dev.kvist.simple;

import dev.kvist.KvException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether there is room for files of a kind. The log is told when that changes, and once: on a full
 * volume every write is refused, and as many lines would help to fill it. Safe for many threads.
 */
final class RoomState {
  private static final Logger LOG = LoggerFactory.getLogger(RoomState.class);

  /** Of a file's name or a size, which are others in each try. */
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");

  private final String location;
  private String lacking = "";
  private String reason = "";

  /** There is room; the location starts each line. */
  RoomState(String location) {
    this.location = location;
  }

  /**
   * There is none.
   *
   * @param what was to be made, such as {@code a segment}
   * @param cause the failure, or the limit that was reached
   */
  synchronized void lost(String what, Throwable cause) {
    String now =
        cause.getClass() + NUMBER.matcher(String.valueOf(cause.getMessage())).replaceAll("");
    if (now.equals(reason)) {
      return;
    }
    reason = now;
    lacking = what;
    if (cause instanceof KvException.StoreFull) {
      LOG.warn("{}: cannot make {}, until there is room: {}", location, what, cause.getMessage());
    } else {
      LOG.error("{}: cannot make {}; writes that need it are refused", location, what, cause);
    }
  }

  /** Something was made. */
  synchronized void found() {
    if (!reason.isEmpty()) {
      reason = "";
      LOG.info("{}: there is room again for {}", location, lacking);
    }
  }
}

package dev.kvist.simple;

import java.io.IOException;
import java.util.Arrays;
import java.util.Set;

/** How the log gets onto the device, and up to where it is there. */
final class LogSync {
  private final Log log;

  /** What an earlier process wrote and may not have brought onto the device; empty when it did. */
  private Set<Segment> unproven = Set.of();

  private long provenAddress;
  private volatile long address = -1;

  LogSync(Log log) {
    this.log = log;
  }

  /** The log address up to which everything is on the device; -1 before the first sync. */
  long address() {
    return address;
  }

  /** The log was not closed; nothing beyond an address is known to be on the device. */
  void proven(long upTo) {
    unproven = Set.of(log.wal());
    provenAddress = upTo;
  }

  /** Brings the header of a new segment onto the device, and its name. */
  void forceHeader(Segment segment) throws IOException {
    segment.force(SegmentLayout.HEADER_BYTES);
    log.directory.sync(Log.WAL_FOLDER);
  }

  /**
   * Before the header of another segment says that the oldest one is there: a process that was
   * killed may have left it to a power loss.
   */
  void forceOldest() throws IOException {
    Segment[] wal = log.wal();
    if (wal.length > 0 && wal[0].forcedTo() == 0) {
      wal[0].storeAgain(0, SegmentLayout.HEADER_BYTES);
      forceHeader(wal[0]);
    }
  }

  /**
   * Brings everything published so far onto the device. One thread at a time.
   *
   * @return how many bytes that were
   */
  long force() throws IOException {
    Segment[] segments = log.wal();
    // Of segments that an earlier process made.
    boolean mayLackEntries = !unproven.isEmpty();
    for (Segment segment : segments) {
      if (unproven.contains(segment)) {
        segment.storeAgain(
            Math.clamp(provenAddress - segment.address, 0, segment.end()), segment.end());
      }
    }
    unproven = Set.of();
    if (mayLackEntries || !Arrays.stream(segments).allMatch(Segment::entryForced)) {
      log.directory.sync(Log.WAL_FOLDER);
      Arrays.stream(segments).forEach(segment -> segment.entryForced(true));
    }
    // A newer segment is forced after those before it, so that what is on the device has no gap.
    long bytes = 0;
    long upTo = segments[0].address;
    for (Segment segment : segments) {
      long end = segment.end();
      bytes += segment.force(end);
      upTo = segment.addressOf(end);
    }
    address = upTo;
    return bytes;
  }
}

package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the log goes on when its newest segment is full, and how much of that puts leave for
 * deletes on a volume that has no room for another. For the one thread that appends, but for {@link
 * #spareBytes}.
 */
final class NextSegment {
  private static final Logger LOG = LoggerFactory.getLogger(NextSegment.class);

  /** Puts leave one part in so many of a segment, unless spares are ready. */
  private static final int LAST_PART = 8;

  private static final long PAGE_BYTES = DiskDirectory.PAGE_BYTES;

  private final LogDirectory directory;
  private final int segmentBytes;
  private final Spares spares;

  /** Mappings of files that were cut; readers may have them until the end. */
  private final List<LogFile> cut = new ArrayList<>();

  /** Whether the file was asked for. */
  private boolean prepared;

  /** Whether puts may use the last part of the newest segment. */
  private boolean lastPartIsFree;

  NextSegment(LogDirectory directory, int segmentBytes, Spares spares) {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
    this.spares = spares;
  }

  /** Bytes of the files made ahead. */
  long spareBytes() {
    return spares.bytes();
  }

  /** Asks for it once the newest segment is half full. */
  void prepare(Segment newest, long end) {
    if (!prepared && end > newest.capacity() / 2) {
      prepared = true;
      spares.prepare();
    }
  }

  /** Whether the last part of a segment begins before an offset. */
  static boolean isInLastPart(Segment newest, long offset) {
    long capacity = newest.capacity();
    return offset > capacity - capacity / LAST_PART;
  }

  /**
   * Comes before a put that would end at an offset of the newest segment.
   *
   * @throws KvException.StoreFull when that is for deletes only
   */
  void checkPut(Segment newest, long end) {
    if (!lastPartIsFree && isInLastPart(newest, end)) {
      spares.awaitReserve();
      lastPartIsFree = true;
    }
  }

  /**
   * Takes a file of {@code bytes} at least.
   *
   * @param newest the segment to which nothing more will be appended; null when there is none
   * @param end where that ends
   * @throws KvException.StoreFull when there is none
   */
  LogFile take(SpareUse use, long bytes, @Nullable Segment newest, long end) {
    directory.checkOwned();
    LogFile file;
    try {
      file = take(use, bytes);
    } catch (KvException.StoreFull e) {
      if (use == SpareUse.PUT || newest == null || !giveRest(newest, end, e)) {
        throw e;
      }
      file = take(use, bytes);
    }
    prepared = false;
    lastPartIsFree = false;
    return file;
  }

  private LogFile take(SpareUse use, long bytes) {
    return bytes > segmentBytes ? spares.takeLarge(bytes, use) : spares.take(use, bytes);
  }

  /**
   * Gives the volume what is left of the newest segment.
   *
   * @return whether that is enough for a small segment
   */
  private boolean giveRest(Segment newest, long end, KvException.StoreFull full) {
    // A reader that looks ahead may touch a little of what is behind the end.
    long to = (end + 2 * PAGE_BYTES - 1) & -PAGE_BYTES;
    if (newest.capacity() - to < ShorterSegment.LEAST_BYTES) {
      return false;
    }
    String name = newest.name();
    try {
      newest.endStores();
      if (!directory.truncateOpen(name, to)) {
        return false;
      }
      cut.add(newest.swap(directory.open(name, true)));
      LOG.warn(
          "{}: {} is cut behind its end at offset {}, to make room for the next",
          directory.location(),
          name,
          end);
      return true;
    } catch (IOException e) {
      full.addSuppressed(e);
      return false;
    }
  }

  void close() throws IOException {
    for (LogFile file : cut) {
      file.close();
    }
  }
}

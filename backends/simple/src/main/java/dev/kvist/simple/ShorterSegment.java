package dev.kvist.simple;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A spare that is shorter than others, for a volume that has no room for a whole one. */
final class ShorterSegment {
  private static final Logger LOG = LoggerFactory.getLogger(ShorterSegment.class);

  /** Less is not worth a file. */
  static final int LEAST_BYTES = 16 << 10;

  private ShorterSegment() {}

  /**
   * Makes one that is as long as there is room for.
   *
   * @param newId gives the next id, or -1 when there is none
   * @param mayTake whether the store may have so many bytes more
   * @param least how long it must be
   * @param missing among how many such files the room has to be shared
   * @return null when there is no room
   */
  static @Nullable LogFile make(
      LogDirectory directory,
      LongSupplier newId,
      LongPredicate mayTake,
      int segmentBytes,
      long least,
      int missing) {
    long free;
    try {
      free = directory.freeBytes() / missing;
    } catch (IOException e) {
      LOG.warn("{}: its free room cannot be told", directory.location(), e);
      return null;
    }
    long shortest = Math.max(least, LEAST_BYTES);
    for (long bytes = segmentBytes / 2; bytes >= shortest; bytes /= 2) {
      if (bytes > free || !mayTake.test(bytes)) {
        continue;
      }
      long id = newId.getAsLong();
      if (id < 0) {
        return null;
      }
      try {
        LogFile made = directory.create(Spares.name(Log.WAL_FOLDER, id), bytes);
        LOG.warn("{}: has room for a segment of {} bytes only", directory.location(), bytes);
        return made;
      } catch (IOException e) {
        LOG.debug("{}: no room for {} bytes", directory.location(), bytes, e);
      }
    }
    return null;
  }
}

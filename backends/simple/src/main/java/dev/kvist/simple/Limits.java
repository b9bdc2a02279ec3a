package dev.kvist.simple;

import dev.kvist.KvException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How much the store may take: {@code max_bytes} of files, {@code memory_limit} of index. */
final class Limits {
  private Limits() {}

  /**
   * The error that puts get when {@code more} bytes of files would be too many; null when there is
   * room.
   */
  static @Nullable KvException files(Engine engine, long more) {
    long limit = engine.settings.maxBytes();
    if (limit > 0 && fileBytes(engine) + more > limit) {
      return new KvException.StoreFull(
          "max_bytes of " + engine.directory.location(),
          limit,
          "delete something, or raise max_bytes; deletes, purges and compaction still work",
          null);
    }
    return null;
  }

  /** The error that puts get when there are as many segments as can be told apart. */
  static KvException segments(int segmentBytes) {
    return new KvException.StoreFull(
        "the number of segments",
        (long) Segment.SLOTS * segmentBytes,
        "delete and compact, or move the data to a store with a larger segment_size",
        null);
  }

  static long fileBytes(Engine engine) {
    return engine.log.bytes() + engine.index.bytes() + engine.runs.fileBytes();
  }

  static long memoryBytes(Engine engine) {
    return engine.index.bytes() + engine.runs.memoryBytes() + engine.deadlines.bytes();
  }

  /**
   * The error that puts of new keys get when {@code more} bytes of index would be too many; null
   * when there is room.
   */
  static @Nullable KvException index(Engine engine, long more) {
    long limit = engine.settings.memoryLimit();
    if (limit > 0 && memoryBytes(engine) + more > limit) {
      return new KvException.StoreFull(
          "memory_limit of " + engine.directory.location(),
          limit,
          "delete keys, or raise memory_limit; overwrites and deletes still work",
          null);
    }
    return files(engine, more);
  }

  /** The error of a put whose key the index has no room for. */
  static KvException.StoreFull indexFull(Engine engine, IOException cause) {
    if (cause.getCause() instanceof KvException.StoreFull limit) {
      return limit;
    }
    return new KvException.StoreFull(
        "the index of " + engine.directory.location(),
        -1,
        "nothing was written; free some space (overwrites, deletes and compaction still work): "
            + cause.getMessage(),
        cause);
  }
}

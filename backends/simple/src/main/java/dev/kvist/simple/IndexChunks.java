package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the index, {@code last_state/index-NNNNNN}, each made before it is needed, on
 * another thread.
 */
final class IndexChunks implements ChunkSource {
  private static final String PREFIX = "index-";

  private static final Logger LOG = LoggerFactory.getLogger(IndexChunks.class);

  private final LogDirectory directory;
  private final Executor executor;
  private final RoomState state;
  private volatile Spares.RoomCheck room = bytes -> null;
  private int aheadNumber = -1;
  private @Nullable CompletableFuture<LogFile> ahead;

  IndexChunks(LogDirectory directory, Executor executor) {
    this.directory = directory;
    this.executor = executor;
    this.state = new RoomState(directory.location());
  }

  /** Memory for an index that no file shall hold. */
  static LogFile inMemory(int chunk) throws IOException {
    return MemoryDirectory.unlisted(name(chunk), IndexLayout.CHUNK_BYTES);
  }

  /** From here on a chunk is refused when this says so; an index that is built anew may not be. */
  void limit(Spares.RoomCheck check) {
    room = check;
  }

  static String name(int chunk) {
    return Log.STATE_FOLDER + "/" + PREFIX + String.format(java.util.Locale.ROOT, "%06d", chunk);
  }

  static boolean isChunk(String fileName) {
    return fileName.matches(PREFIX + "[0-9]{6}");
  }

  @Override
  public synchronized LogFile next(int chunk) throws IOException {
    @Nullable KvException refusal = room.check(IndexLayout.CHUNK_BYTES);
    if (refusal != null) {
      state.lost(name(chunk), refusal);
      throw new IOException(refusal.getMessage(), refusal);
    }
    CompletableFuture<LogFile> made = ahead != null && aheadNumber == chunk ? ahead : make(chunk);
    ahead = null;
    LogFile file;
    try {
      file = made.join();
    } catch (CompletionException e) {
      state.lost(name(chunk), e.getCause() == null ? e : e.getCause());
      throw e.getCause() instanceof IOException io
          ? new IOException(io.getMessage(), io)
          : new IOException(e);
    }
    state.found();
    if (chunk > 0) {
      aheadNumber = chunk + 1;
      ahead = make(aheadNumber);
    }
    return file;
  }

  private CompletableFuture<LogFile> make(int chunk) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            directory.delete(name(chunk));
            return directory.create(name(chunk), IndexLayout.CHUNK_BYTES);
          } catch (IOException e) {
            throw new CompletionException(e);
          }
        },
        executor);
  }

  /** The files that are there, by number, opened for writing; those behind a gap are deleted. */
  static List<LogFile> open(LogDirectory directory) throws IOException {
    var files = new ArrayList<LogFile>();
    boolean gap = false;
    for (String path : directory.list(Log.STATE_FOLDER)) {
      if (isChunk(path.substring(Log.STATE_FOLDER.length() + 1))) {
        gap |= !path.equals(name(files.size()));
        if (gap) {
          directory.delete(path);
        } else {
          files.add(directory.open(path, true));
        }
      }
    }
    return files;
  }

  static void deleteAll(LogDirectory directory) throws IOException {
    for (String path : directory.list(Log.STATE_FOLDER)) {
      if (isChunk(path.substring(Log.STATE_FOLDER.length() + 1))) {
        directory.delete(path);
      }
    }
  }

  /** Deletes the file that was made ahead. */
  synchronized void discardAhead() {
    CompletableFuture<LogFile> file = ahead;
    ahead = null;
    if (file != null) {
      try {
        file.join().close();
        directory.delete(name(aheadNumber));
      } catch (CompletionException e) {
        LOG.debug("{}: {} was never made", directory.location(), name(aheadNumber), e);
      } catch (IOException e) {
        // The next open makes it anew.
        LOG.warn("{}: cannot delete {}", directory.location(), name(aheadNumber), e);
      }
    }
  }
}

package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import dev.kvist.spi.OwnerLock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the log of an open store, up to where it ends when the copy begins; the index is left to
 * the copy's first open, which starts a new epoch because it finds no clean end. The copy is made
 * beside its place and moved there when it is whole.
 */
final class Backup {
  private static final Logger LOG = LoggerFactory.getLogger(Backup.class);

  private Backup() {}

  static void write(Store store, Path target) {
    Path place = target.toAbsolutePath().normalize();
    Path parent =
        java.util.Objects.requireNonNull(place.getParent(), "the root is no place for a backup");
    Path unfinished = parent.resolve(place.getFileName() + ".unfinished");
    try {
      refuseContent(place);
      Files.createDirectories(parent);
      deleteTree(unfinished);
      copyOrNothing(store, unfinished);
      Files.deleteIfExists(place);
      Files.move(unfinished, place, StandardCopyOption.ATOMIC_MOVE);
      try (var folder = java.nio.channels.FileChannel.open(parent)) {
        folder.force(true);
      }
    } catch (IOException | InternalError e) {
      LOG.error("{}: the backup to {} failed", store.engine.directory.location(), place, e);
      throw new KvException.IoFailed(
          KvException.Effect.NONE, "the backup to " + place + " failed: " + e.getMessage(), e);
    }
  }

  private static void refuseContent(Path place) throws IOException {
    if (!Files.exists(place)) {
      return;
    }
    try (var content = Files.newDirectoryStream(place)) {
      if (content.iterator().hasNext()) {
        throw new IllegalArgumentException(
            place + " is not empty; name a directory that is missing or empty");
      }
    } catch (java.nio.file.NotDirectoryException e) {
      throw new IllegalArgumentException(place + " is no directory", e);
    }
  }

  /** A copy that fails would else keep the room that it lacked. */
  private static void copyOrNothing(Store store, Path to) throws IOException {
    boolean copied = false;
    try {
      copy(store, to);
      copied = true;
    } finally {
      if (!copied) {
        discard(to);
      }
    }
  }

  private static void discard(Path unfinished) {
    try {
      deleteTree(unfinished);
    } catch (IOException e) {
      LOG.warn("{}: what a backup left cannot be deleted", unfinished, e);
    }
  }

  private static void copy(Store store, Path to) throws IOException {
    try (DiskDirectory directory = DiskDirectory.open(to, true)) {
      store.compaction.whileSegmentsStay(() -> copySegments(store.engine, directory));
    }
    Files.deleteIfExists(to.resolve(OwnerLock.FILE_NAME));
  }

  private static void copySegments(Engine engine, LogDirectory to) throws IOException {
    Segment[] wal;
    long[] ends;
    engine.lock();
    try {
      engine.checkOpen();
      wal = engine.log.wal();
      ends = new long[wal.length];
      for (int i = 0; i < wal.length; i++) {
        ends[i] = wal[i].end();
      }
    } finally {
      engine.unlock();
    }
    for (Segment segment : engine.log.state()) {
      copy(segment, segment.end(), to);
    }
    for (int i = 0; i < wal.length; i++) {
      copy(wal[i], ends[i], to);
    }
    if (engine.log.state().length > 0) {
      to.sync(Log.STATE_FOLDER);
    }
    to.sync(Log.WAL_FOLDER);
  }

  private static void copy(Segment segment, long length, LogDirectory to) throws IOException {
    try (LogFile file = to.create(segment.name(), length)) {
      MemorySegment.copy(segment.memory(), 0, file.memory(), 0, length);
      file.force(0, length);
    }
  }

  private static void deleteTree(Path tree) throws IOException {
    if (Files.notExists(tree)) {
      return;
    }
    try (var paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (NoSuchFileException | DirectoryNotEmptyException e) {
      throw new IOException("another backup to the same place is under way", e);
    }
  }
}

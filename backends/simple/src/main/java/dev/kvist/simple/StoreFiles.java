package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.spi.DataDirectories;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks a directory over before anything in it is touched, and opens the segments that are there.
 */
final class StoreFiles {
  /**
   * What a directory may hold at its top, beside the two folders: the lock, and what operating
   * systems leave.
   */
  private static final Set<String> KNOWN = Set.of("owner", "lost+found", ".DS_Store");

  private static final String READ_ONLY_VOLUME = "Read-only file system";
  private static final String IMMUTABLE = "Operation not permitted";

  private StoreFiles() {}

  /**
   * Refuses a directory that holds anything which is not ours.
   *
   * @throws KvException.Unsupported naming the first such file
   */
  static void refuseForeign(LogDirectory directory) throws IOException {
    for (String name : directory.list("")) {
      if (!KNOWN.contains(name)) {
        throw foreign(directory, name);
      }
    }
    for (String folder : List.of(Log.WAL_FOLDER, Log.STATE_FOLDER)) {
      for (String path : directory.list(folder)) {
        String name = path.substring(folder.length() + 1);
        if (Spares.id(path) < 0
            && !name.endsWith(".new")
            && !IndexChunks.isChunk(name)
            && !name.matches("keys-[0-9]{1,18}")) {
          throw foreign(directory, path);
        }
      }
    }
  }

  /**
   * A repair that was killed at its end left a store that is neither the old nor the new one.
   *
   * @throws KvException.Corrupted when it may not be finished now
   */
  static void finishRepair(LogDirectory directory, boolean writable) throws IOException {
    if (writable) {
      RepairedFiles.finish(directory);
    } else if (RepairedFiles.isUnfinished(directory)) {
      throw new KvException.Corrupted(
          directory.location(), 0, "its repair was not finished; an open that may write does that");
    }
  }

  private static KvException foreign(LogDirectory directory, String name) {
    return DataDirectories.refusal("simple", Path.of(directory.location()), name);
  }

  /**
   * Checks the headers of all segments of a directory that nobody ever owned, and keeps nothing
   * open.
   *
   * @throws KvException.Unsupported naming a file that is no segment, or any where none is: names
   *     alone make no store
   * @throws KvException.FormatTooNew naming one of a newer Kvist
   * @throws KvException.Corrupted naming one whose header is damaged
   */
  static void checkHeaders(LogDirectory directory) throws IOException {
    boolean isOurs = false;
    List<String> files = new ArrayList<>(directory.list(Log.STATE_FOLDER));
    files.addAll(directory.list(Log.WAL_FOLDER));
    for (String path : files) {
      long id = Spares.id(path);
      if (id >= 0) {
        try (LogFile file = directory.open(path, false)) {
          if (!SegmentLayout.isBlank(file.memory())) {
            check(directory, file, id);
            isOurs = true;
          }
        }
      }
    }
    if (!isOurs && !files.isEmpty()) {
      throw foreign(directory, files.getFirst());
    }
  }

  /**
   * Opens the segments of a folder, oldest first.
   *
   * @param leftOver gets the names of files that are none, and may be deleted once the log proved
   *     to be whole without them: segments of which no header reached the device, half-made files
   * @param spares gets the files that were made ahead and never used; they hold nothing but zeros
   */
  static List<Segment> open(
      LogDirectory directory,
      String folder,
      boolean writable,
      List<String> leftOver,
      List<LogFile> spares)
      throws IOException {
    var segments = new ArrayList<Segment>();
    try {
      for (String path : directory.list(folder)) {
        if (Spares.id(path) >= 0) {
          openOne(directory, path, writable, segments, leftOver, spares);
        } else if (path.endsWith(".new")) {
          leftOver.add(path);
        }
      }
    } catch (IOException | RuntimeException e) {
      for (Segment segment : segments) {
        segment.close();
      }
      for (LogFile spare : spares) {
        spare.close();
      }
      throw e;
    }
    return segments;
  }

  /**
   * Takes out the segments that a recovery cut off and did not come to delete: a newer epoch goes
   * on at an address before theirs, and nothing says that they were on the device.
   *
   * @param wal oldest first, with state segments that stood in its folder; changed
   * @return what was taken out
   */
  static List<Segment> takeCutOff(List<Segment> wal) {
    var cut = new ArrayList<Segment>();
    @Nullable Segment newer = null;
    for (int i = wal.size() - 1; i >= 0; i--) {
      Segment segment = wal.get(i);
      if (newer != null && isCutOff(segment, newer)) {
        cut.add(wal.remove(i));
      } else if (segment.kind == SegmentLayout.WAL && segment.address != Segment.UNKNOWN) {
        newer = segment;
      }
    }
    return cut;
  }

  private static boolean isCutOff(Segment segment, Segment newer) {
    return segment.kind == SegmentLayout.WAL
        && segment.address >= newer.address
        && Integer.compareUnsigned(segment.epoch, newer.epoch) < 0
        && Tail.behind(segment, SegmentLayout.HEADER_BYTES, Scratch.get()).claimedAddress()
            <= newer.address;
  }

  private static void openOne(
      LogDirectory directory,
      String path,
      boolean writable,
      List<Segment> segments,
      List<String> leftOver,
      List<LogFile> spares)
      throws IOException {
    LogFile file = directory.open(path, writable);
    boolean kept = false;
    try {
      long id = Spares.id(path);
      if (SegmentLayout.isBlank(file.memory())) {
        long size = file.memory().byteSize();
        long zeros = Zeros.end(file.memory(), 0, size);
        if (zeros == size) {
          spares.add(file);
          kept = true;
        } else {
          checkHeadless(directory, file, id, zeros & -RecordLayout.ALIGNMENT);
          leftOver.add(path);
        }
      } else {
        check(directory, file, id);
        Segment segment = new Segment(atItsPlace(directory, file, writable));
        segment.end(segment.capacity());
        segment.entryForced(true);
        segments.add(segment);
        kept = true;
      }
    } finally {
      if (!kept) {
        file.close();
      }
    }
  }

  /**
   * Compaction makes its segments of spares, by a rename that a power loss may have undone: does it
   * again.
   */
  private static LogFile atItsPlace(LogDirectory directory, LogFile file, boolean writable)
      throws IOException {
    String name = Segment.name(SegmentLayout.kind(file.memory()), SegmentLayout.id(file.memory()));
    if (!writable || name.equals(file.name())) {
      return file;
    }
    file.close();
    directory.rename(file.name(), name);
    return directory.open(name, true);
  }

  /**
   * The first records of a file without a header never reached the device; unless a record in it
   * claims that what stood before it was there. Records in newer segments may claim that too:
   * recovery asks them.
   */
  private static void checkHeadless(LogDirectory directory, LogFile file, long id, long from) {
    MemorySegment memory = file.memory();
    Scratch scratch = Scratch.get();
    for (long at = from;
        at + RecordLayout.HEADER_BYTES <= memory.byteSize();
        at += RecordLayout.ALIGNMENT) {
      long lengths = RecordLayout.lengths(memory, at);
      if (lengths == 0 || RecordLayout.size(lengths) > memory.byteSize() - at) {
        continue;
      }
      int mask = RecordLayout.mask(id, at);
      if (RecordReader.headerIsIntact(mask, memory, at, lengths, scratch)
          && RecordLayout.claimed(at, RecordLayout.claim(lengths)) > 0) {
        throw new KvException.Corrupted(
            directory.location() + "/" + file.name(), 0, "the segment's header is gone");
      }
    }
  }

  private static void check(LogDirectory directory, LogFile file, long id) {
    String path = directory.location() + "/" + file.name();
    if (!SegmentLayout.hasMagic(file.memory())) {
      if (file.memory().byteSize() >= SegmentLayout.HEADER_BYTES + RecordLayout.HEADER_BYTES
          && RecordLayout.lengths(file.memory(), SegmentLayout.HEADER_BYTES) != 0
          && SegmentLayout.isIntactButMagic(file.memory())) {
        throw new KvException.Corrupted(path, 0, "the segment's header is damaged");
      }
      throw new KvException.Unsupported(
          path
              + " is no log segment of Kvist's; nothing was touched. Give a directory of its own, or restore the file");
    }
    if (SegmentLayout.generation(file.memory()) > SegmentLayout.GENERATION
        && SegmentLayout.isIntact(file.memory())) {
      throw new KvException.FormatTooNew(
          path, SegmentLayout.generation(file.memory()), SegmentLayout.GENERATION);
    }
    if (!SegmentLayout.isIntact(file.memory())
        || SegmentLayout.id(file.memory()) != id
        || id > Segment.MAX_ID) {
      throw new KvException.Corrupted(
          path, 0, "the segment's header is damaged, or its file renamed");
    }
  }

  /** The error that a caller gets when something fails in a directory and nothing was written. */
  static KvException failed(String location, String what, IOException e) {
    String message = location + " " + what + ": " + reason(e);
    return isDenied(e)
        ? new KvException.NotPermitted(
            message + "; give this user the right to, or open the store with read_only=true", e)
        : new KvException.IoFailed(Effect.NONE, message, e);
  }

  /** Whether it is the user who may not, and not the device that cannot. */
  static boolean isDenied(IOException e) {
    return e instanceof AccessDeniedException
        || (e instanceof FileSystemException f
            && (READ_ONLY_VOLUME.equals(f.getReason()) || IMMUTABLE.equals(f.getReason())));
  }

  /** Those of the JDK mostly just name the file. */
  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> denied.getMessage() + " must not be read or written";
      case NotDirectoryException file -> file.getFile() + " is in the way: it is no directory";
      case NoSuchFileException missing -> missing.getFile() + " is missing";
      case FileAlreadyExistsException taken -> taken.getFile() + " is there already";
      default -> String.valueOf(e.getMessage());
    };
  }
}

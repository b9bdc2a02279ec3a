package dev.kvist.rocksdb;

import dev.kvist.KvException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks the log over before RocksDB reads it, and cuts what a power loss left of its end (K8, K9).
 * None of RocksDB's own ways will do: one takes a hole at the end of a file for the end of that
 * file, and keeps newer writes behind it; another opens with what stands before a flipped bit and
 * says nothing; all read on behind a block of zeros.
 *
 * <p>A log is sound as far as its records are, and follow one another in their sequence numbers,
 * from file to file too. What is not sound before the synced position, or in what the MANIFEST says
 * was synced, is damage, and behind that the tail. A file that goes on where an earlier one became
 * unsound was begun when that was known.
 */
final class LogTail {
  private static final Logger LOG = LoggerFactory.getLogger(LogTail.class);

  private static final long UNKNOWN = -1;

  /** Of a log in use, before it is called damaged. */
  private static final int LOOKS = 5;

  /** What is to go: a file from an offset on. */
  private record Cut(Path file, long from) {}

  private final Path directory;
  private final List<Cut> cuts = new ArrayList<>();
  private @Nullable Cut hole;

  /** The sequence number that comes next. */
  private long expected = UNKNOWN;

  /** Well-formed records behind the hole. */
  private long beyond;

  private LogTail(Path directory) {
    this.directory = directory;
  }

  /**
   * Looks at the log of a directory, and cuts its tail unless it must not be written to.
   *
   * @param synced the counter up to which all must be there
   * @throws KvException.Corrupted when it is not
   */
  static void settle(Path directory, long synced, boolean readOnly)
      throws IOException, RocksDBException {
    var tail = new LogTail(directory);
    long archived = -1;
    for (Retention.Log log : Retention.logs(directory.resolve(Retention.ARCHIVE))) {
      archived = log.number();
    }
    for (Retention.Log log : Retention.logs(directory)) {
      // RocksDB needs none that is older than one that it moved away.
      if (log.number() > archived) {
        // For a reader beside the owner: RocksDB moves away what it needs no more.
        tail.readIfThere(log.path());
      }
    }
    tail.judge(synced);
    if (!readOnly) {
      tail.cut();
    } else if (tail.beyond > 0) {
      throw new KvException.IoFailed(
          KvException.Effect.NONE,
          directory + " was not closed, and its log must be cut: open it once without read_only",
          null);
    }
  }

  /**
   * The first place in the logs of an open store where records are damaged or missing, those
   * included that are kept for watches alone; null where there is none.
   */
  static KvException.@Nullable Corrupted damage(Path directory) throws IOException {
    KvException.@Nullable Corrupted damage = null;
    // Logs move to the archive, are deleted there, and written to, while they are looked at.
    for (int look = 0; look < LOOKS; look++) {
      var tail = new LogTail(directory);
      var logs = new TreeMap<Long, Path>();
      for (Path folder : List.of(directory, directory.resolve(Retention.ARCHIVE))) {
        Retention.logs(folder).forEach(log -> logs.put(log.number(), log.path()));
      }
      for (Path log : logs.values()) {
        Path moved =
            directory.resolve(Retention.ARCHIVE).resolve(String.valueOf(log.getFileName()));
        if (!tail.readIfThere(log) && !tail.readIfThere(moved)) {
          // Retention took it, and so all before it.
          tail = new LogTail(directory);
        }
      }
      Cut found = tail.hole;
      if (found == null || tail.beyond == 0) {
        return null;
      }
      damage =
          new KvException.Corrupted(
              found.file.toString(), found.from, "the log has a record that is not the next one");
    }
    return damage;
  }

  /** Returns whether it is there. */
  private boolean readIfThere(Path file) throws IOException {
    try {
      read(file);
      return true;
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  private void read(Path file) throws IOException {
    boolean first = true;
    boolean isCut = false;
    try (var frames = new LogFrames(file)) {
      while (true) {
        LogFrames.Found found = frames.next();
        if (found == LogFrames.Found.END) {
          break;
        }
        boolean readable =
            found == LogFrames.Found.RECORD && frames.length() >= LogBatch.HEADER_BYTES;
        long sequence = readable ? LogBatch.sequence(frames.record()) : UNKNOWN;
        if (readable && follows(sequence, first)) {
          hole = null;
          expected = sequence + LogBatch.count(frames.record());
        } else {
          if (hole == null) {
            hole = new Cut(file, frames.offset());
            cuts.add(hole);
            isCut = true;
          }
          if (readable) {
            beyond++;
          }
        }
        first = false;
      }
    }
    if (hole != null && !isCut) {
      cuts.add(new Cut(file, 0));
    }
  }

  /**
   * Whether a record is the next one. A file may also begin before that: the last record of the one
   * before may be a write that was refused, for lack of room or else.
   */
  private boolean follows(long sequence, boolean isFirst) {
    if (expected == UNKNOWN) {
      return hole == null;
    }
    return isFirst ? sequence <= expected : hole == null && sequence == expected;
  }

  private void judge(long synced) throws IOException, RocksDBException {
    Cut found = hole;
    if (found == null) {
      return;
    }
    Manifest manifest = Manifest.read(directory);
    for (Cut cut : cuts) {
      if (manifest.isSynced(Retention.number(cut.file), cut.from)) {
        throw new KvException.Corrupted(
            found.file.toString(),
            found.from,
            "a record is not readable or missing, and it was synced");
      }
    }
    Path newest = directory.resolve(Manifest.fileName(manifest.syncedLog, "log"));
    if (manifest.syncedLog >= 0 && Files.notExists(newest)) {
      throw new KvException.Corrupted(newest.toString(), 0, "it is missing, and was synced");
    }
    long sound = expected == UNKNOWN ? newestInTables() : expected - 1;
    if (sound < synced) {
      throw new KvException.Corrupted(
          found.file.toString(),
          found.from,
          "a record is not readable or missing behind sequence number "
              + sound
              + ", and all up to "
              + synced
              + " was synced");
    }
  }

  /** What RocksDB has without a log that is not sound from its first record on. */
  private long newestInTables() throws RocksDBException {
    try (var database = DBOptions.getDBOptionsFromProps(Tuning.unreachableFromJava());
        var family = new ColumnFamilyOptions();
        var options = new Options(database, family);
        RocksDB rocks = RocksDB.openReadOnly(options, directory.toString())) {
      return rocks.getLatestSequenceNumber();
    }
  }

  /** The newest file first, so that what is left of a cut that was interrupted is cut as well. */
  private void cut() throws IOException {
    long bytes = 0;
    for (Cut cut : cuts.reversed()) {
      bytes += Files.size(cut.file) - cut.from;
      if (cut.from == 0) {
        Files.delete(cut.file);
      } else {
        try (var file = new RandomAccessFile(cut.file.toFile(), "rw")) {
          file.setLength(cut.from);
          file.getFD().sync();
        }
      }
    }
    if (!cuts.isEmpty()) {
      // What is cut must not come back beside a log that goes on from here.
      try (var folder = FileChannel.open(directory)) {
        folder.force(true);
      }
      LOG.warn(
          "{}: cut {} bytes from the end of the log, from offset {} of {} on; {} well-formed"
              + " records lay beyond",
          directory,
          bytes,
          cuts.getFirst().from,
          cuts.getFirst().file.getFileName(),
          beyond);
    }
  }
}

package dev.kvist.rocksdb;

import dev.kvist.KvException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.rocksdb.RocksDBException;

/**
 * What can be read of a damaged store's log, its archive included. It is sound as {@link LogTail}
 * says, which cuts the end that a crash leaves; this reads on behind what is not, as long as
 * records that were synced must follow.
 */
final class LogSalvage {
  /**
   * Sequence numbers that are missing.
   *
   * @param place where they should be
   * @param file the number of the newest file that some of them may have been in
   * @param first the first of them; -1 where that is not known
   * @param end the first number behind them
   */
  record Gap(String place, long bytes, long file, long first, long end) {}

  /** Who gets the changes, in their order. */
  interface Keeper {
    /**
     * Gets a change.
     *
     * @param file the number of its file
     */
    void change(long file, LogBatch change) throws RocksDBException;
  }

  private final Path directory;
  private final long synced;
  private final Manifest manifest;
  private final List<Retention.Log> files;

  /** What is lost, if it is not in tables. */
  final List<Gap> gaps = new ArrayList<>();

  /** Of no interest, but told: the end that a crash has left. */
  final List<String> ends = new ArrayList<>();

  private long first = Long.MAX_VALUE;
  private long expected = -1;
  private String unreadPlace = "";
  private long unreadBytes;
  private boolean ended;

  /** What is not readable, or missing, was synced: it is no end. */
  private boolean isOwed;

  private LogSalvage(Path directory, long synced, Manifest manifest, List<Retention.Log> files) {
    this.directory = directory;
    this.synced = synced;
    this.manifest = manifest;
    this.files = files;
  }

  /** Looks it over. */
  static LogSalvage read(Path directory, long synced, Manifest manifest)
      throws IOException, RocksDBException {
    var byNumber = new TreeMap<Long, Retention.Log>();
    for (Path folder : List.of(directory.resolve(Retention.ARCHIVE), directory)) {
      for (Retention.Log log : Retention.logs(folder)) {
        byNumber.put(log.number(), log);
      }
    }
    var salvage = new LogSalvage(directory, synced, manifest, List.copyOf(byNumber.values()));
    salvage.pass((_, change) -> salvage.first = Math.min(salvage.first, change.sequence), true);
    if (manifest.isWhole()) {
      salvage.missBeginning();
    }
    salvage.missEnd();
    return salvage;
  }

  /** Nothing is in tables that was written after the MANIFEST was. */
  private void missBeginning() {
    long from = manifest.lastSequence + 1;
    if (expected >= 0 && first > from && files.getFirst().number() >= manifest.oldestLog) {
      gaps.addFirst(new Gap("the log's beginning", 0, files.getFirst().number() - 1, from, first));
    }
  }

  /** All from its end to the synced position must be there. A log may be empty yet. */
  private void missEnd() {
    String place = unreadPlace.isEmpty() ? "the log's end" : unreadPlace;
    boolean isEmpty = expected < 0 && unreadPlace.isEmpty() && !files.isEmpty();
    if (isOwed) {
      gaps.add(new Gap(place, unreadBytes, Long.MAX_VALUE, -1, Loss.ANY_COUNTER));
    } else if (expected <= synced && !(isEmpty && synced <= manifest.lastSequence)) {
      gaps.add(new Gap(place, unreadBytes, Long.MAX_VALUE, expected, synced + 1));
    }
  }

  /** The first sequence number that was read; the highest of all when there is none. */
  long first() {
    return first;
  }

  /** The newest sequence number that was read; 0 when there is none. */
  long newest() {
    return Math.max(0, expected - 1);
  }

  /** Gives all changes, oldest first. */
  void read(Keeper keeper) throws IOException, RocksDBException {
    pass(keeper, false);
  }

  private void pass(Keeper keeper, boolean isFirst) throws IOException, RocksDBException {
    expected = -1;
    ended = false;
    isOwed = false;
    unreadPlace = "";
    unreadBytes = 0;
    // A damaged MANIFEST may not say that the log is needed no more.
    boolean isNext = manifest.isWhole() && manifest.syncedLog >= 0;
    for (Retention.Log file : files) {
      isOwed |= isNext && file.number() > manifest.syncedLog;
      isNext &= file.number() < manifest.syncedLog;
      readFile(file, keeper, isFirst);
      if (file.number() == manifest.syncedLog && file.size() < manifest.syncedLogBytes) {
        isOwed = true;
        unreadPlace = unreadPlace.isEmpty() ? "the end of " + name(file) : unreadPlace;
      }
    }
    isOwed |= isNext;
  }

  private String name(Retention.Log file) {
    return directory.relativize(file.path()).toString();
  }

  private void readFile(Retention.Log file, Keeper keeper, boolean isFirst)
      throws IOException, RocksDBException {
    String name = name(file);
    var batch = new LogBatch(name);
    long bad = -1;
    boolean atStart = true;
    try (var frames = new LogFrames(file.path(), true)) {
      for (var found = frames.next();
          found != LogFrames.Found.END && !ended;
          found = frames.next()) {
        boolean readable =
            found == LogFrames.Found.RECORD && frames.length() >= LogBatch.HEADER_BYTES;
        long sequence = readable ? LogBatch.sequence(frames.record()) : -1;
        boolean follows =
            readable && (expected < 0 || (atStart ? sequence <= expected : sequence == expected));
        isOwed |= !follows && manifest.isSynced(file.number(), frames.offset());
        if (!follows && expected > synced && !isOwed) {
          end(name, bad < 0 ? frames.offset() : bad, isFirst);
        } else if (follows || (readable && sequence > expected)) {
          if (!follows || (isOwed && expected < 0)) {
            gap(file, bad, frames.offset(), sequence, isFirst);
          }
          isOwed = false;
          bad = -1;
          unreadPlace = "";
          expected = sequence + LogBatch.count(frames.record());
          give(file.number(), batch, frames, keeper);
        } else if (bad < 0) {
          bad = frames.offset();
        }
        atStart = false;
      }
      if (bad >= 0) {
        unreadPlace = TableSalvage.place(name, bad, frames.position());
        unreadBytes += frames.position() - bad;
      }
    }
  }

  private void end(String name, long offset, boolean isFirst) {
    ended = true;
    if (isFirst) {
      ends.add(name + ", from byte " + offset + " on: an unfinished end, as a crash leaves it");
    }
  }

  private void gap(Retention.Log file, long bad, long offset, long sequence, boolean isFirst) {
    if (isFirst) {
      String name = name(file);
      boolean isInFile = bad >= 0;
      String place =
          isInFile
              ? TableSalvage.place(name, bad, offset)
              : unreadPlace.isEmpty() ? "before " + name + ", byte " + offset : unreadPlace;
      long bytes = unreadBytes + (isInFile ? offset - bad : 0);
      // What is missing without a trace stood in a file before this one, or at its beginning.
      long newest = isInFile || offset > 0 ? file.number() : file.number() - 1;
      gaps.add(new Gap(place, bytes, newest, expected, sequence));
    }
    unreadBytes = 0;
  }

  private static void give(long file, LogBatch batch, LogFrames frames, Keeper keeper)
      throws RocksDBException {
    batch.begin(frames.record(), frames.length());
    try {
      while (batch.next()) {
        keeper.change(file, batch);
      }
    } catch (KvException.Corrupted e) {
      // Its checksum holds, so that it was written like this: by a newer RocksDB.
      throw new KvException.Unsupported("the log has what cannot be read: " + e.getMessage());
    }
  }
}

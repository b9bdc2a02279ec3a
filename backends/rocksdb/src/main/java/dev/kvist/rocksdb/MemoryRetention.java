package dev.kvist.rocksdb;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.rocksdb.LogFile;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WalFileType;

/**
 * Of a store in memory, whose files have no names outside of RocksDB, and of which its Java part
 * deletes none by itself. But the archive is a directory with files such as a database has, and a
 * database may be destroyed. So all of it goes at once: when there is twice what is to be kept, and
 * the log in use is long enough for watches that are about to read its end; or when there is far
 * more, whatever watches do; or when the oldest in it is too old.
 */
final class MemoryRetention implements Retention {
  private static final int TOO_MUCH = 2;
  private static final int FAR_TOO_MUCH = 4;

  /** Of a write buffer, the log of which is most often longer than this. */
  private static final double ENOUGH_SHARE = 0.25;

  private final Database database;
  private final String archive;
  private final long bytes;
  private final long ageMillis;
  private final long enough;
  private final AtomicLong removed = new AtomicLong();

  /** When the first one was met in the archive; -1 while that is empty. For one thread. */
  private long archivedSinceMillis = -1;

  MemoryRetention(Path path, Database database) {
    this.database = database;
    this.archive = path.resolve(ARCHIVE).toString();
    this.bytes = database.settings.retentionBytes();
    this.ageMillis = database.settings.retentionAgeMillis();
    this.enough = Math.min(bytes, (long) (ENOUGH_SHARE * database.settings.memTableSize()));
  }

  @Override
  public long files() throws RocksDBException {
    return database.logs().size();
  }

  @Override
  public long bytes() throws RocksDBException {
    return database.logs().stream().mapToLong(LogFile::sizeFileBytes).sum();
  }

  @Override
  public boolean trim(long nowMillis) throws RocksDBException {
    long archived = 0;
    long inUse = 0;
    for (LogFile log : database.logs()) {
      if (log.type() == WalFileType.kArchivedLogFile) {
        archived += log.sizeFileBytes();
      } else {
        inUse += log.sizeFileBytes();
      }
    }
    if (archived == 0) {
      archivedSinceMillis = -1;
      return false;
    }
    if (archivedSinceMillis < 0) {
      archivedSinceMillis = nowMillis;
    }
    boolean isOld = ageMillis > 0 && nowMillis - archivedSinceMillis > ageMillis;
    boolean isTooMuch = (archived + inUse) / TOO_MUCH >= bytes && inUse >= enough;
    if (!isOld && !isTooMuch && archived / FAR_TOO_MUCH < bytes) {
      return false;
    }
    erase();
    archivedSinceMillis = -1;
    return true;
  }

  @Override
  public long removed() {
    return removed.get();
  }

  @Override
  public void erase() throws RocksDBException {
    long before = files();
    // In the memory that it is: by default it would be a directory of the disk.
    try (var options = new Options(database.tuning.database, database.tuning.records)) {
      RocksDB.destroyDB(archive, options);
    }
    // A log that is begun meanwhile is at most missing here.
    removed.getAndAdd(Math.max(0, before - files()));
  }
}

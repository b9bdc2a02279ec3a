package dev.kvist.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How much of the change stream is kept: RocksDB moves logs that it needs no more to a folder, and
 * this deletes them from there, oldest first. RocksDB's own limits are by megabytes, and looked at
 * every ten minutes.
 */
final class Retention {
  /** The folder in the store's directory that RocksDB moves logs to. */
  static final String ARCHIVE = "archive";

  private static final String SUFFIX = ".log";

  private final Path archive;
  private final Path live;
  private final long bytes;
  private final long ageMillis;

  Retention(Path directory, Settings settings) {
    this.archive = directory.resolve(ARCHIVE);
    this.live = directory;
    this.bytes = settings.retentionBytes();
    this.ageMillis = settings.retentionAgeMillis();
  }

  /** A file of the log. */
  record Log(Path path, long number, long size) {}

  /** Those of a folder, oldest first. */
  static List<Log> logs(Path folder) throws IOException {
    var logs = new ArrayList<Log>();
    for (Path path : DataDirectory.list(folder)) {
      String name = String.valueOf(path.getFileName());
      if (name.matches("[0-9]{1,18}\\.log")) {
        long number = Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
        logs.add(new Log(path, number, size(path)));
      }
    }
    logs.sort(Comparator.comparingLong(Log::number));
    return logs;
  }

  private static long size(Path path) throws IOException {
    try {
      return Files.size(path);
    } catch (NoSuchFileException e) {
      // RocksDB moved it meanwhile.
      return 0;
    }
  }

  /** The number of all logs. */
  long files() throws IOException {
    return (long) logs(archive).size() + logs(live).size();
  }

  /** The bytes of all logs. */
  long bytes() throws IOException {
    long total = 0;
    for (Log log : logs(archive)) {
      total += log.size;
    }
    for (Log log : logs(live)) {
      total += log.size;
    }
    return total;
  }

  /** Deletes what need not be kept; returns whether anything was. */
  boolean trim(long nowMillis) throws IOException {
    long total = bytes();
    boolean any = false;
    for (Log log : logs(archive)) {
      boolean old =
          ageMillis > 0 && Files.getLastModifiedTime(log.path).toMillis() < nowMillis - ageMillis;
      if (total - log.size < bytes && !old) {
        break;
      }
      Files.deleteIfExists(log.path);
      total -= log.size;
      any = true;
    }
    return any;
  }

  /** Deletes all that RocksDB does not need: it holds what was purged. */
  void erase() throws IOException {
    for (Log log : logs(archive)) {
      Files.deleteIfExists(log.path);
    }
  }
}

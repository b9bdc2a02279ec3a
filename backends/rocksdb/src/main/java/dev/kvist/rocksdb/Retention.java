package dev.kvist.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.rocksdb.RocksDBException;

/**
 * How much of the change stream is kept: RocksDB moves logs that it needs no more to its archive,
 * and this deletes them from there. RocksDB's own limits are by megabytes, and looked at every ten
 * minutes.
 */
interface Retention {
  /** The folder in the store's directory that RocksDB moves logs to. */
  String ARCHIVE = "archive";

  /** A file of the log. */
  record Log(Path path, long number, long size) {}

  /** Those of a folder, oldest first. */
  static List<Log> logs(Path folder) throws IOException {
    var logs = new ArrayList<Log>();
    for (Path path : DataDirectory.list(folder)) {
      String name = String.valueOf(path.getFileName());
      if (name.matches("[0-9]{1,18}\\.log")) {
        logs.add(new Log(path, number(path), size(path)));
      }
    }
    logs.sort(Comparator.comparingLong(Log::number));
    return logs;
  }

  /** The number in a log's name. */
  static long number(Path log) {
    String name = String.valueOf(log.getFileName());
    return Long.parseLong(name.substring(0, name.indexOf('.')));
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
  long files() throws IOException, RocksDBException;

  /** The bytes of all logs. */
  long bytes() throws IOException, RocksDBException;

  /** How many logs it has deleted. */
  long removed();

  /** Deletes what need not be kept; returns whether anything was. */
  boolean trim(long nowMillis) throws IOException, RocksDBException;

  /** Deletes all that RocksDB does not need: it holds what was purged. */
  void erase() throws IOException, RocksDBException;
}

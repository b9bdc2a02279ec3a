package dev.kvist.rocksdb;

import dev.kvist.KvException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;

/**
 * Which of the tables and files of large values of an open store are damaged, each by itself:
 * RocksDB's own checks end at the first.
 */
final class DamagedFiles {
  private static final Pattern NAME = Pattern.compile("([0-9]{6,}\\.(?:sst|blob))");

  private final Database database;
  private final List<String> damages = new ArrayList<>();

  private DamagedFiles(Database database) {
    this.database = database;
  }

  /**
   * Looks at all of them.
   *
   * @param told what RocksDB said, of which that stays what these files do not explain
   */
  static List<String> of(Database database, Path directory, Iterable<String> told)
      throws RocksDBException, IOException {
    var files = new DamagedFiles(database);
    // None goes while it is looked at; a reader cannot keep the owner from it.
    boolean readOnly = database.settings.readOnly();
    if (!readOnly) {
      database.rocks.disableFileDeletions();
    }
    try {
      for (String name : new TreeSet<>(database.rocks.getLiveFiles(false).files)) {
        files.look(directory.resolve(name.substring(1)));
      }
    } finally {
      if (!readOnly) {
        database.rocks.enableFileDeletions();
      }
    }
    return files.with(told);
  }

  private void look(Path file) throws IOException {
    boolean isTable = file.toString().endsWith(".sst");
    if (!isTable && !file.toString().endsWith(".blob")) {
      return;
    }
    if (Files.exists(file)) {
      if (isTable) {
        lookAtTable(file);
      } else {
        lookAtBlobs(file);
      }
    } else if (!database.settings.readOnly()) {
      add(file, 0, "the file is missing");
    }
  }

  private void lookAtTable(Path file) {
    try (var options = new Options();
        var reader = new SstFileReader(options)) {
      reader.open(file.toString());
      reader.verifyChecksum();
    } catch (RocksDBException e) {
      damages.add(
          String.valueOf(
              Failures.corrupted(file.toString(), String.valueOf(e.getMessage())).getMessage()));
    }
  }

  private void lookAtBlobs(Path file) throws IOException {
    long[] first = {-1, 0};
    int[] count = {0};
    long end =
        BlobFile.damages(
            file,
            (_, place) -> {
              if (count[0]++ == 0) {
                System.arraycopy(place, 0, first, 0, first.length);
              }
            });
    if (count[0] > 0) {
      add(
          file,
          first[0],
          "the value up to byte "
              + first[1]
              + (count[0] == 1 ? "" : ", " + (count[0] - 1) + " behind it")
              + (end < 0 ? "" : ", and all from byte " + end + " on"));
    } else if (end >= 0) {
      add(file, end, "it cannot be read from there on");
    }
  }

  private void add(Path file, long offset, String what) {
    damages.add(
        String.valueOf(new KvException.Corrupted(file.toString(), offset, what).getMessage()));
  }

  /** With what is said of other files, or of none where no file here explains it. */
  private List<String> with(Iterable<String> told) {
    var all = new ArrayList<>(damages);
    for (String line : told) {
      Matcher name = NAME.matcher(line);
      boolean isKnown =
          name.find()
              ? damages.stream().anyMatch(damage -> damage.contains(name.group(1)))
              : !damages.isEmpty();
      if (!isKnown) {
        all.add(line);
      }
    }
    return List.copyOf(all);
  }
}

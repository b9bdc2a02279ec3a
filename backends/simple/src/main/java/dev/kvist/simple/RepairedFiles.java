package dev.kvist.simple;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a repaired log in the place of the damaged one.
 *
 * <p>The repaired log is made in the folder {@code repaired}, which nobody reads. When it is whole
 * and on the device, a file there whose name says so decides: from then on the old files move to a
 * folder {@code damaged-N} and the new ones to their places, and whoever finds that file goes on
 * with it, be it another repair or an open. New files have higher ids than all old ones whose
 * header confirms their name, which tells them apart at any moment.
 */
final class RepairedFiles {
  private static final Logger LOG = LoggerFactory.getLogger(RepairedFiles.class);

  private static final String FOLDER = "repaired";
  private static final String DONE = FOLDER + "/done-";
  private static final List<String> FOLDERS = List.of(Log.WAL_FOLDER, Log.STATE_FOLDER);

  private RepairedFiles() {}

  /** Where a segment is made that will be at home in {@code folder}. */
  static String name(String folder, long id) {
    return inOne(FOLDER, Spares.name(folder, id));
  }

  /** A file of a folder as a file of another one: a directory has no deeper folders. */
  private static String inOne(String target, String path) {
    return target + "/" + path.replace('/', '-');
  }

  /** Where the report is made. */
  static String report() {
    return FOLDER + "/report";
  }

  /** Where the report of a repair is, once its files are at their places. */
  static String report(String damagedFolder) {
    return damagedFolder + "/report";
  }

  /** Deletes what a repair left that was killed before it was through. */
  static void clear(LogDirectory directory) throws IOException {
    for (String path : directory.list(FOLDER)) {
      directory.delete(path);
    }
  }

  /** A name for the folder of the damaged files that is not in use. */
  static String freeFolder(LogDirectory directory) throws IOException {
    int number = 1;
    while (!directory.list("damaged-" + number).isEmpty()) {
      number++;
    }
    return "damaged-" + number;
  }

  /**
   * Says that the repaired log is whole, and puts it in its place.
   *
   * @param firstId all new files have this id or a higher one, and so have just those old ones
   *     whose header does not say so
   */
  static void install(LogDirectory directory, long firstId, String damagedFolder)
      throws IOException {
    directory.sync(FOLDER);
    String done = String.format(Locale.ROOT, "%s%012d-%s", DONE, firstId, damagedFolder);
    directory.create(done, Long.BYTES).close();
    directory.sync(FOLDER);
    finish(directory);
  }

  /** Whether a repair was killed while it put files in their places. */
  static boolean isUnfinished(LogDirectory directory) throws IOException {
    return done(directory) != null;
  }

  private static @Nullable String done(LogDirectory directory) throws IOException {
    for (String path : directory.list(FOLDER)) {
      if (path.startsWith(DONE)) {
        return path;
      }
    }
    return null;
  }

  /**
   * Goes on with a repair that was killed while it put files in their places.
   *
   * @return the folder of the damaged files; null when there was nothing to do
   */
  static @Nullable String finish(LogDirectory directory) throws IOException {
    @Nullable String done = done(directory);
    if (done == null) {
      return null;
    }
    long firstId = Long.parseLong(done.substring(DONE.length(), DONE.length() + 12));
    String damaged = done.substring(DONE.length() + 13);
    for (String folder : FOLDERS) {
      for (String path : directory.list(folder)) {
        if (Spares.id(path) < firstId || !isNew(directory, path)) {
          directory.rename(path, inOne(damaged, path));
        }
      }
    }
    sync(directory, damaged);
    for (String path : directory.list(FOLDER)) {
      if (path.equals(report())) {
        directory.rename(path, report(damaged));
      } else if (!path.equals(done)) {
        directory.rename(path, home(path));
      }
    }
    sync(directory, damaged);
    directory.delete(done);
    directory.sync(FOLDER);
    LOG.warn(
        "{}: repaired; the damaged files are in {}, with a report", directory.location(), damaged);
    return damaged;
  }

  /** A name alone proves nothing: anybody may have copied a segment to any name. */
  private static boolean isNew(LogDirectory directory, String path) throws IOException {
    try (LogFile file = directory.open(path, false)) {
      return SegmentLayout.hasMagic(file.memory())
          && SegmentLayout.isIntact(file.memory())
          && SegmentLayout.id(file.memory()) == Spares.id(path);
    }
  }

  /** Takes the folder itself away, which a directory of log files cannot do. */
  static void removeFolder(Path root) throws IOException {
    try {
      Files.deleteIfExists(root.resolve(FOLDER));
    } catch (DirectoryNotEmptyException e) {
      // Not ours, then.
    }
  }

  /** Undoes {@link #name}. */
  private static String home(String path) {
    String name = path.substring(FOLDER.length() + 1);
    int end = name.lastIndexOf('-');
    return name.substring(0, end) + "/" + name.substring(end + 1);
  }

  private static void sync(LogDirectory directory, String damaged) throws IOException {
    for (String folder : List.of(FOLDER, damaged, Log.WAL_FOLDER, Log.STATE_FOLDER)) {
      try {
        directory.sync(folder);
      } catch (NoSuchFileException e) {
        // Nothing was ever in it.
      }
    }
  }
}

package dev.kvist.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a repaired store in the place of the damaged one.
 *
 * <p>It is made in the folder {@code repaired} of the store's directory, which RocksDB passes over.
 * When it is whole and on the device, a file there decides, by its name {@code old-damaged-N}: from
 * then on whoever finds that goes on with it, be it another repair or an open. First the old files
 * move to {@code damaged-N}; then the file's name becomes {@code new-damaged-N}, and the new files
 * move to their places. The mark of the directory is there at any moment.
 */
final class RepairedFiles {
  private static final Logger LOG = LoggerFactory.getLogger(RepairedFiles.class);

  private static final String FOLDER = "repaired";
  private static final String STORE = "store";
  private static final String DAMAGED = "damaged-";
  private static final String OLD = "old-";
  private static final String NEW = "new-";

  private RepairedFiles() {}

  /** Where all is made. */
  static Path folder(Path directory) {
    return directory.resolve(FOLDER);
  }

  /** Where the new store is made. */
  static Path store(Path directory) {
    return folder(directory).resolve(STORE);
  }

  /** A name for the folder of the damaged files that is not in use. */
  static String freeFolder(Path directory) {
    int number = 1;
    while (Files.exists(directory.resolve(DAMAGED + number))) {
      number++;
    }
    return DAMAGED + number;
  }

  /** Deletes what a repair left that was killed before it was through. */
  static void clear(Path directory) throws IOException {
    Trees.delete(folder(directory));
  }

  /** Says that the repaired store is whole, and puts it in its place. */
  static void install(Path directory, String damagedFolder) throws IOException {
    Path folder = folder(directory);
    Trees.force(store(directory));
    Trees.force(folder);
    Files.createFile(folder.resolve(OLD + damagedFolder));
    Trees.force(folder);
    finish(directory);
  }

  /** Whether a repair was killed while it put files in their places. */
  static boolean isUnfinished(Path directory) throws IOException {
    return decided(directory) != null;
  }

  private static @Nullable Path decided(Path directory) throws IOException {
    if (Files.exists(directory.resolve(DataDirectory.MARK))) {
      for (Path path : DataDirectory.list(folder(directory))) {
        String name = name(path);
        if (name.startsWith(OLD + DAMAGED) || name.startsWith(NEW + DAMAGED)) {
          return path;
        }
      }
    }
    return null;
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  /**
   * Goes on with a repair that was killed while it put files in their places. The caller owns the
   * directory.
   *
   * @return the folder of the damaged files; null when there was nothing to do
   */
  static @Nullable Path finish(Path directory) throws IOException {
    @Nullable Path decided = decided(directory);
    if (decided == null) {
      return null;
    }
    Path folder = folder(directory);
    String damagedFolder = name(decided).substring(OLD.length());
    Path damaged = Files.createDirectories(directory.resolve(damagedFolder));
    if (name(decided).startsWith(OLD)) {
      moveOld(directory, damaged);
      decided =
          Files.move(decided, folder.resolve(NEW + damagedFolder), StandardCopyOption.ATOMIC_MOVE);
      Trees.force(folder);
    }
    for (Path path : DataDirectory.list(store(directory))) {
      Files.move(path, directory.resolve(name(path)), StandardCopyOption.ATOMIC_MOVE);
    }
    Path report = folder.resolve(RepairReport.FILE_NAME);
    if (Files.exists(report)) {
      Files.move(report, damaged.resolve(RepairReport.FILE_NAME), StandardCopyOption.ATOMIC_MOVE);
    }
    Trees.force(damaged);
    Trees.force(directory);
    Files.delete(decided);
    Trees.force(folder);
    clear(directory);
    LOG.warn("{}: repaired; the damaged files are in {}, with a report", directory, damagedFolder);
    return damaged;
  }

  private static void moveOld(Path directory, Path damaged) throws IOException {
    Set<String> stay = DataDirectory.staying();
    for (Path path : DataDirectory.list(directory)) {
      String name = name(path);
      if (name.equals(DataDirectory.MARK)) {
        Files.copy(path, damaged.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      } else if (!stay.contains(name) && !name.equals(FOLDER) && !name.startsWith(DAMAGED)) {
        Files.move(path, damaged.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      }
    }
    Trees.force(damaged);
    Trees.force(directory);
  }
}

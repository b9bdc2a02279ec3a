package dev.kvist.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;

/** Folders with all that is in them. */
final class Trees {
  private Trees() {}

  /** Deletes one, if it is there. */
  static void delete(Path tree) throws IOException {
    if (Files.exists(tree)) {
      try (var paths = Files.walk(tree)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** A file that is never written again under a second name; a copy where there are no links. */
  static void link(Path file, Path to) throws IOException {
    try {
      Files.createLink(to, file);
    } catch (UnsupportedOperationException | FileSystemException e) {
      Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Returns when a file, or the names in a folder, are on the device. */
  static void force(Path path) throws IOException {
    try (var channel = FileChannel.open(path)) {
      channel.force(true);
    }
  }

  /** Returns when the files in a folder are on the device, and their names. */
  static void forceAll(Path folder) throws IOException {
    for (Path path : DataDirectory.list(folder)) {
      if (Files.isRegularFile(path)) {
        force(path);
      }
    }
    force(folder);
  }
}

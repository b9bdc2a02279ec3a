package dev.kvist.bench.work;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders: how much they take, and how they go. */
public final class Disk {
  private Disk() {}

  /**
   * The bytes that a folder takes on the device, by {@code du}, since some engines make files with
   * holes; the lengths of its files where there is no {@code du}.
   */
  static long bytes(Path folder) throws IOException {
    try {
      Process du =
          new ProcessBuilder("du", "-s", "-B1", folder.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String text = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return Long.parseLong(text.substring(0, text.indexOf('\t')));
    } catch (IOException | RuntimeException e) {
      return lengths(folder);
    }
  }

  /** The lengths of all files in a folder and below. */
  static long lengths(Path folder) throws IOException {
    long sum = 0;
    for (Path path : tree(folder)) {
      sum += Files.isRegularFile(path) ? Files.size(path) : 0;
    }
    return sum;
  }

  /** Deletes a folder with what is in it; one that is not there is fine. */
  public static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      for (Path path : tree(folder).reversed()) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Copies a folder with what is in it to one that is not there yet. */
  static void copy(Path from, Path to) throws IOException {
    for (Path path : tree(from)) {
      Files.copy(path, to.resolve(from.relativize(path).toString()));
    }
  }

  /** A folder and what is in it, each folder before what is in it. */
  static List<Path> tree(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.sorted(Comparator.naturalOrder()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}

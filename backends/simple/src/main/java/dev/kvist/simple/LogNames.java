package dev.kvist.simple;

import dev.kvist.spi.OwnerLock;
import java.util.regex.Pattern;

/** The names that the files of a log directory may have: one part, or a folder and one part. */
final class LogNames {
  private static final Pattern PART = Pattern.compile("(?!\\.\\.?$)[A-Za-z0-9_.-]{1,128}");

  private LogNames() {}

  /**
   * Returns {@code name}; a name that could leave the directory, or meet the owner file, is a bug
   * of the caller.
   */
  static String check(String name) {
    String folder = folderOf(name);
    String part = folder.isEmpty() ? name : name.substring(folder.length() + 1);
    if (!PART.matcher(part).matches() || name.equals(OwnerLock.FILE_NAME)) {
      throw new IllegalArgumentException("not the name of a log file: " + name);
    }
    checkFolder(folder);
    return name;
  }

  /** Returns {@code folder} when it is empty (the top) or one plain part. */
  static String checkFolder(String folder) {
    if (!folder.isEmpty() && !PART.matcher(folder).matches()) {
      throw new IllegalArgumentException("not the name of a log folder: " + folder);
    }
    return folder;
  }

  /** The part before the first slash, empty where there is none. */
  static String folderOf(String name) {
    int slash = name.indexOf('/');
    return slash < 0 ? "" : name.substring(0, slash);
  }

  /** A name in a folder, as the methods of a directory take it. */
  static String in(String folder, String part) {
    return folder.isEmpty() ? part : folder + "/" + part;
  }
}

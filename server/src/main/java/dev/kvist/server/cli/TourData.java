package dev.kvist.server.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Real data that this machine has: its packages, a package index, a word list, or else the classes
 * of its JDK.
 */
final class TourData {
  /** A key and its value. */
  record Pair(String key, String value) {}

  /**
   * One set of data.
   *
   * @param bucket the bucket it goes to
   * @param what what it is and where it comes from
   * @param prefix a prefix that several of its keys have
   */
  record Source(String bucket, String what, String prefix, List<Pair> pairs) {}

  private static final Path WORDS = Path.of("/usr/share/dict/words");
  private static final Path INDEXES = Path.of("/var/lib/apt/lists");

  private TourData() {}

  /** All that is there; at least one. */
  static List<Source> find() throws IOException {
    var found = new ArrayList<Source>();
    add(
        found,
        new Source(
            "packages",
            "installed Debian packages with their descriptions, from dpkg-query",
            "lib",
            installed()));
    add(
        found,
        new Source(
            "available",
            "packages of the apt index with their descriptions",
            "python3-",
            available()));
    add(
        found,
        new Source("words", "words of " + WORDS + " with their line numbers", "un", words()));
    if (found.isEmpty()) {
      add(
          found,
          new Source("classes", "classes of this JDK with their modules", "java.util.", classes()));
    }
    return found;
  }

  private static void add(List<Source> found, Source source) {
    if (!source.pairs().isEmpty()) {
      found.add(source);
    }
  }

  private static List<Pair> installed() throws IOException {
    var pairs = new ArrayList<Pair>();
    try (BufferedReader lines =
        output("dpkg-query", "-W", "-f=${Package}\\t${binary:Summary}\\n")) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int tab = line.indexOf('\t');
        if (tab > 0) {
          pairs.add(new Pair(line.substring(0, tab), line.substring(tab + 1)));
        }
      }
    }
    return pairs;
  }

  private static List<Pair> available() throws IOException {
    var pairs = new ArrayList<Pair>();
    if (!Files.isDirectory(INDEXES)) {
      return pairs;
    }
    try (Stream<Path> files = Files.list(INDEXES)) {
      for (Path file :
          files.filter(file -> file.toString().contains("_Packages")).sorted().toList()) {
        // It knows every way in which these files may be packed.
        try (BufferedReader lines =
            output("/usr/lib/apt/apt-helper", "cat-file", file.toString())) {
          readIndex(lines, pairs);
        }
      }
    }
    return pairs;
  }

  /** What a program prints; nothing where there is no such program. */
  private static BufferedReader output(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      return process.inputReader(StandardCharsets.UTF_8);
    } catch (IOException e) {
      return new BufferedReader(Reader.nullReader());
    }
  }

  private static void readIndex(BufferedReader lines, List<Pair> pairs) throws IOException {
    String name = "";
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("Package: ")) {
        name = line.substring("Package: ".length());
      } else if (line.startsWith("Description: ") && !name.isEmpty()) {
        pairs.add(new Pair(name, line.substring("Description: ".length())));
        name = "";
      }
    }
  }

  private static List<Pair> words() throws IOException {
    var pairs = new ArrayList<Pair>();
    if (Files.isReadable(WORDS)) {
      for (String word : Files.readAllLines(WORDS)) {
        if (!word.isBlank()) {
          pairs.add(new Pair(word, "line " + (pairs.size() + 1)));
        }
      }
    }
    return pairs;
  }

  /** The classes that this Java comes with, which every machine has. */
  static List<Pair> classes() throws IOException {
    Path modules = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
    try (Stream<Path> files = Files.walk(modules)) {
      return files
          .filter(file -> file.toString().endsWith(".class") && file.getNameCount() > 3)
          .map(TourData::classOf)
          .toList();
    }
  }

  /** From {@code /modules/MODULE/PACKAGE.../CLASS.class}. */
  private static Pair classOf(Path file) {
    String name = file.subpath(2, file.getNameCount()).toString();
    return new Pair(
        name.substring(0, name.length() - ".class".length()).replace('/', '.'),
        file.getName(1).toString());
  }
}

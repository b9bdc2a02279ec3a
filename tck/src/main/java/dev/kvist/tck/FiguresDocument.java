package dev.kvist.tck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The tables of {@code docs/operations.md} that list what {@code Connection.stats()} says. */
public final class FiguresDocument {
  private static final Pattern ROW = Pattern.compile("^\\| (`[^|]*) \\|", Pattern.MULTILINE);
  private static final Pattern NAME = Pattern.compile("`([a-z0-9.]+)`");

  private FiguresDocument() {}

  /**
   * The figures that a table names.
   *
   * @param root the folder that has {@code docs}
   * @param comment what stands in the comment before the table
   * @throws IOException when it cannot be read
   */
  public static Set<String> names(Path root, String comment) throws IOException {
    String text = Files.readString(root.resolve("docs/operations.md"));
    String table = text.split("<!-- " + comment + " -->\n\n", 2)[1].split("\n\n", 2)[0];
    Set<String> names = new TreeSet<>();
    ROW.matcher(table)
        .results()
        .flatMap((MatchResult row) -> NAME.matcher(row.group(1)).results())
        .forEach(name -> names.add(name.group(1)));
    return names;
  }
}

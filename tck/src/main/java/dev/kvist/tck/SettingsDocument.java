package dev.kvist.tck;

import dev.kvist.spi.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The text of {@code docs/configuration.md}, whose tables a test compares with the settings that
 * are declared. A row is compared by its first three cells: name, type with range, and default.
 *
 * @param text the whole document
 */
public record SettingsDocument(String text) {
  private static final Pattern ROW =
      Pattern.compile("^\\| (`.*?` \\| .*? \\| .*?) \\| ", Pattern.MULTILINE);

  /**
   * Reads it.
   *
   * @param root the folder that has {@code docs}
   * @throws IOException when it cannot be read
   */
  public static SettingsDocument read(Path root) throws IOException {
    return new SettingsDocument(Files.readString(root.resolve("docs/configuration.md")));
  }

  /**
   * The text below a heading of the second level, up to the next one.
   *
   * @param heading as it is written, with the backticks that it may have
   * @throws AssertionError when there is no such heading
   */
  public String section(String heading) {
    String[] parts = text.split("\n## " + Pattern.quote(heading) + "\n", 2);
    if (parts.length < 2) {
      throw new AssertionError("the document has no heading " + heading);
    }
    return parts[1].split("\n## ", 2)[0];
  }

  /**
   * The rows of the tables below a heading, in their order.
   *
   * @throws AssertionError when there is no such heading
   */
  public List<String> rows(String heading) {
    return ROW.matcher(section(heading)).results().map((MatchResult row) -> row.group(1)).toList();
  }

  /** The rows that the section of an engine with these settings has to have. */
  public static List<String> engineRows(List<Setting> settings) {
    List<String> rows = new ArrayList<>(List.of("`enabled` | true or false | `true`"));
    rows.addAll(rows(settings));
    return rows;
  }

  /** The rows that a table of these settings has to have. */
  public static List<String> rows(List<Setting> settings) {
    return settings.stream().map(SettingsDocument::row).toList();
  }

  private static String row(Setting setting) {
    String byDefault = setting.defaultValue() == null ? "-" : "`" + setting.defaultValue() + "`";
    String range = setting.range().isEmpty() ? "" : ", " + setting.range();
    return "`" + setting.name() + "` | " + words(setting) + range + " | " + byDefault;
  }

  /** How the document calls a type. */
  private static String words(Setting setting) {
    return switch (setting.type()) {
      case FLAG -> "true or false";
      case INTEGER -> "whole number";
      case NUMBER -> "number";
      case SIZE -> "size";
      case DURATION -> "duration";
      case DIRECTORY -> "path";
      case CHOICE -> "`" + String.join("` or `", setting.choices()) + "`";
      case TEXT, SECRET, LIST -> "text";
    };
  }
}

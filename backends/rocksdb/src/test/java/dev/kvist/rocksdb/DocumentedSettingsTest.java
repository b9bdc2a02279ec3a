package dev.kvist.rocksdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.spi.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The section {@code badger} of {@code docs/configuration.md} says what the engine declares. */
final class DocumentedSettingsTest {
  @Test
  void theTableSaysWhatTheEngineDeclares() throws IOException {
    assertEquals(rows(new RocksBackend().settings()), rowsOfSection("badger"));
  }

  /** Name, type and default, as a row of the document begins. */
  private static List<String> rows(List<Setting> settings) {
    List<String> rows = new ArrayList<>(List.of("`enabled` | true or false | `true`"));
    for (Setting setting : settings) {
      String byDefault = setting.defaultValue() == null ? "-" : "`" + setting.defaultValue() + "`";
      rows.add("`" + setting.name() + "` | " + words(setting) + " | " + byDefault);
    }
    return rows;
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

  private static List<String> rowsOfSection(String name) throws IOException {
    String document = Files.readString(Path.of("..", "..", "docs", "configuration.md"));
    String section = document.split("\n## `" + name + "`\n", 2)[1].split("\n## ", 2)[0];
    return Pattern.compile("^\\| (`.*?` \\| .*? \\| .*?) \\| ", Pattern.MULTILINE)
        .matcher(section)
        .results()
        .map((MatchResult row) -> row.group(1))
        .toList();
  }
}

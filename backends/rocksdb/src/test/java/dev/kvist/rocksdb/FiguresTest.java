package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.Kvist;
import dev.kvist.OperationCount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The figures of a store. */
final class FiguresTest {
  @TempDir private Path folder;

  @Test
  void theDocumentListsThemAll() throws IOException {
    String text = Files.readString(Path.of("..", "..", "docs", "operations.md"));
    String table = text.split("<!-- figures of rocksdb -->\n", 2)[1].split("\n\n[^|]", 2)[0];
    Set<String> documented = new TreeSet<>();
    for (String row : table.lines().filter(line -> line.startsWith("| `")).toList()) {
      Pattern.compile("`([a-z0-9.]+)`")
          .matcher(row.split("\\|", -1)[1])
          .results()
          .map((MatchResult name) -> name.group(1))
          .forEach(documented::add);
    }
    try (Connection connection = Kvist.open(Places.at(folder))) {
      assertEquals(documented, new TreeSet<>(connection.stats().keySet()));
    }
  }

  @Test
  void operationsAreCountedExactly() {
    try (Connection connection = Kvist.open(Places.at(folder))) {
      var store = connection.store("b");
      store.writer().put(utf8("k1"), utf8("1234567"));
      store.writer().put(utf8("k2"), utf8(""));
      store.writer().delete(utf8("k2"));
      store.writer().delete(utf8("k2"));
      store.reader().get(utf8("k1"));
      store.reader().exists(utf8("k2"));
      store.reader().scan(KeyRange.all()).toList();
      Map<String, String> counts =
          connection.operations().stream()
              .collect(
                  Collectors.toMap(
                      one -> one.operation().toString(), FiguresTest::text, (a, b) -> a));
      assertEquals(
          Map.of("PUT", "2 0 11", "DELETE", "2 1 0", "GET", "2 1 7", "SCAN_PAGE", "1 1 9"), counts);
    }
  }

  private static String text(OperationCount count) {
    return count.count() + " " + count.misses() + " " + count.bytes();
  }
}

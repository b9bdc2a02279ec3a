package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.PutOptions;
import dev.kvist.spi.LogRecord;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code ./kvist log} shows of a store's log, also of a damaged one. */
final class LogReadingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;

  private static List<LogRecord> log(ConnectionOptions options) {
    var records = new ArrayList<LogRecord>();
    new RocksBackend().readLog(options, records::add);
    return records;
  }

  private static List<String> changes(List<LogRecord> records) {
    return records.stream()
        .filter(record -> !record.bucket().isEmpty())
        .map(record ->
            record.operation() + " " + record.bucket() + "/" + record.key() + " " + record.size())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void everyChangeIsGivenInOrder(String single) throws IOException {
    ConnectionOptions options = Places.at(folder).with("single_bucket_mode", single);
    List<String> expected =
        List.of(
            "put b/k\\x00 5",
            "put c/k 0",
            "delete b/k\\x00 0",
            "purge c/k 0",
            "put b/short 1",
            "expire b/short 0");
    try (Connection connection = Kvist.open(options)) {
      KvStore b = connection.store("b");
      KvStore c = connection.store("c");
      b.writer().put(new byte[] {'k', 0}, utf8("value"));
      c.writer().put(utf8("k"), new byte[0]);
      b.writer().delete(new byte[] {'k', 0});
      c.purger().purge(utf8("k"));
      // The last one: nobody knows what its end comes before.
      b.writer().put(utf8("short"), utf8("1"), PutOptions.DEFAULT.withTtl(Duration.ofMillis(1)));
      Waiting.until(PATIENCE, "the expiry", () -> changes(log(options)).equals(expected));
    }
    var before = Places.content(folder);
    List<LogRecord> records = log(options);
    assertEquals(expected, changes(records));
    assertEquals(before, Places.content(folder));
    var cursors = records.stream().map(record -> String.valueOf(record.cursor())).toList();
    assertEquals(cursors.stream().distinct().toList(), cursors);
    for (LogRecord record : records) {
      assertTrue(record.intact());
      assertNotEquals(null, record.cursor());
      assertEquals(record.bucket().isEmpty(), record.atMillis() == 0, record::toString);
    }
  }

  @Test
  void damageIsPassedAndNamed() throws IOException {
    ConnectionOptions options = Places.at(folder).with("mem_table_size", "64MiB");
    Places.fill(options, 5_000);
    Path largest = Places.files(folder, ".log").getFirst();
    for (Path log : Places.files(folder, ".log")) {
      largest = Files.size(log) > Files.size(largest) ? log : largest;
    }
    int whole = changes(log(options)).size();
    assertEquals(5_000, whole);
    long middle = Files.size(largest) / 2;
    Places.flip(largest, middle);
    List<LogRecord> records = log(options);
    List<LogRecord> damaged = records.stream().filter(record -> !record.intact()).toList();
    assertEquals(1, damaged.size());
    assertEquals(String.valueOf(largest.getFileName()), damaged.getFirst().file());
    assertTrue(Math.abs(damaged.getFirst().offset() - middle) < 1_000, damaged::toString);
    List<String> left = changes(records);
    assertTrue(left.size() < whole && left.size() > whole - 1_000, () -> "left " + left.size());
    assertEquals("put b/k4999 " + Places.value(4_999).length, left.getLast());
  }

  @Test
  void whatIsNoStoreIsRefused() {
    assertThrows(KvException.Unsupported.class, () -> log(Places.at(folder)));
    assertThrows(
        KvException.Unsupported.class, () -> log(Places.at(folder).with("memory_mode", "true")));
  }
}

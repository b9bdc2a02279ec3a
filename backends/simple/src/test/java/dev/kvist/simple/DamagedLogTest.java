package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.spi.LogRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code ./kvist log} reads of a damaged store, and of one that is open. */
final class DamagedLogTest extends RepairFixture {
  @Test
  void theLogIsReadPastDamage() throws IOException {
    LogRecord value = record("key20");
    flip(value.file(), value.offset() + value.size() + 36);
    LogRecord header = record("key30");
    flip(header.file(), header.offset() + 20);
    List<LogRecord> log = log();
    assertFalse(record("key20").intact());
    LogRecord damaged =
        log.stream().filter(r -> r.operation().equals("damaged")).findFirst().orElseThrow();
    assertEquals(header.file(), damaged.file());
    assertEquals(header.offset(), damaged.offset());
    assertNull(damaged.cursor());
    assertEquals(2, log.stream().filter(r -> !r.intact()).count());
    assertTrue(record("key31").intact());
    assertEquals("demo", record("key31").bucket());
  }

  @Test
  void theLogOfAnOpenStoreIsReadAndNothingIsWritten() throws IOException {
    try (Connection connection = Kvist.open(options())) {
      connection.store("demo").writer().put(Kvist.utf8("now"), Kvist.utf8("here"));
      assertEquals("put", record("now").operation());
      assertTrue(log().stream().allMatch(LogRecord::intact));
    }
    var before = Files.getLastModifiedTime(directory.resolve("owner"));
    assertEquals("put", record("now").operation());
    assertEquals(before, Files.getLastModifiedTime(directory.resolve("owner")));
  }
}

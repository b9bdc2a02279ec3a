package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.tck.Captured;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each setting is what RocksDB says of itself in its file OPTIONS. */
final class OptionsTest {
  /** RocksDB writes the colon of the name like this. */
  private static final String OWN_FAMILY = "b\\:users";

  @TempDir private Path folder;

  /** Those of the family {@code default} and of the database. */
  private Map<String, String> written(ConnectionOptions options) throws IOException {
    Kvist.open(options).close();
    return written("default");
  }

  /** Those of a family and of the database, from the newest file. */
  private Map<String, String> written(String family) throws IOException {
    var found = new HashMap<String, String>();
    String section = "";
    for (String line : lines()) {
      if (line.startsWith("[")) {
        section = line.strip();
      } else if (line.contains("=")
          && (section.equals("[DBOptions]") || section.contains("\"" + family + "\""))) {
        int equal = line.indexOf('=');
        found.put(line.substring(0, equal).strip(), line.substring(equal + 1).strip());
      }
    }
    return found;
  }

  private List<String> lines() throws IOException {
    try (var paths = Files.list(folder)) {
      return Files.readAllLines(
          paths.filter(path -> path.toString().contains("OPTIONS-")).sorted().toList().getLast());
    }
  }

  private List<String> families() throws IOException {
    return lines().stream()
        .filter(line -> line.startsWith("[CFOptions "))
        .map(line -> line.substring(line.indexOf('"') + 1, line.lastIndexOf('"')))
        .toList();
  }

  private ConnectionOptions options() {
    return ConnectionOptions.of("rocksdb", folder.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "mem_table_size, 67108864, write_buffer_size, 67108864",
    "mem_table_size, 10485760, write_buffer_size, 10485760",
    "num_mem_tables, 1, max_write_buffer_number, 2",
    "num_mem_tables, 4, max_write_buffer_number, 5",
    "num_level0_tables, 3, level0_file_num_compaction_trigger, 3",
    "num_level0_tables_stall, 30, level0_slowdown_writes_trigger, 30",
    "num_level0_tables_stall, 30, level0_stop_writes_trigger, 30",
    "value_log_file_size, 1073741823, blob_file_size, 1073741823",
    "value_log_file_size, 1073741824, blob_file_size, 1073741824",
    // Larger than v: v + 1 bytes of value, behind a header of 20.
    "value_threshold, 1048576, min_blob_size, 1048597",
    "value_log_gc_discard_ratio, 0.75, blob_garbage_collection_force_threshold, 0.750000",
    "value_log_gc_enabled, true, enable_blob_garbage_collection, false",
    "compression, none, compression, kNoCompression",
    "compression, lz4, compression, kLZ4Compression",
    "compression, zstd, blob_compression_type, kZSTD",
    "sync_writes, true, wal_recovery_mode, kPointInTimeRecovery",
    "sync_writes, false, track_and_verify_wals_in_manifest, true"
  })
  void aSettingIsHonoured(String name, String value, String option, String expected)
      throws IOException {
    assertEquals(expected, written(options().with(name, value)).get(option));
  }

  /** RocksDB would stall for ever, or at every compaction. */
  @Test
  void theTablesDefaultsAreRaisedToWhatWorks() throws IOException {
    Map<String, String> written =
        written(
            options()
                .with("num_mem_tables", "1")
                .with("num_level0_tables", "1")
                .with("num_level0_tables_stall", "2"));
    assertEquals("2", written.get("max_write_buffer_number"));
    assertEquals("1", written.get("level0_file_num_compaction_trigger"));
    assertEquals("5", written.get("level0_stop_writes_trigger"));
  }

  @ParameterizedTest
  @CsvSource({
    "write_buffer_size, 16777216",
    "max_write_buffer_number, 4",
    "level0_file_num_compaction_trigger, 12",
    "level0_slowdown_writes_trigger, 36",
    "level0_stop_writes_trigger, 36",
    "blob_file_size, 268435456",
    "min_blob_size, 32789",
    "blob_garbage_collection_force_threshold, 0.500000",
    "enable_blob_files, true",
    "compression, kNoCompression"
  })
  void whatIsAbsentHasOurDefault(String option, String expected) throws IOException {
    assertEquals(expected, written(options()).get(option));
  }

  @Test
  void bucketsShareOneKeyspaceOrHaveTheirOwn() throws IOException {
    try (Connection connection = Kvist.open(options())) {
      connection.store("users").writer().put(utf8("k"), utf8("v"));
    }
    assertEquals(List.of("default", "kvist", "times"), families());
  }

  /** One that is made later, and found again, has the same options. */
  @Test
  void aBucketsOwnFamilyHasThemToo() throws IOException {
    ConnectionOptions options =
        options()
            .with("single_bucket_mode", "false")
            .with("num_level0_tables", "3")
            .with("value_threshold", "1000");
    for (int open = 0; open < 2; open++) {
      try (Connection connection = Kvist.open(options)) {
        connection.store("users").writer().put(utf8("k"), utf8("v"));
      }
      assertEquals(List.of("default", "kvist", "times", OWN_FAMILY), families());
      Map<String, String> written = written(OWN_FAMILY);
      assertEquals("3", written.get("level0_file_num_compaction_trigger"));
      assertEquals("1021", written.get("min_blob_size"));
    }
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "false, 0"})
  void blobsAreCollectedIfTheyShall(String value, long threads) {
    try (Connection connection = Kvist.open(options().with("value_log_gc_enabled", value))) {
      assertEquals(
          threads,
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals("kvist-blobs"))
              .count(),
          connection::toString);
    }
  }

  /** What is taken otherwise than it stands there is said, once. */
  @Test
  void whatIsNotTakenAsItIsIsSaidOnce() {
    try (var log = Captured.of("dev.kvist.rocksdb")) {
      Kvist.open(
              options()
                  .with("num_mem_tables", "1")
                  .with("num_level0_tables", "1")
                  .with("num_level0_tables_stall", "2")
                  .with("value_log_max_entries", "1000000"))
          .close();
      for (String said :
          List.of("num_level0_tables_stall 2 is taken as 5", "value_log_max_entries has no")) {
        assertEquals(
            1,
            log.lines().stream()
                .filter(line -> line.startsWith("WARNING") && line.contains(said))
                .count(),
            log.lines()::toString);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "mem_table_size, 1",
    "num_mem_tables, 0",
    "value_log_gc_discard_ratio, 0",
    "value_log_gc_discard_ratio, 1.5",
    "value_log_gc_interval_in_seconds, 0",
    "compression, brotli",
    "memtable_size, 1MiB"
  })
  void whatMakesNoSenseIsRefusedByName(String name, String value) {
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> Kvist.open(options().with(name, value)).close());
    assertTrue(String.valueOf(refused.getMessage()).contains(name), refused::getMessage);
  }
}

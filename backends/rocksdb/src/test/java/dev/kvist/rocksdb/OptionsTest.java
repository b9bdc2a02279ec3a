package dev.kvist.rocksdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
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
  @TempDir private Path folder;

  /** Those of the family {@code default} and of the database. */
  private Map<String, String> written(ConnectionOptions options) throws IOException {
    Kvist.open(options).close();
    try (var paths = Files.list(folder)) {
      List<Path> files =
          paths.filter(path -> path.toString().contains("OPTIONS-")).sorted().toList();
      var found = new HashMap<String, String>();
      String section = "";
      for (String line : Files.readAllLines(files.getLast())) {
        if (line.startsWith("[")) {
          section = line.strip();
        } else if (line.contains("=")
            && (section.equals("[DBOptions]") || section.contains("\"default\""))) {
          int equal = line.indexOf('=');
          found.put(line.substring(0, equal).strip(), line.substring(equal + 1).strip());
        }
      }
      return found;
    }
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

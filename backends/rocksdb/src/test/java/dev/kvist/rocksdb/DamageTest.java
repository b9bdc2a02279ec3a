package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** K9: damage is never silent. */
final class DamageTest {
  private static final int ENTRIES = 5_000;

  @TempDir private Path folder;

  /** Everything stays in the log: smaller than a write buffer. */
  private ConnectionOptions inLog() {
    return Places.at(folder).with("mem_table_size", "64MiB");
  }

  private void compacted(ConnectionOptions options) {
    Places.fill(options, ENTRIES);
    try (Connection connection = Kvist.open(options)) {
      connection.maintenance().compact();
    }
  }

  private static void readAll(ConnectionOptions options) {
    try (Connection connection = Kvist.open(options)) {
      assertEquals(ENTRIES, connection.store("b").reader().scan(KeyRange.all()).toList().size());
    }
  }

  @Test
  void aBitInTheMiddleOfTheLogFailsTheOpen() throws IOException {
    Places.fill(inLog(), ENTRIES);
    List<Path> logs = Places.files(folder, ".log");
    Path largest = logs.getFirst();
    for (Path log : logs) {
      largest = Files.size(log) > Files.size(largest) ? log : largest;
    }
    Places.flip(largest, Files.size(largest) / 2);
    assertThrows(KvException.Corrupted.class, () -> readAll(inLog()));
  }

  @Test
  void aLogThatIsGoneFailsTheOpen() throws IOException {
    Places.fill(inLog(), ENTRIES);
    for (Path log : Places.files(folder, ".log")) {
      Files.delete(log);
    }
    assertThrows(KvException.Corrupted.class, () -> readAll(inLog()));
  }

  @Test
  void aLogThatEndsEarlyFailsTheOpen() throws IOException {
    Places.fill(inLog(), ENTRIES);
    for (Path log : Places.files(folder, ".log")) {
      byte[] bytes = Files.readAllBytes(log);
      Files.write(log, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    }
    assertThrows(KvException.Corrupted.class, () -> readAll(inLog()));
  }

  @Test
  void aBitInATableFailsTheReadAndIsFound() throws IOException {
    compacted(Places.at(folder));
    Path largest = Places.files(folder, ".sst").getFirst();
    for (Path table : Places.files(folder, ".sst")) {
      largest = Files.size(table) > Files.size(largest) ? table : largest;
    }
    Places.flip(largest, Files.size(largest) / 3);
    assertThrows(KvException.Corrupted.class, () -> readAll(Places.at(folder)));
    try (Connection connection = Kvist.open(Places.at(folder))) {
      assertFalse(connection.maintenance().verify().damages().isEmpty());
    }
  }

  @Test
  void aBitInABlobFailsTheReadAndIsFound() throws IOException {
    ConnectionOptions blobs = Places.at(folder).with("value_threshold", "50");
    compacted(blobs);
    Path blob = Places.files(folder, ".blob").getFirst();
    Places.flip(blob, Files.size(blob) / 2);
    assertThrows(KvException.Corrupted.class, () -> readAll(blobs));
    try (Connection connection = Kvist.open(blobs)) {
      assertFalse(connection.maintenance().verify().damages().isEmpty());
    }
  }

  @Test
  void aBitInTheManifestFailsTheOpen() throws IOException {
    compacted(Places.at(folder));
    try (var paths = Files.list(folder)) {
      Path manifest =
          paths.filter(path -> path.toString().contains("MANIFEST-")).findFirst().orElseThrow();
      Places.flip(manifest, Files.size(manifest) / 2);
    }
    assertThrows(KvException.Corrupted.class, () -> readAll(Places.at(folder)));
  }

  @Test
  void aMissingColumnFamilyIsNamed() throws IOException {
    ConnectionOptions options = Places.at(folder).with("single_bucket_mode", "false");
    Places.fill(options, 10);
    dropFamily();
    var failed = assertThrows(KvException.Corrupted.class, () -> Kvist.open(options).close());
    assertTrue(String.valueOf(failed.getMessage()).contains("bucket b"), failed::getMessage);
  }

  private void dropFamily() {
    var backend = new RocksBackend();
    Settings settings =
        Settings.read(backend, Places.at(folder).with("single_bucket_mode", "false"));
    try {
      Database database = Database.open(folder, settings);
      database.dropOwnFamily("b");
      database.close();
    } catch (org.rocksdb.RocksDBException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatWasReadBeforeTheDamageIsRight() {
    Places.fill(Places.at(folder), 10);
    try (Connection connection = Kvist.open(Places.at(folder))) {
      assertEquals(List.of(), connection.maintenance().verify().damages());
      assertTrue(connection.store("b").reader().exists(utf8("k3")));
    }
  }
}

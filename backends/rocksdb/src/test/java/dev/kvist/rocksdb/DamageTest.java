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
import dev.kvist.KvReader;
import dev.kvist.Kvist;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** No open reads those that are kept for watches alone, and no watch may come for long. */
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void aBitInALogThatIsKeptForWatchesIsFound(String readOnly) throws IOException {
    ConnectionOptions options = Places.at(folder).with("mem_table_size", "64KiB");
    Places.fill(options, ENTRIES);
    List<Path> archived = Places.files(folder.resolve(Retention.ARCHIVE), ".log");
    assertTrue(archived.size() > 2, archived::toString);
    try (Connection connection = Kvist.open(options.with("read_only", readOnly))) {
      assertEquals(List.of(), connection.maintenance().verify().damages());
    }
    // In the middle, at the end, and altogether.
    for (long at : List.of(20_000L, Files.size(archived.get(1)) - 10, 0L)) {
      Path damaged = archived.get(1);
      byte[] sound = Files.readAllBytes(damaged);
      if (at > 0) {
        Places.flip(damaged, at);
      } else {
        Files.delete(damaged);
        damaged = archived.get(2);
      }
      try (Connection connection = Kvist.open(options.with("read_only", readOnly))) {
        List<String> damages = connection.maintenance().verify().damages();
        assertEquals(1, damages.size(), damages::toString);
        String start = damaged + " is damaged at offset ";
        assertTrue(damages.getFirst().startsWith(start), damages::toString);
      }
      Files.write(archived.get(1), sound);
    }
  }

  /** Logs grow, move and go while they are read. */
  @ParameterizedTest
  @ValueSource(strings = {"64KiB", "64MiB"})
  void nothingIsCalledDamagedWhileItIsWritten(String retention) {
    ConnectionOptions options =
        Places.at(folder).with("mem_table_size", "64KiB").with("retention_bytes", retention);
    try (Connection connection = Kvist.open(options)) {
      var over = new AtomicBoolean();
      var writers = new ArrayList<Future<?>>();
      for (int i = 0; i < 2; i++) {
        byte[] key = utf8("k" + i);
        writers.add(
            Waiting.start(
                Thread.ofPlatform(),
                () -> {
                  for (int length = 1; !over.get(); length = (length + 37) % 50_000) {
                    connection.store("b").writer().put(key, new byte[length]);
                  }
                }));
      }
      try {
        for (int i = 0; i < 100; i++) {
          assertEquals(List.of(), connection.maintenance().verify().damages());
        }
      } finally {
        over.set(true);
        Waiting.all(Duration.ofSeconds(60), writers);
      }
    }
  }

  /** RocksDB's own call for many keys says of what it cannot read that it is not there. */
  @ParameterizedTest
  @ValueSource(strings = {".sst", ".blob"})
  void manyKeysAtOnceAreNotTakenForAbsent(String suffix) throws IOException {
    ConnectionOptions options =
        Places.at(folder).with("value_threshold", suffix.equals(".blob") ? "50" : "1MiB");
    compacted(options);
    var keys = new ArrayList<byte[]>();
    for (int i = 0; i < ENTRIES; i++) {
      keys.add(utf8("k" + i));
    }
    try (Connection connection = Kvist.open(options)) {
      assertFalse(connection.store("b").reader().getAll(keys).contains(null));
    }
    for (Path file : Places.files(folder, suffix)) {
      if (Files.size(file) > 10_000) {
        Places.flip(file, Files.size(file) / 3);
      }
    }
    try (Connection connection = Kvist.open(options)) {
      KvReader reader = connection.store("b").reader();
      assertThrows(KvException.Corrupted.class, () -> reader.getAll(keys));
    }
  }

  /** More than the native part of RocksDB takes in one call. */
  @Test
  void veryManyKeysAtOnce() {
    Places.fill(Places.at(folder), 3);
    try (Connection connection = Kvist.open(Places.at(folder))) {
      var keys = new ArrayList<byte[]>();
      for (int i = 0; i < 70_000; i++) {
        keys.add(utf8("k" + i));
      }
      var values = connection.store("b").reader().getAll(keys);
      assertEquals(keys.size(), values.size());
      assertEquals(3, values.stream().filter(value -> value != null).count());
    }
  }

  /** Of tables and of large values, of one bucket and of several. */
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void everyDamagedFileIsNamedOnce(String single) throws IOException {
    ConnectionOptions options =
        Places.at(folder)
            .with("single_bucket_mode", single)
            .with("value_threshold", "500")
            .with("num_level0_tables", "30");
    for (int round = 0; round < 4; round++) {
      try (Connection connection = Kvist.open(options)) {
        for (String bucket : List.of("a", "b")) {
          var writer = connection.store(bucket).writer();
          for (int i = 0; i < 200; i++) {
            writer.put(utf8(round + "/" + i), Places.value(i));
            writer.put(utf8(round + "/large" + i), utf8("large".repeat(200) + i));
          }
        }
      }
      // An open makes tables of what is in the log.
      Kvist.open(options).close();
    }
    var damaged = new TreeSet<String>();
    for (Path file : files()) {
      boolean isTable = file.toString().endsWith(".sst");
      if (Files.size(file) > 10_000) {
        Places.flip(file, isTable ? 300 : Files.size(file) / 3);
        if (!isTable) {
          Places.flip(file, Files.size(file) / 2);
        }
        damaged.add(String.valueOf(file.getFileName()));
      }
    }
    assertTrue(damaged.stream().filter(name -> name.endsWith(".sst")).count() > 2, "tables");
    assertTrue(damaged.stream().filter(name -> name.endsWith(".blob")).count() > 2, "blobs");
    Map<String, String> before = Places.content(folder);
    for (String readOnly : List.of("true", "false")) {
      try (Connection connection = Kvist.open(options.with("read_only", readOnly))) {
        List<String> damages = connection.maintenance().verify().damages();
        assertEquals(damaged.size(), damages.size(), damages::toString);
        for (String name : damaged) {
          assertEquals(
              1, damages.stream().filter(line -> line.contains(name)).count(), damages::toString);
        }
      }
      if (readOnly.equals("true")) {
        assertEquals(before, Places.content(folder));
      }
    }
  }

  private List<Path> files() throws IOException {
    var files = new ArrayList<>(Places.files(folder, ".sst"));
    files.addAll(Places.files(folder, ".blob"));
    return files;
  }

  /** What RocksDB itself does not say of a file. */
  @Test
  void aBlobThatIsCutIsFoundBesideOneThatIsMissing() throws IOException {
    ConnectionOptions blobs = Places.at(folder).with("value_threshold", "50");
    for (int round = 0; round < 2; round++) {
      Places.fill(blobs, ENTRIES);
      Kvist.open(blobs).close();
    }
    List<Path> files = Places.files(folder, ".blob");
    assertTrue(files.size() > 1, files::toString);
    Path cut = files.getFirst();
    byte[] bytes = Files.readAllBytes(cut);
    Files.write(cut, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    Path missing = files.getLast();
    try (Connection connection = Kvist.open(blobs)) {
      Files.delete(missing);
      String damages = connection.maintenance().verify().damages().toString();
      assertTrue(damages.contains(cut + " is damaged at offset "), damages);
      assertTrue(damages.contains(", and all from byte " + bytes.length / 2 + " on"), damages);
      assertTrue(damages.contains(missing + " is damaged at offset 0: the file is mis"), damages);
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

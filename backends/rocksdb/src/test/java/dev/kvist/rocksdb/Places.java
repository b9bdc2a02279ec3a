package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.Kvist;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** Stores of tests, and what their directories hold. */
final class Places {
  private Places() {}

  static ConnectionOptions at(Path directory) {
    return ConnectionOptions.of("rocksdb", directory.toString())
        .with("mem_table_size", "1MiB")
        .with("memory_budget", "16MiB");
  }

  /** Opens a store whose parts a test gets at. */
  static Store open(ConnectionOptions options) {
    return open(options, KvObserver.NONE, System::currentTimeMillis);
  }

  static Store open(ConnectionOptions options, KvObserver observer, LongSupplier wallClock) {
    Path directory = Path.of(options.location());
    Settings settings = Settings.read(new RocksBackend(), options);
    DataDirectory owned = DataDirectory.own(directory, settings.singleBucketMode());
    return Store.open(directory, owned, settings, observer, wallClock);
  }

  /** Opens a store, puts so many entries of 100 bytes and more, and closes it. */
  static void fill(ConnectionOptions options, int entries) {
    try (Connection connection = Kvist.open(options)) {
      var writer = connection.store("b").writer();
      for (int i = 0; i < entries; i++) {
        writer.put(utf8("k" + i), value(i));
      }
    }
  }

  static byte[] value(int i) {
    return utf8("value " + i + " " + "x".repeat(100));
  }

  /** All files with their content, to see that nothing was touched. */
  static Map<String, String> content(Path directory) throws IOException {
    var content = new TreeMap<String, String>();
    try (var paths = Files.walk(directory)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        content.put(
            directory.relativize(path).toString(),
            Files.readString(path, StandardCharsets.ISO_8859_1));
      }
    }
    return content;
  }

  /** An open says which file is damaged, and touches nothing: a repair needs all that is there. */
  static void mustBeDamaged(ConnectionOptions options, Path file) throws IOException {
    Path directory = Path.of(options.location());
    Map<String, String> before = content(directory);
    before.remove("owner");
    var failed = assertThrows(KvException.Corrupted.class, () -> Kvist.open(options).close());
    assertEquals(file.toString(), failed.file());
    Map<String, String> after = content(directory);
    after.remove("owner");
    assertEquals(before.keySet(), after.keySet());
    assertEquals(before, after);
  }

  /** The files whose names end so, in order. */
  static java.util.List<Path> files(Path directory, String suffix) throws IOException {
    try (var paths = Files.list(directory)) {
      return paths.filter(path -> path.toString().endsWith(suffix)).sorted().toList();
    }
  }

  /**
   * How many files of a directory this process has open, deleted ones too, by the end of its name.
   */
  static long open(Path directory, String suffix) throws IOException {
    long count = 0;
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        try {
          Path file = Files.readSymbolicLink(descriptor);
          count += file.startsWith(directory) && file.toString().contains(suffix) ? 1 : 0;
        } catch (NoSuchFileException e) {
          // The one that the list was read by.
        }
      }
    }
    return count;
  }

  static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  static void flip(Path file, long at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) at] ^= 1;
    Files.write(file, bytes);
  }
}

package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.LogRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A closed store whose files a test damages, and what every repair must leave of it. */
class RepairFixture {
  static final int KEYS = 400;

  @TempDir Path directory;
  final SimpleBackend backend = new SimpleBackend();
  WatchCursor end = WatchCursor.of(0, 0);

  /**
   * Every key twice, the first time so long ago that compaction has moved it; then some deleted.
   */
  @BeforeEach
  void fill() {
    try (Connection connection = Kvist.open(options())) {
      var writer = connection.store("demo").writer();
      for (int i = 0; i < KEYS; i++) {
        writer.put(Kvist.utf8("old" + i), Kvist.utf8("first " + i));
      }
      for (int round = 1; round <= 2; round++) {
        for (int i = 0; i < KEYS; i++) {
          writer.put(Kvist.utf8("key" + i), Kvist.utf8("round " + round + " of " + i));
        }
      }
      writer.delete(Kvist.utf8("key7"));
    }
    try (Connection connection = Kvist.open(options().with("retention_bytes", "20KiB"))) {
      connection.maintenance().compact();
    }
    try (Connection connection = Kvist.open(options())) {
      var writer = connection.store("demo").writer();
      for (int i = 0; i < KEYS; i++) {
        writer.put(Kvist.utf8("key" + i), Kvist.utf8("round 3 of " + i));
      }
      writer.delete(Kvist.utf8("key8"));
      try (var watch =
          connection.store("demo").watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
        while (watch.cursor() == null) {
          watch.next();
        }
        end = Objects.requireNonNull(watch.cursor());
      }
    }
  }

  ConnectionOptions options() {
    return ConnectionOptions.of("simple", directory.toString())
        // So that nothing moves but when the test says so.
        .with("retention_bytes", "1GiB")
        .with("segment_size", "16KiB");
  }

  List<LogRecord> log() {
    var records = new ArrayList<LogRecord>();
    backend.readLog(options(), records::add);
    return records;
  }

  /** The newest record of a key. */
  LogRecord record(String key) {
    return log().stream()
        .filter(record -> record.key().equals(key))
        .reduce((_, later) -> later)
        .orElseThrow();
  }

  void overwrite(String file, long offset, int... bytes) throws IOException {
    try (var access = new RandomAccessFile(directory.resolve(file).toFile(), "rw")) {
      access.seek(offset);
      for (int b : bytes) {
        access.write(b);
      }
    }
  }

  void flip(String file, long offset) throws IOException {
    try (var access = new RandomAccessFile(directory.resolve(file).toFile(), "rw")) {
      access.seek(offset);
      int before = access.read();
      access.seek(offset);
      access.write(before ^ 0x10);
    }
  }

  /** Repairs, and finds everything else as it was. */
  Repair repaired(List<String> suspects) {
    Repair repair = backend.repair(options());
    assertEquals(suspects, repair.suspects(), repair::toString);
    assertEquals(0, repair.unnamed(), repair::toString);
    try (Connection connection = Kvist.open(options())) {
      assertEquals(List.of(), connection.maintenance().verify().damages());
      for (int i = 0; i < KEYS; i++) {
        if (!suspects.contains("demo/key" + i)) {
          assertEquals(i == 8 ? null : "round 3 of " + i, get(connection, "key" + i));
        }
        if (!suspects.contains("demo/old" + i)) {
          assertEquals("first " + i, get(connection, "old" + i));
        }
      }
      connection.store("demo").writer().put(Kvist.utf8("new"), Kvist.utf8("after"));
    }
    try (Connection connection = Kvist.open(options())) {
      assertEquals("after", get(connection, "new"));
    }
    return repair;
  }

  static @Nullable String get(Connection connection, String key) {
    byte[] value = connection.store("demo").reader().get(Kvist.utf8(key));
    return value == null ? null : Kvist.utf8(value);
  }

  void saysDamaged(String place, Repair repair) {
    assertTrue(
        repair.damages().stream().anyMatch(line -> line.startsWith(place)), repair::toString);
    assertTrue(Files.isRegularFile(Path.of(repair.keptCopy()).resolve("report")));
    assertTrue(Path.of(repair.keptCopy()).startsWith(directory), repair::toString);
    assertFalse(Files.exists(directory.resolve("repaired")));
  }
}

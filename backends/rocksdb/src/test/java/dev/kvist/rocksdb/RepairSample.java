package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A closed store with small and large values, deadlines and deletions, in tables and in the log, of
 * which it is known what must be in it; then what a repair made of it.
 */
final class RepairSample {
  static final int KEYS = 600;
  private static final String BIG = "x".repeat(3_000);

  final Path directory;
  final ConnectionOptions options;

  /** By bucket and key; null for a marker. */
  private final Map<String, @Nullable String> values = new TreeMap<>();

  private final Map<String, Version> versions = new TreeMap<>();
  private final Set<String> deadlines = new HashSet<>();

  /** Files of the first round, before compaction. */
  private final Map<Path, byte[]> older = new TreeMap<>();

  private WatchCursor end = WatchCursor.of(0, 0);

  private RepairSample(Path directory, ConnectionOptions options) {
    this.directory = directory;
    this.options = options;
  }

  /**
   * Makes one.
   *
   * @param single whether buckets share a keyspace
   * @param logged how much of the log is kept
   */
  static RepairSample make(Path directory, boolean single, String logged) throws IOException {
    return make(directory, single, logged, "none");
  }

  /** One whose log has nothing of what the tables have. */
  static RepairSample inTables(Path directory, boolean single) throws IOException {
    RepairSample sample = make(directory, single, "0");
    // Retention may not have come to it.
    Trees.delete(directory.resolve(Retention.ARCHIVE));
    return sample;
  }

  /** One whose log has all there ever was. */
  static RepairSample inLog(Path directory, boolean single) throws IOException {
    return make(directory, single, "1GiB");
  }

  static RepairSample make(Path directory, boolean single, String logged, String compression)
      throws IOException {
    var sample =
        new RepairSample(
            directory,
            Places.at(directory)
                .with("single_bucket_mode", Boolean.toString(single))
                .with("value_threshold", "1000")
                .with("compression", compression)
                .with("value_log_gc_enabled", "false")
                .with("marker_retention", "1h")
                .with("retention_bytes", logged));
    sample.fill();
    return sample;
  }

  /** Twice into tables, of which the second has deletions of the first; then into the log. */
  private void fill() throws IOException {
    for (int round = 1; round <= 3; round++) {
      try (Connection connection = Kvist.open(options)) {
        for (String bucket : List.of("a", "b")) {
          fill(connection.store(bucket), round);
        }
        if (round == 3) {
          note(connection);
        }
      }
      if (round < 3) {
        // An open makes tables of what is in the log.
        try (Connection connection = Kvist.open(options)) {
          if (round == 1) {
            remember();
          }
          connection.maintenance().compact();
        }
      }
    }
  }

  private void remember() throws IOException {
    for (String suffix : List.of(".sst", ".blob")) {
      for (Path file : Places.files(directory, suffix)) {
        older.put(file, Files.readAllBytes(file));
      }
    }
  }

  /**
   * Puts files back that are not in use any more, tables with higher numbers than all others, as
   * RocksDB may take the higher for the newer; returns how many.
   */
  int bringBack() throws IOException {
    int count = 0;
    for (Map.Entry<Path, byte[]> file : older.entrySet()) {
      if (Files.notExists(file.getKey())) {
        String name = String.valueOf(file.getKey().getFileName());
        boolean isTable = name.endsWith(".sst");
        Files.write(directory.resolve(isTable ? "9" + name.substring(1) : name), file.getValue());
        count++;
      }
    }
    return count;
  }

  private void fill(KvStore store, int round) {
    var writer = store.writer();
    for (int i = 0; i < KEYS; i++) {
      String key = key(i);
      String value = "round " + round + " of " + i;
      if (round == 1) {
        writer.put(utf8(key), utf8(value));
        if (i % 20 == 0) {
          writer.put(utf8("big" + i), utf8(value + BIG + "a".repeat(i)));
        }
      } else if (round == 2 && i % 10 == 3) {
        writer.delete(utf8(key));
      } else if (round == 2 && i % 10 == 4) {
        var hour = PutOptions.DEFAULT.withTtl(Duration.ofHours(1));
        writer.put(utf8(key), utf8(value), hour);
      } else if (round == 3 && i % 100 == 5) {
        writer.put(utf8(key), utf8(value));
      } else if (round == 3 && i % 100 == 6) {
        writer.delete(utf8(key));
      }
    }
  }

  static String key(int i) {
    return "key%04d".formatted(i);
  }

  private void note(Connection connection) {
    for (String bucket : List.of("a", "b")) {
      for (String key : keys()) {
        @Nullable KvEntry entry = connection.store(bucket).reader().entry(utf8(key));
        if (entry != null) {
          String name = bucket + "/" + key;
          values.put(name, entry.kind() == KvEntry.Kind.VALUE ? utf8(entry.value()) : null);
          versions.put(name, entry.version());
          if (entry.expiresMillis() != KvEntry.NEVER) {
            deadlines.add(name);
          }
        }
      }
    }
    try (var watch =
        connection.store("a").watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
      while (watch.cursor() == null) {
        watch.next();
      }
      end = Objects.requireNonNull(watch.cursor());
    }
  }

  private static List<String> keys() {
    var keys = new ArrayList<String>();
    for (int i = 0; i < KEYS; i++) {
      keys.add(key(i));
      if (i % 20 == 0) {
        keys.add("big" + i);
      }
    }
    return keys;
  }

  /** The same store at another place. */
  RepairSample at(Path place) {
    ConnectionOptions there = ConnectionOptions.of("rocksdb", place.toString());
    for (Map.Entry<String, String> each : options.settings().entrySet()) {
      there = there.with(each.getKey(), each.getValue());
    }
    var moved = new RepairSample(place, there);
    moved.values.putAll(values);
    moved.versions.putAll(versions);
    moved.deadlines.addAll(deadlines);
    moved.end = end;
    return moved;
  }

  String uri() {
    return options.toString();
  }

  // --- damage -----------------------------------------------------------------------------------

  /** The largest file of a kind. */
  Path largest(String suffix) throws IOException {
    List<Path> files = Places.files(directory, suffix);
    Path largest = files.getFirst();
    for (Path file : files) {
      largest = Files.size(file) > Files.size(largest) ? file : largest;
    }
    return largest;
  }

  /** Turns a bit of the first place in a file where a text is. */
  static void flipAt(Path file, String text) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    byte[] wanted = utf8(text);
    for (int i = 0; i + wanted.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        Places.flip(file, i + 1);
        return;
      }
    }
    throw new AssertionError(text + " is not in " + file);
  }

  void mustNotOpen() {
    assertThrows(KvException.class, () -> Kvist.open(options).close());
  }

  // --- repair -----------------------------------------------------------------------------------

  Repair repair() {
    return new RocksBackend().repair(options);
  }

  /** Repairs a store that does not open, and says where it was damaged. */
  Repair repaired(String place) {
    mustNotOpen();
    Repair repair = repair();
    says(repair, place);
    return repair;
  }

  /** Repairs a store that was damaged somewhere, and checks that all is there. */
  void losesNothing(String place) throws IOException {
    Repair repair = repair();
    says(repair, place);
    assertEquals(List.of(), repair.suspects());
    assertEquals(Set.of(), check(repair));
    checkSound();
  }

  /** What a repaired store must be whatever was damaged; returns what it lost, by its name. */
  Set<String> check(Repair repair) throws IOException {
    Set<String> lost = new HashSet<>();
    Set<String> suspects = Set.copyOf(repair.suspects());
    try (Connection connection = Kvist.open(options)) {
      assertFalse(Files.exists(directory.resolve("repaired")));
      assertEquals(List.of(), connection.maintenance().verify().damages());
      values.forEach((name, value) -> {
        String key = name.substring(2);
        @Nullable KvEntry entry = connection.store(name.substring(0, 1)).reader().entry(utf8(key));
        if (entry != null && entry.version().equals(versions.get(name))) {
          boolean isValue = entry.kind() == KvEntry.Kind.VALUE;
          assertEquals(value, isValue ? utf8(entry.value()) : null, name);
          assertEquals(deadlines.contains(name), entry.expiresMillis() != KvEntry.NEVER, name);
        } else {
          lost.add(name);
          // An older one must be in the list; one that is gone may be, if its key is known.
          assertTrue(entry == null || suspects.contains(name), () -> name + " is not listed");
        }
      });
      checkNew(connection);
    }
    return lost;
  }

  private void checkNew(Connection connection) {
    KvStore store = connection.store("a");
    assertThrows(
        KvException.CursorExpired.class,
        () -> store.watcher().watch(WatchScope.all(), WatchOptions.from(end)).close());
    Version version = store.writer().put(utf8("new"), utf8("after"));
    for (Version old : versions.values()) {
      assertTrue(version.high() > old.high() && version.low() > old.low(), "versions went back");
    }
    try (var watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
      while (watch.cursor() == null) {
        watch.next();
      }
      store.writer().put(utf8("new"), utf8("again"));
      assertEquals("new", utf8(((dev.kvist.KvUpdate.Put) watch.next()).key()));
    }
    assertEquals("again", utf8(Objects.requireNonNull(store.reader().get(utf8("new")))));
  }

  /** A second repair finds nothing to do. */
  void checkSound() throws IOException {
    Map<String, String> before = Places.content(directory);
    Repair again = repair();
    assertEquals(List.of(), again.damages());
    assertEquals(List.of(), again.suspects());
    assertEquals("", again.keptCopy());
    assertEquals(0, again.bytesDropped());
    before.remove("owner");
    Map<String, String> after = Places.content(directory);
    after.remove("owner");
    assertEquals(before.keySet(), after.keySet());
    assertEquals(before, after, "a sound store is not touched");
  }

  /** Damages were told, and the files kept. */
  static void says(Repair repair, String place) {
    assertTrue(
        repair.damages().stream().anyMatch(line -> line.startsWith(place)), repair::toString);
    assertTrue(Files.isRegularFile(Path.of(repair.keptCopy()).resolve("report")));
  }
}

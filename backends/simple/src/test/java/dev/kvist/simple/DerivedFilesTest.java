package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.tck.Captured;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Derived files that are intact, and not those of the log beside them. */
final class DerivedFilesTest {
  private static final List<String> KEYS = List.of("k1", "k2", "k3", "k4", "k5", "k6");

  @TempDir Path temporary;
  private Path ours = Path.of("");
  private Path other = Path.of("");

  @BeforeEach
  void twoStores() {
    ours = temporary.resolve("ours");
    other = temporary.resolve("other");
    put(ours, "v", KEYS);
    put(other, "w", List.of("k1", "k2", "k9"));
  }

  private static void put(Path store, String value, List<String> keys) {
    try (Connection connection = Kvist.open("simple:" + store)) {
      for (String key : keys) {
        connection.store("b").writer().put(utf8(key), utf8(value + key));
      }
      // So that the files of ordered keys cover all that was written.
      assertTrue(listed(connection).containsAll(keys));
    }
  }

  /** Copies the derived files of a kind, in the place of those that are there. */
  private static void copy(Path from, Path to, String prefix) throws IOException {
    for (Path there : derived(to, prefix)) {
      Files.delete(there);
    }
    for (Path file : derived(from, prefix)) {
      Path target = to.resolve("last_state").resolve(file.getFileName());
      Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static List<Path> derived(Path store, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(store.resolve("last_state"))) {
      return files.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
    }
  }

  private static void copyAll(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  /** Every way to read says that just these keys are there. */
  private static void assertHolds(Connection connection, List<String> keys) {
    for (String key : keys) {
      byte[] value = connection.store("b").reader().get(utf8(key));
      assertEquals("v" + key, value == null ? "nothing" : utf8(value));
    }
    assertEquals(keys, listed(connection));
    assertEquals(List.of(), connection.maintenance().verify().damages());
  }

  private static List<String> listed(Connection connection) {
    var listed = new ArrayList<String>();
    connection.store("b").reader().keys(KeyRange.all()).forEach(key -> listed.add(utf8(key)));
    return listed;
  }

  private void assertRebuilt(List<String> lines) {
    try (var log = Captured.of("dev.kvist.simple")) {
      try (Connection connection = Kvist.open("simple:" + ours)) {
        assertHolds(connection, KEYS);
      }
      for (String line : lines) {
        assertTrue(log.has(Level.INFO, ".*" + line + ".*"), () -> line + " in " + log);
      }
    }
    try (Connection connection = Kvist.open("simple:" + ours)) {
      assertHolds(connection, KEYS);
    }
  }

  @Test
  void theIndexOfAnotherStoreIsBuiltAnew() throws IOException {
    copy(other, ours, "index-");
    assertRebuilt(List.of("the index is built anew from the log: it belongs to another store"));
  }

  @Test
  void theOrderedKeysOfAnotherStoreAreNotUsed() throws IOException {
    copy(other, ours, "keys-");
    assertRebuilt(List.of("keys-1 is not used.*: it belongs to another store"));
  }

  @Test
  void bothOfAnotherStoreAreBuiltAnew() throws IOException {
    copy(other, ours, "index-");
    copy(other, ours, "keys-");
    assertRebuilt(List.of("the index is built anew", "keys-1 is not used"));
  }

  @Test
  void thoseOfAnEarlierGenerationAreBuiltAnew() throws IOException {
    for (String prefix : List.of("index-", "keys-")) {
      for (Path file : derived(ours, prefix)) {
        try (var access = new RandomAccessFile(file.toFile(), "rw")) {
          access.seek(8);
          access.write(1);
        }
      }
    }
    assertRebuilt(
        List.of(
            "the index is built anew from the log: its format generation is 1, this program knows 2",
            "keys-1 is not used.*: its format generation is 1, this program knows 2"));
  }

  /** A copy that somebody put back: harmless, or told. */
  @ParameterizedTest
  @ValueSource(strings = {"index-", "keys-", ""})
  void anOldCopyOfItsOwnIsNeverBelievedSilently(String prefix) throws IOException {
    Path before = temporary.resolve("before");
    copyAll(ours, before);
    put(ours, "v", List.of("k7", "k8"));
    copy(before, ours, prefix.isEmpty() ? "index-" : prefix);
    copy(before, ours, prefix.isEmpty() ? "keys-" : prefix);
    try (Connection connection = Kvist.open("simple:" + ours)) {
      assertHolds(connection, List.of("k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"));
    }
  }

  /** The same where compaction has moved what the copy points at. */
  @Test
  void anOldIndexOfACompactedStoreIsRefusedOrHarmless() throws IOException {
    Path before = temporary.resolve("before");
    String uri = "simple:" + ours + "?segment_size=16KiB&retention_bytes=0";
    copyAll(ours, before);
    try (Connection connection = Kvist.open(uri)) {
      for (int i = 0; i < 200; i++) {
        connection.store("b").writer().put(utf8("k1"), new byte[1_000]);
      }
      connection.store("b").writer().put(utf8("k1"), utf8("vk1"));
      connection.maintenance().compact();
    }
    copy(before, ours, "index-");
    try (Connection connection = Kvist.open(uri)) {
      assertHolds(connection, KEYS);
    } catch (KvException.Corrupted e) {
      assertTrue(e.toString().contains("missing"), e::toString);
    }
  }

  /** Two copies of one store that went on apart have one id. */
  @Test
  void verifyComparesTheOrderedKeysWithTheIndex() throws IOException {
    Path copy = temporary.resolve("copy");
    copyAll(ours, copy);
    put(ours, "v", List.of("k7", "k8"));
    put(copy, "v", List.of("x7", "x8"));
    copy(copy, ours, "keys-");
    try (Connection connection = Kvist.open("simple:" + ours)) {
      assertEquals(KEYS, listed(connection), "which is what verify has to find");
      List<String> damages = connection.maintenance().verify().damages();
      assertEquals(1, damages.size(), damages::toString);
      assertTrue(
          damages.getFirst().contains("the ordered index misses 2 keys, one of which is k"),
          damages::toString);
    }
    new SimpleBackend().repair(dev.kvist.ConnectionOptions.of("simple", ours.toString()));
    try (Connection connection = Kvist.open("simple:" + ours)) {
      assertHolds(connection, List.of("k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"));
    }
  }
}

package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvWriter;
import dev.kvist.Kvist;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done with directories that are not as they should be. */
final class DirectoryTest {
  @TempDir private Path folder;

  /** Those of Badger, of another RocksDB, and anything else. */
  @ParameterizedTest
  @ValueSource(
      strings = {"MANIFEST", "000001.vlog", "KEYREGISTRY", "000007.sst", "CURRENT", "notes.txt"})
  void filesOfOthersAreRefusedAndNotTouched(String name) throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    Files.writeString(data.resolve(name), "of somebody else");
    Map<String, String> before = Places.content(data);
    var refused =
        assertThrows(KvException.Unsupported.class, () -> Kvist.open(Places.at(data)).close());
    assertTrue(String.valueOf(refused.getMessage()).contains(name), refused::getMessage);
    assertEquals(before, Places.content(data));
  }

  @Test
  void aSecondOwnerIsToldWhoOwnsIt() {
    try (Connection first = Kvist.open(Places.at(folder))) {
      first.store("b").writer().put(utf8("k"), utf8("v"));
      var refused =
          assertThrows(KvException.AlreadyOwned.class, () -> Kvist.open(Places.at(folder)).close());
      assertEquals(ProcessHandle.current().pid(), refused.pid());
    }
  }

  /** RocksDB makes and deletes files by their names, of whomever they are. */
  @Test
  void theFilesOfAnotherOwnerInItsPlaceAreNotTouched() throws IOException {
    Path data = folder.resolve("data");
    Path others = folder.resolve("others");
    Path moved = folder.resolve("moved");
    Places.fill(Places.at(others), 10);
    Places.fill(Places.at(others), 20);
    Connection first = Kvist.open(Places.at(data));
    KvWriter writer = first.store("b").writer();
    writer.put(utf8("k"), utf8("v"));
    Files.move(data, moved);
    Files.move(others, data);
    Map<String, String> before = Places.content(data);
    Waiting.until(Duration.ofSeconds(20), "the next look at the owner", () -> refuses(writer));
    assertThrows(KvException.IoFailed.class, () -> first.maintenance().compact());
    var late = assertThrows(KvException.IoFailed.class, first::close);
    assertTrue(String.valueOf(late.getMessage()).contains("owner"), late::getMessage);
    assertEquals(before, Places.content(data));
    var again = assertThrows(KvException.IoFailed.class, () -> Kvist.open(Places.at(data)).close());
    assertTrue(String.valueOf(again.getMessage()).contains("start this one"), again::getMessage);
    try (Connection connection = Kvist.open(Places.at(moved))) {
      assertArrayEquals(utf8("v"), connection.store("b").reader().get(utf8("k")));
    }
  }

  @Test
  void aStoreWhoseDirectoryIsDeletedStopsWritingAndIsOpenedAnew() throws IOException {
    Path data = folder.resolve("data");
    Connection first = Kvist.open(Places.at(data));
    KvWriter writer = first.store("b").writer();
    writer.put(utf8("k"), utf8("v"));
    Trees.delete(data);
    Waiting.until(Duration.ofSeconds(20), "the next look at the owner", () -> refuses(writer));
    assertEquals(-1, first.stats().getOrDefault("volume.free.bytes", 0L));
    assertThrows(KvException.IoFailed.class, first::close);
    assertTrue(Files.notExists(data));
    Places.fill(Places.at(data), 1);
  }

  private static boolean refuses(KvWriter writer) {
    try {
      writer.put(utf8("other"), utf8("v"));
      return false;
    } catch (KvException.IoFailed e) {
      assertTrue(String.valueOf(e.getMessage()).contains("owner"), e::getMessage);
      assertEquals(KvException.Effect.NONE, e.effect());
      return true;
    }
  }

  /** It may be anywhere, and what it left is no harm. */
  @Test
  void anOpenThatIsInterruptedSaysSo() {
    Thread.currentThread().interrupt();
    assertThrows(KvException.Timeout.class, () -> Kvist.open(Places.at(folder)).close());
    assertTrue(Thread.interrupted(), "the flag is kept");
    Places.fill(Places.at(folder), 10);
    Thread.currentThread().interrupt();
    assertThrows(KvException.Timeout.class, () -> Kvist.open(Places.at(folder)).close());
    assertTrue(Thread.interrupted(), "the flag is kept");
    try (Connection connection = Kvist.open(Places.at(folder))) {
      assertArrayEquals(Places.value(7), connection.store("b").reader().get(utf8("k7")));
    }
  }

  @Test
  void aSecondProcessIsToldWhichOneIsTheFirst() throws IOException {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    ConnectionOptions options = Places.at(folder.resolve("data"));
    try (var child = KillChild.start(options.toString(), 0, temporary)) {
      child.read(1, new int[1]);
      var refused = assertThrows(KvException.AlreadyOwned.class, () -> Kvist.open(options).close());
      assertTrue(
          ProcessHandle.current().children().anyMatch(one -> one.pid() == refused.pid()),
          refused::getMessage);
    }
    // Its end was none of its own choice, and nothing is in the way all the same.
    try (Connection connection = Kvist.open(options)) {
      assertTrue(connection.store("b").reader().exists(utf8("a0")));
    }
  }

  @Test
  void theOtherBucketModeIsRefusedWithTheCommandThatConverts() throws IOException {
    Places.fill(Places.at(folder), 10);
    Map<String, String> before = Places.content(folder);
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Kvist.open(Places.at(folder).with("single_bucket_mode", "false")).close());
    assertTrue(
        String.valueOf(refused.getMessage()).contains("./kvist copy --from"), refused::getMessage);
    assertEquals(before, Places.content(folder));
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    Files.writeString(folder.resolve(DataDirectory.MARK), "2 single\n");
    assertThrows(KvException.FormatTooNew.class, () -> Kvist.open(Places.at(folder)).close());
  }

  @Test
  void aStoreWithoutItsHeadIsNotBegunAnew() throws IOException {
    Places.fill(Places.at(folder), 100);
    Files.delete(folder.resolve("CURRENT"));
    Map<String, String> before = Places.content(folder);
    assertThrows(KvException.Corrupted.class, () -> Kvist.open(Places.at(folder)).close());
    assertEquals(before, Places.content(folder));
  }

  @Test
  void aFileInTheWayIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    var refused =
        assertThrows(
            KvException.IoFailed.class, () -> Kvist.open(Places.at(file.resolve("data"))).close());
    assertTrue(String.valueOf(refused.getMessage()).contains("file"), refused::getMessage);
  }

  @Test
  void aReadOnlyOpenWritesNothing() throws IOException {
    Places.fill(Places.at(folder), 100);
    Map<String, String> before = Places.content(folder);
    try (Connection connection = Kvist.open(Places.at(folder).with("read_only", "true"))) {
      assertArrayEquals(Places.value(7), connection.store("b").reader().get(utf8("k7")));
    }
    assertEquals(before, Places.content(folder));
  }

  /** A process that was killed while it made the store has left no more than this. */
  @Test
  void aStoreThatWasNotMadeToTheEndIsMadeAgain() throws IOException {
    DataDirectory.own(folder, true).close();
    Files.writeString(folder.resolve("MANIFEST-000001"), "");
    Places.fill(Places.at(folder), 10);
    try (Connection connection = Kvist.open(Places.at(folder))) {
      assertArrayEquals(Places.value(7), connection.store("b").reader().get(utf8("k7")));
    }
  }

  @Test
  void aReaderBesideTheOwnerSeesWhatIsThere() {
    ConnectionOptions synced = Places.at(folder).with("sync_writes", "true");
    try (Connection owner = Kvist.open(synced)) {
      for (int i = 0; i < 50; i++) {
        owner.store("b").writer().put(utf8("k" + i), Places.value(i));
        try (Connection reader = Kvist.open(synced.with("read_only", "true"))) {
          assertArrayEquals(Places.value(i), reader.store("b").reader().get(utf8("k" + i)));
        }
      }
    }
  }

  @Test
  void aReadOnlyOpenOfNothingIsAnEmptyStoreAndMakesNothing() throws IOException {
    Path missing = folder.resolve("missing");
    for (Path nothing : List.of(missing, folder)) {
      try (Connection connection = Kvist.open(Places.at(nothing).with("read_only", "true"))) {
        assertFalse(connection.buckets().hasNext());
        assertNull(connection.store("b").reader().get(utf8("k")));
        assertThrows(
            KvException.Unsupported.class,
            () -> connection.store("b").writer().put(utf8("k"), utf8("v")));
        assertTrue(connection.maintenance().verify().damages().isEmpty());
      }
    }
    assertTrue(Files.notExists(missing));
    assertEquals(Map.of(), Places.content(folder));
  }
}

package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.spi.OwnerLock;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Places where no store can be, or none that may be written: refused with what is in the way, and
 * nothing there is touched.
 */
final class PlacesTest {
  @TempDir Path temporary;
  private Path data = Path.of("");
  private String uri = "";

  @BeforeEach
  void place() {
    data = temporary.resolve("data/simple_kv");
    uri = "simple:" + data;
  }

  /** Every file below a folder with its content; folders with none. */
  private static Map<String, String> content(Path folder) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.toList()) {
        boolean file = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
        CRC32C checksum = new CRC32C();
        checksum.update(file ? Files.readAllBytes(path) : new byte[0]);
        content.put(folder.relativize(path).toString(), file + " " + checksum.getValue());
      }
    }
    return content;
  }

  private <T extends KvException> T refused(Class<T> as, String options, Path naming)
      throws IOException {
    Map<String, String> before = content(temporary);
    T refusal = assertThrows(as, () -> Kvist.open(uri + options));
    assertTrue(
        String.valueOf(refusal.getMessage()).contains(naming.toString()), refusal::getMessage);
    assertEquals(before, content(temporary), "nothing was touched");
    return refusal;
  }

  private void store() {
    try (Connection connection = Kvist.open(uri)) {
      connection.store("b").writer().put(utf8("k"), utf8("v"));
    }
  }

  private List<Path> segments(String folder) throws IOException {
    try (var files = Files.list(data.resolve(folder))) {
      return files.filter(path -> path.toString().endsWith(".log")).sorted().toList();
    }
  }

  // --- in the way -------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"", "data", "data/simple_kv", "data/simple_kv/wal"})
  void aFileInTheWayIsNamed(String name) throws IOException {
    Path file = temporary.resolve(name.isEmpty() ? "data/simple_kv/last_state" : name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "mine");
    for (String options : List.of("", "?read_only=true")) {
      refused(KvException.class, options, temporary.resolve("data"));
    }
    assertEquals("mine", Files.readString(file));
  }

  @Test
  void aFolderInPlaceOfASegmentIsNamed() throws IOException {
    store();
    Path segment = segments("wal").getFirst();
    Files.delete(segment);
    Files.createDirectory(segment);
    assertThrows(KvException.class, () -> Kvist.open(uri));
    assertTrue(Files.isDirectory(segment));
  }

  /** Else the space of a deleted one would never come back. */
  @Test
  void sparesThatWereLeftAreNotHeldAfterTheClose() throws IOException {
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.exists(maps));
    store();
    // As after a copy of just the data: then the directory is looked at before it is owned.
    Files.delete(data.resolve(OwnerLock.FILE_NAME));
    for (int bytes : new int[] {16 << 20, 1 << 20}) {
      Files.write(data.resolve("wal/0000%08d.log".formatted(bytes >> 18)), new byte[bytes]);
    }
    try (Connection connection = Kvist.open(uri)) {
      assertArrayEquals(utf8("v"), connection.store("b").reader().get(utf8("k")));
    }
    assertEquals(
        List.of(),
        Files.readAllLines(maps).stream().filter(line -> line.contains(data.toString())).toList());
    assertEquals(1, segments("wal").size());
  }

  /** Who takes the owner file away lets a second owner in: the first must not go on. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStoreWhoseOwnerFileIsTakenAwayStopsWriting(boolean replaced) throws IOException {
    Connection connection = Kvist.open(uri + "?flush_interval=10ms&segment_size=64KiB");
    KvStore store = connection.store("b");
    store.writer().put(utf8("k"), utf8("v"));
    Path owner = data.resolve(OwnerLock.FILE_NAME);
    Files.move(owner, data.resolveSibling("taken"));
    if (replaced) {
      Files.writeString(owner, "4711\n");
    }
    Waiting.until(Duration.ofSeconds(20), "the next look at the file", () -> refuses(store, owner));
    List<Path> before = segments("wal");
    assertArrayEquals(utf8("v"), store.reader().get(utf8("k")));
    assertThrows(KvException.IoFailed.class, () -> connection.maintenance().compact());
    var late = assertThrows(KvException.IoFailed.class, connection::close);
    String message = String.valueOf(late.getMessage());
    assertTrue(message.contains(owner.toString()), message);
    assertTrue(message.contains("may be lost"), message);
    assertEquals(before, segments("wal"), "they may be another's by now");
    try (Connection again = Kvist.open(uri)) {
      assertArrayEquals(utf8("v"), again.store("b").reader().get(utf8("k")));
    }
  }

  /** All would be acknowledged, and gone with the process. */
  @Test
  void aStoreWhoseLogIsDeletedStopsWriting() throws IOException {
    Connection connection = Kvist.open(uri + "?flush_interval=10ms&segment_size=64KiB");
    KvStore store = connection.store("b");
    store.writer().put(utf8("k"), utf8("v"));
    Path segment = segments("wal").getFirst();
    Files.delete(segment);
    Path name = data.relativize(segment);
    Waiting.until(Duration.ofSeconds(20), "the next look at the file", () -> refuses(store, name));
    assertArrayEquals(utf8("v"), store.reader().get(utf8("k")));
    assertThrows(KvException.IoFailed.class, connection::close);
    assertThrows(KvException.Corrupted.class, () -> Kvist.open(uri));
  }

  private static boolean refuses(KvStore store, Path owner) {
    try {
      store.writer().put(utf8("other"), utf8("v"));
      return false;
    } catch (KvException.IoFailed e) {
      assertTrue(String.valueOf(e.getMessage()).contains(owner.toString()), e::getMessage);
      assertEquals(KvException.Effect.NONE, e.effect());
      return true;
    }
  }

  /** Also between two syncs: there the files of the other owner would be met. */
  @Test
  void aStoreWhoseOwnerFileIsTakenAwayBeginsNoSegment() throws IOException {
    Connection connection = Kvist.open(uri + "?flush_interval=1h&segment_size=64KiB");
    KvStore store = connection.store("b");
    store.writer().put(utf8("k"), new byte[4_000]);
    Files.delete(data.resolve(OwnerLock.FILE_NAME));
    byte[] value = new byte[3_000];
    assertThrows(
        KvException.IoFailed.class,
        () -> {
          for (int i = 0; i < 100; i++) {
            store.writer().put(utf8("k" + i), value);
          }
        });
    assertThrows(KvException.IoFailed.class, connection::close);
  }

  // --- of others --------------------------------------------------------------------------------

  /**
   * The Go framework's plugin keeps snapshots in {@code last_state} and log files in {@code wal} of
   * the same directory: whatever their names, none is ours.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "last_state",
        "wal",
        "last_state/00000000000000000001",
        "last_state/state.dat",
        "last_state/000000000001.log",
        "wal/00000000000000000001",
        "wal/1.wal",
        "wal/000000000001.log",
        "wal/000000000007.log",
      })
  void whatTheGoFrameworkWroteIsRefusedAndLeftAlone(String name) throws IOException {
    Path file = data.resolve(name);
    Files.createDirectories(file.getParent());
    // A map of strings to bytes as Go's encoders begin it: lengths, type names, then the pairs.
    byte[] sample = new byte[2_000];
    byte[] begin = utf8("\r\177\4\1\2\377\200\0\1\f\1\n\0\0\32\377\200\0\1\6my_key\10my_value");
    System.arraycopy(begin, 0, sample, 0, begin.length);
    Files.write(file, sample);
    for (String options : List.of("", "?read_only=true", "?repair_on_open=true")) {
      var refusal = refused(KvException.Unsupported.class, options, data);
      assertTrue(String.valueOf(refusal.getMessage()).contains(name), refusal::getMessage);
    }
    assertArrayEquals(sample, Files.readAllBytes(file));
  }

  /** A name is no proof: what nobody owned and no header tells of may be anybody's. */
  @ParameterizedTest
  @ValueSource(
      strings = {"wal/000000000009.log", "last_state/000000000001.log", "last_state/keys-1"})
  void zerosUnderANameOfOursAreRefusedAndLeftAlone(String name) throws IOException {
    Path file = data.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[5_000]);
    var refusal = refused(KvException.Unsupported.class, "", data);
    assertTrue(String.valueOf(refusal.getMessage()).contains(name), refusal::getMessage);
    // As a store that was killed while it was made.
    Files.writeString(data.resolve(OwnerLock.FILE_NAME), "4711\n");
    store();
    try (Connection connection = Kvist.open(uri)) {
      assertArrayEquals(utf8("v"), connection.store("b").reader().get(utf8("k")));
    }
  }

  /** A file that ends within its header or its first record is refused as any other. */
  @ParameterizedTest
  @ValueSource(strings = {"wal/000000000007.log", "last_state/000000000007.log"})
  void aShortFileOfNoiseBesideAStoreIsRefused(String name) throws IOException {
    store();
    byte[] noise = new byte[120];
    new Random(7).nextBytes(noise);
    for (int length = 1; length <= noise.length; length++) {
      Files.write(data.resolve(name), Arrays.copyOf(noise, length));
      for (String options : List.of("", "?read_only=true")) {
        refused(KvException.Unsupported.class, options, Path.of(name));
      }
    }
  }

  @Test
  void aForeignFileBesideAStoreIsRefused() throws IOException {
    store();
    Path foreign = Files.writeString(data.resolve("wal/00000000000000000001"), "x");
    refused(KvException.Unsupported.class, "", Path.of("wal/00000000000000000001"));
    Files.delete(foreign);
    try (Connection connection = Kvist.open(uri)) {
      assertArrayEquals(utf8("v"), connection.store("b").reader().get(utf8("k")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"wal", "last_state"})
  void aNewerFormatIsRefused(String folder) throws IOException {
    store();
    if (folder.equals("last_state")) {
      try (Connection connection = Kvist.open(uri + "?retention_bytes=0")) {
        connection.maintenance().compact();
      }
    }
    Path newest = segments(folder).getLast();
    byte[] bytes = Files.readAllBytes(newest);
    bytes[8] = (byte) (SegmentLayout.GENERATION + 1);
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, 60);
    for (int i = 0; i < 4; i++) {
      bytes[60 + i] = (byte) (checksum.getValue() >>> (8 * i));
    }
    Files.write(newest, bytes);
    for (String options : List.of("?read_only=true", "", "?repair_on_open=true")) {
      refused(KvException.FormatTooNew.class, options, newest);
    }
  }

  // --- rights -----------------------------------------------------------------------------------

  @Test
  void aStoreThatIsOpenReadOnlyHasNoRolesThatWriteOrWatch() throws IOException {
    store();
    try (Connection connection = Kvist.open(uri + "?read_only=true")) {
      KvStore store = connection.store("b");
      assertArrayEquals(utf8("v"), store.reader().get(utf8("k")));
      for (Executable role :
          List.<Executable>of(store::writer, store::ttl, store::purger, store::watcher)) {
        assertThrows(KvException.Unsupported.class, role);
      }
    }
  }

  /** What a caller cannot work without is asked for at the open, which closes again without it. */
  @Test
  void anOpenThatLacksWhatIsRequiredClosesTheStore() {
    store();
    List<Connection> closed = new ArrayList<>();
    var observer =
        new KvObserver() {
          @Override
          public void closed(Connection connection) {
            closed.add(connection);
          }
        };
    ConnectionOptions options =
        ConnectionOptions.parse(uri + "?read_only=true").withObserver(observer);
    Kvist.open(options, Capability.SCAN).close();
    assertEquals(1, closed.size(), "what is there may be required");
    var refusal =
        assertThrows(
            KvException.Unsupported.class,
            () -> Kvist.open(options, Capability.SCAN, Capability.CAS));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains("cas") && message.contains("read-only"), message);
    assertEquals(2, closed.size(), "closed, and once");
    assertThrows(KvException.Closed.class, () -> closed.getLast().store("b"));
    Kvist.open(uri, Capability.CAS).close();
  }

  @Test
  void aDirectoryThatMustNotBeWrittenOpensReadOnly() throws IOException {
    store();
    String otherwise = openWith("r-xr-xr-x", "");
    assertTrue(otherwise.startsWith("NotPermitted " + data), otherwise);
    assertTrue(otherwise.contains("read_only=true"), otherwise);
    assertEquals("opened v", openWith("r-xr-xr-x", "?read_only=true"));
  }

  @Test
  void aDirectoryThatMustNotBeReadIsNeverEmpty() throws IOException {
    store();
    for (String options : List.of("", "?read_only=true")) {
      String outcome = openWith("-wx-wx-wx", options);
      assertTrue(outcome.startsWith("NotPermitted " + data), outcome);
    }
    Files.setPosixFilePermissions(
        data.resolve("wal"), PosixFilePermissions.fromString("---------"));
    String outcome = openWith("r-xr-xr-x", "?read_only=true");
    assertTrue(outcome.startsWith("NotPermitted " + data), outcome);
  }

  /** What a user who owns nothing makes of the directory with these rights. */
  private String openWith(String rights, String options) throws IOException {
    for (Path path : List.of(temporary, temporary.resolve("data"), data)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Path scratch = Files.createTempDirectory(temporary, "child");
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString(rights));
    try {
      String outcome = OpenChild.asNobody(scratch, uri + options);
      assumeTrue(!outcome.isEmpty(), "this user cannot start a process of another");
      return outcome;
    } finally {
      Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  // --- read-only --------------------------------------------------------------------------------

  @Test
  void aMissingDirectoryReadsAsEmptyAndIsNotMade() throws IOException {
    try (Connection connection = Kvist.open(uri + "?read_only=true")) {
      assertNull(connection.store("b").reader().get(utf8("k")));
      assertEquals(0, connection.store("b").reader().keys(KeyRange.all()).toList().size());
      assertFalse(connection.buckets().hasNext());
      assertEquals(0, connection.stats().get("entries"));
      assertEquals(List.of(), connection.maintenance().verify().damages());
    }
    assertFalse(Files.exists(data.getParent()));
  }

  /** Also one that was not closed, whose open would otherwise recover it. */
  @Test
  void aReadOnlyOpenWritesNothing() throws IOException {
    store();
    Path killed = temporary.resolve("killed");
    try (Connection connection = Kvist.open(uri)) {
      connection.store("b").writer().put(utf8("k2"), utf8("v2"));
      copy(data, killed);
    }
    for (Path place : List.of(data, killed)) {
      Map<String, String> before = content(place);
      Set<Thread> threads = Thread.getAllStackTraces().keySet();
      try (Connection connection = Kvist.open("simple:" + place + "?read_only=true")) {
        Set<Thread> begun = new HashSet<>(Thread.getAllStackTraces().keySet());
        begun.removeAll(threads);
        assertTrue(begun.stream().noneMatch(thread -> thread.getName().equals("kvist-sync")));
        assertArrayEquals(utf8("v2"), connection.store("b").reader().get(utf8("k2")));
        assertEquals(2, connection.store("b").reader().keys(KeyRange.all()).toList().size());
        assertThrows(KvException.Unsupported.class, () -> connection.store("b").writer());
      }
      assertEquals(before, content(place));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }
}

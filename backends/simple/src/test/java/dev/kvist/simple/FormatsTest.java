package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.PutOptions;
import dev.kvist.StorageType;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import dev.kvist.bucket.Lz4Pair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/formats.md} is true: {@link DocumentedLog} reads what the engine writes. */
final class FormatsTest {
  private static final String FIRST = "wal/000000000001.log";

  /** The log that {@link #writeGolden} makes, from the header of the segment to the last record. */
  private static final String GOLDEN =
      """
      4b564953544c4f4701000100001048070068e5cf8b0100000100000000000000
      010000000000000000000000000000000068e5cf8b01000000000000809558e8
      0e9e2c9c9a9a088f05000000010001ff01000000000048070068e5cf8b010010
      00000000620100000001000000000000c39dcbc56303e0e105000000030001ff
      02000000000048070068e5cf8b010010010000006b657976616c756500000000
      0564d87bb4e0440501000000050041ff03000000000048070068e5cf8b010010
      0100000000409452a303000074696d656476000000000000b70e8fdc00000000
      00000000070001ff04000000000048070068e5cf8b0100100100000064656c65
      7465640000000000d13885990000000000000000070002ff0500000000004807
      0068e5cf8b0100100100000064656c6574656400000000004e74c8304f9a9f57
      0e000000040011ff06000000000048070068e5cf8b0100100100000070616972
      140000001a6101005061616161610000f39bb37f6e2a3bc705000000010001ff
      07000000000048070068e5cf8b01001000000000630200000001000000000000
      5ba39ba8e399f59001000000010081ff08000000000048070068e5cf8b010010
      01000000783100003ebd7e54176aa58301000000010001ff0900000000004807
      0068e5cf8b01001002000000793200009ae59b0a0000000000000000070004ff
      0a000000000048070068e5cf8b0100100100000064656c657465640000000000
      2437db580000000000000000000005000b000000000048070068e5cf8b010010
      0000000000000000
      """;

  @TempDir Path temporary;

  // --- the log, read by the document alone ------------------------------------------------------

  @Test
  void aReaderOfTheDocumentSeesWhatTheApiSays() throws IOException {
    Path data = temporary.resolve("data");
    try (Connection connection = open(data, System::currentTimeMillis)) {
      writeEverything(connection);
      // Not closed: what a kill leaves is read as well.
      assertSame(connection, DocumentedLog.read(data));
      connection.maintenance().compact();
      DocumentedLog compacted = DocumentedLog.read(data);
      assertFalse(compacted.state.isEmpty(), "compaction kept records in state segments");
      assertTrue(compacted.wal.size() > 1, "the log has several segments");
      assertSame(connection, compacted);
      assertNotNull(compacted.inventory, "compaction said which segments there must be");
      connection.maintenance().backup(temporary.resolve("copy"));
      assertSame(connection, DocumentedLog.read(temporary.resolve("copy")));
    }
    DocumentedLog closed = DocumentedLog.read(data);
    DocumentedLog.Entry last = closed.log.getLast();
    assertEquals(5, last.type, "a clean close ends the log with a mark");
    assertEquals(0, last.claim, "which claims all before it");
    try (Connection connection = open(data, System::currentTimeMillis)) {
      assertSame(connection, closed);
    }
  }

  @Test
  void theEndOfALogIsWhereTheDocumentSays() throws IOException {
    Path data = temporary.resolve("data");
    try (Connection connection = Kvist.open("simple:" + data)) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("whole"), utf8("1"));
      store.batch().apply(new WriteBatch().put(utf8("x"), utf8("2")).put(utf8("y"), utf8("3")));
      connection.maintenance().backup(temporary.resolve("copy"));
    }
    Path segment = temporary.resolve("copy").resolve(FIRST);
    byte[] bytes = Files.readAllBytes(segment);
    bytes[bytes.length - 9] ^= 1; // in the batch's last record
    Files.write(segment, bytes);

    DocumentedLog cut = DocumentedLog.read(temporary.resolve("copy"));
    assertEquals(1, cut.newest().getOrDefault(1L, Map.of()).size(), "the batch is gone as a whole");
    try (Connection connection = Kvist.open("simple:" + temporary.resolve("copy"))) {
      assertSame(connection, cut);
    }

    Path closed = data.resolve(FIRST);
    bytes = Files.readAllBytes(closed);
    bytes[64 + 36] ^= 1; // in the first record, behind which the mark of the close claims it
    Files.write(closed, bytes);
    assertThrows(AssertionError.class, () -> DocumentedLog.read(data), "this is no tail");
  }

  private static void writeEverything(Connection connection) {
    KvStore store = connection.store("things");
    for (int i = 0; i < 1_000; i++) {
      store.writer().put(utf8("key-" + i % 300), utf8("value " + i + ".".repeat(i % 90)));
    }
    store.writer().put(utf8("large"), utf8("compressible ".repeat(4_000)));
    store.writer().put(utf8("empty"), new byte[0]);
    store.writer().put(utf8("lives"), utf8("on"), PutOptions.DEFAULT.withTtl(Duration.ofDays(1)));
    store.ttl().touch(utf8("key-7"), Duration.ofHours(1));
    store.writer().delete(utf8("key-8"));
    store.purger().purge(utf8("key-9"));
    byte[] pair = Lz4Pair.encode(utf8("of the bucket view ".repeat(9)));
    store.writer().put(utf8("pair"), pair, PutOptions.DEFAULT.withCompressed());
    connection
        .batch()
        .apply(
            new WriteBatch()
                .in("things")
                .put(utf8("a"), utf8("1"))
                .delete(utf8("key-10"))
                .in("others")
                .put(utf8("a"), utf8("2")));
    connection.store("dropped").writer().put(utf8("k"), utf8("v"));
    connection.drop("dropped");
    for (int i = 0; i < 1_000; i++) {
      connection.store("others").writer().put(utf8("filler-" + i % 10), new byte[200]);
    }
  }

  private static void assertSame(Connection connection, DocumentedLog read) {
    var names = new ArrayList<String>();
    connection.buckets().forEachRemaining(names::add);
    assertEquals(List.copyOf(read.buckets().keySet()), names);
    Map<Long, Map<String, DocumentedLog.Entry>> newest = read.newest();
    read.buckets()
        .forEach((name, id) -> {
          KvStore store = connection.store(name);
          Map<String, DocumentedLog.Entry> live = new TreeMap<>(newest.getOrDefault(id, Map.of()));
          live.values().removeIf(entry -> entry.type != 1);
          for (KvEntry said : store.reader().scan(KeyRange.all())) {
            DocumentedLog.Entry entry = live.remove(new String(said.key(), StandardCharsets.UTF_8));
            assertSame(said, Objects.requireNonNull(entry, said::toString));
          }
          assertEquals(Map.of(), live, "no key of " + name + " is left over");
        });
  }

  private static void assertSame(KvEntry said, DocumentedLog.Entry read) {
    assertArrayEquals(said.value(), read.value(), said::toString);
    assertEquals(said.version(), Version.of(read.epoch, read.counter));
    assertEquals(said.createdMillis(), read.writtenAt);
    assertEquals(said.expiresMillis(), read.deadline);
    assertEquals(said.compressed(), read.isPair());
  }

  // --- the ordered keys -------------------------------------------------------------------------

  @Test
  void aReaderOfTheDocumentFindsAllKeysInOrder() throws IOException {
    Path data = temporary.resolve("data");
    List<String> expected = new ArrayList<>();
    try (Connection connection = Kvist.open("simple:" + data)) {
      KvStore store = connection.store("b");
      for (int i = 0; i < 1_000; i++) {
        store.writer().put(utf8("prefix-" + i), utf8("v"));
        expected.add("prefix-" + i);
      }
    }
    expected.sort(null);
    Map<Integer, List<String>> found = new TreeMap<>();
    for (Path run : files(data, "keys-")) {
      DocumentedRun read = new DocumentedRun(Files.readAllBytes(run));
      assertEquals(DocumentedLog.read(data).wal.getFirst().storeId, read.storeId());
      read.addTo(found);
    }
    assertEquals(Map.of(0, List.of("b"), 1, expected), found);
  }

  private static List<Path> files(Path data, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("last_state"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .sorted()
          .toList();
    }
  }

  // --- the hash index ---------------------------------------------------------------------------

  @Test
  void aReaderOfTheDocumentFindsEachRecordInTheIndex() throws IOException {
    Path data = temporary.resolve("data");
    try (Connection connection = Kvist.open("simple:" + data)) {
      for (int i = 0; i < 20_000; i++) {
        connection.store("b").writer().put(utf8("key " + i), utf8("v"));
      }
    }
    DocumentedLog log = DocumentedLog.read(data);
    var index = new DocumentedIndex(files(data, "index-"));
    index.checkCleanlyClosed();
    assertEquals(log.wal.getFirst().storeId, index.storeId());
    assertEquals(20_001, index.entries(), "keys, and the bucket's name");
    assertEquals(20_001, index.field(index.place() == 0 ? 1 : 10));
    assertEquals(2, index.field(4), "the next bucket's id");
    DocumentedLog.Entry last = log.log.getLast();
    long segment = log.wal.getLast().id;
    assertEquals(segment << 28 | last.following / 8, index.field(0) >> 1, "the applied mark");
    for (DocumentedLog.SegmentFile each : log.wal) {
      assertTrue(each.id < 1 << 14, "so that ids are slots");
    }
    log.newest()
        .forEach((bucket, entries) ->
            entries.forEach((_, entry) ->
                assertTrue(index.holds(bucket.intValue(), entry.key, log.positionOf(entry)))));
    assertFalse(index.holds(1, utf8("absent"), 0));
  }

  // --- golden bytes -----------------------------------------------------------------------------

  @Test
  void theBytesOfALogStayAsTheyAre() throws IOException {
    Path data = temporary.resolve("data");
    writeGolden(data);
    byte[] bytes = Files.readAllBytes(data.resolve(FIRST));
    int end = DocumentedLog.read(data).log.getLast().following;
    assertEquals(GOLDEN, lines(Arrays.copyOf(bytes, end)));
    assertArrayEquals(new byte[bytes.length - end], Arrays.copyOfRange(bytes, end, bytes.length));
  }

  @Test
  void aLogOfAnEarlierBuildOpens() throws IOException {
    Path data = temporary.resolve("data");
    Files.createDirectories(data.resolve("wal"));
    Files.write(data.resolve(FIRST), HexFormat.of().parseHex(GOLDEN.replaceAll("\\s", "")));
    assertEquals(11, DocumentedLog.read(data).log.size());
    try (Connection connection = Kvist.open("simple:" + data)) {
      KvStore store = connection.store("b");
      assertArrayEquals(utf8("value"), store.reader().get(utf8("key")));
      KvEntry timed = store.reader().entry(utf8("timed"));
      assertEquals(Instant.parse("2096-10-02T07:06:40Z"), timed == null ? null : timed.expires());
      assertArrayEquals(utf8("1"), store.reader().get(utf8("x")));
      assertArrayEquals(utf8("2"), connection.store("c").reader().get(utf8("y")));
      assertNull(store.reader().get(utf8("deleted")));
      KvEntry pair = store.reader().entry(utf8("pair"));
      assertTrue(pair != null && pair.compressed());
      assertArrayEquals(utf8("aaaaaaaaaaaaaaaaaaaa"), Lz4Pair.decode(pair.value(), 20));
    }
  }

  /** A store without threads of its own, so that files change just when the test makes them. */
  private static Connection open(Path data, LongSupplier clock) throws IOException {
    ConnectionOptions options =
        ConnectionOptions.of("simple", data.toString())
            .with("segment_size", "16KiB")
            .with("retention_bytes", "32KiB");
    Settings settings = Settings.read(new SimpleBackend(), options);
    DiskDirectory directory = DiskDirectory.open(data, false);
    Store store = Store.open(directory, settings, KvObserver.NONE, clock, true);
    return new SimpleConnection(store, StorageType.FILE);
  }

  /** A store whose clock stands still, and whose random numbers come from it. */
  private static void writeGolden(Path data) throws IOException {
    try (Connection connection = open(data, () -> 1_700_000_000_000L)) {
      KvStore store = connection.store("b");
      store.writer().put(utf8("key"), utf8("value"));
      Instant deadline = Instant.ofEpochMilli(4_000_000_000_000L);
      store.writer().put(utf8("timed"), utf8("v"), PutOptions.DEFAULT.withExpires(deadline));
      store.writer().put(utf8("deleted"), new byte[0]);
      store.writer().delete(utf8("deleted"));
      byte[] pair = HexFormat.of().parseHex("14000000" + "1a610100" + "506161616161");
      store.writer().put(utf8("pair"), pair, PutOptions.DEFAULT.withCompressed());
      connection
          .batch()
          .apply(
              new WriteBatch().in("b").put(utf8("x"), utf8("1")).in("c").put(utf8("y"), utf8("2")));
      store.purger().purge(utf8("deleted"));
    }
  }

  private static String lines(byte[] bytes) {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    var lines = new ArrayList<String>();
    while (rest.hasRemaining()) {
      byte[] line = new byte[Math.min(32, rest.remaining())];
      rest.get(line);
      lines.add(HexFormat.of().formatHex(line));
    }
    return lines.stream().collect(Collectors.joining("\n", "", "\n"));
  }
}

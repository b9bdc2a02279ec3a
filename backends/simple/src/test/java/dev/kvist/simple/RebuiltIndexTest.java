package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.StorageType;
import dev.kvist.WriteBatch;
import dev.kvist.spi.Clock;
import dev.kvist.tck.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An index that is built from the log alone is the one that applying the records one by one would
 * give, however many are sorted and put in at once, and whoever reads them.
 */
final class RebuiltIndexTest {
  /** The time too, which a store without threads takes for its seed. */
  private static final long SEED = 1_750_000_000_000L;

  private static final List<String> BUCKETS = List.of("a", "b", "c");

  private final SimulatedDisk disk = new SimulatedDisk(11);
  private final Store store = open(disk);
  private final SimpleConnection connection = new SimpleConnection(store, StorageType.FILE);

  private static Settings settings() {
    return new Settings(
        false, false, false, 1 << 14, 1_000, 60_000, 4 << 10, 0, 0, 1_000_000, 0, 0, 1 << 20);
  }

  private static Store open(SimulatedDisk disk) {
    return Store.open(disk, settings(), KvObserver.NONE, () -> SEED, true);
  }

  private static byte[] key(int number) {
    return utf8("key-" + number);
  }

  /** Overwrites, deletes, purges, deadlines, batches, in several buckets. */
  private void use(int changes, int keys) {
    Random random = new Random(7);
    for (int i = 0; i < changes; i++) {
      String name = BUCKETS.get(random.nextInt(BUCKETS.size()));
      KvStore bucket = connection.store(name);
      byte[] key = key(random.nextInt(keys));
      byte[] value = new byte[random.nextInt(60)];
      random.nextBytes(value);
      switch (random.nextInt(12)) {
        case 0 -> bucket.writer().delete(key);
        case 1 -> bucket.purger().purge(key);
        case 2 -> bucket.ttl().put(key, value, Duration.ofHours(1 + random.nextInt(5)));
        case 3 -> bucket.batch().apply(batch(random, keys));
        default -> bucket.writer().put(key, value);
      }
      if (i == changes / 2) {
        connection.maintenance().compact();
      }
    }
  }

  private static WriteBatch batch(Random random, int keys) {
    var batch = new WriteBatch();
    int first = random.nextInt(keys);
    for (int i = 0; i < 9; i++) {
      if (i % 4 == 3) {
        batch.delete(key(first + i));
      } else {
        batch.put(key(first + i), new byte[i]);
      }
    }
    return batch;
  }

  private static SimulatedDisk withoutIndex(SimulatedDisk disk) throws IOException {
    SimulatedDisk after = disk.afterKill();
    IndexChunks.deleteAll(after);
    return after;
  }

  /** Builds the index anew, and compares it with the log. */
  private static Engine rebuilt(SimulatedDisk after, int processors, int block, int batch)
      throws IOException {
    var leftOver = new ArrayList<String>();
    List<Segment> state =
        StoreFiles.open(after, Log.STATE_FOLDER, true, leftOver, new ArrayList<>());
    List<Segment> wal = StoreFiles.open(after, Log.WAL_FOLDER, true, leftOver, new ArrayList<>());
    var log = new Log(after, wal.getFirst().storeId, settings().segmentBytes());
    wal.forEach(log::add);
    state.forEach(log::add);
    var source = new IndexChunks(new MemoryDirectory(), Runnable::run);
    HashIndex index = HashIndex.create(source, SEED, 1);
    index.markDirty(null, null);
    var clock = new Clock(() -> SEED, 0);
    KeyRuns runs = KeyRuns.open(null, false, 1, new LogKeys());
    var engine = new Engine(after, settings(), KvObserver.NONE, clock, log, index, runs);
    var expected = new AppliedLog(log);
    var recovery = new Recovery(engine, Long.MAX_VALUE);
    recovery.readAll(processors, block, batch);
    expected.assertSame(engine, recovery);
    return engine;
  }

  @ParameterizedTest
  @CsvSource({"1,32768,1048576", "3,32768,1048576", "1,1,1", "2,7,50", "4,64,64", "2,100,100000"})
  void everythingIsThereAsIfAppliedOneByOne(int processors, int block, int batch)
      throws IOException {
    use(6_000, 900);
    Engine engine = rebuilt(withoutIndex(disk), processors, block, batch);
    assertTrue(engine.log.state().length > 0, "compaction has kept something");
    assertTrue(engine.log.wal().length > 8, "threads have something to share");
    assertEquals(store.engine.tally.live(), engine.tally.live());
    assertEquals(store.engine.tally.liveBytes(), engine.tally.liveBytes());
    assertEquals(store.engine.tally.nextBucket(), engine.tally.nextBucket());
    assertTrue(engine.tally.hasDeadlines());
    assertNotEquals(0, engine.tally.purgedTo());
  }

  /** So many that pages split, or get as deep as they have to be before. */
  @ParameterizedTest
  @CsvSource({"2,32768,1048576", "1,128,1000"})
  void manyKeysGetMorePages(int processors, int block, int batch) throws IOException {
    use(40_000, 30_000);
    Engine engine = rebuilt(withoutIndex(disk), processors, block, batch);
    assertTrue(engine.index.size() > 20_000);
    assertEquals(0, engine.index.verifySlots());
  }

  /** Many changes of few keys do not make room for many keys. */
  @Test
  void fewKeysDoNotMakeALargeIndex() throws IOException {
    for (int i = 0; i < 60_000; i++) {
      connection.store("a").writer().put(key(i % 10), new byte[1]);
    }
    Engine engine = rebuilt(withoutIndex(disk), 1, 1 << 15, 1 << 20);
    assertEquals(IndexLayout.CHUNK_BYTES, engine.index.bytes());
  }

  @Test
  void aStoreIsTheSameAfterItsIndexWasLost() throws IOException {
    use(3_000, 300);
    List<@Nullable KvEntry> before = read(connection);
    try (Store again = open(withoutIndex(disk))) {
      var after = new SimpleConnection(again, StorageType.FILE);
      assertEquals(before, read(after));
      assertEquals(List.of(), after.maintenance().verify().damages());
      assertEquals(store.engine.tally.live(), again.engine.tally.live());
      assertEquals(store.engine.tally.liveBytes(), again.engine.tally.liveBytes());
      after.store("d").writer().put(key(1), utf8("a new bucket has a number of its own"));
      assertEquals(before, read(after));
    }
  }

  /** What scans find, and what is at each key, markers included. */
  private static List<@Nullable KvEntry> read(SimpleConnection connection) {
    var all = new ArrayList<@Nullable KvEntry>();
    for (String bucket : BUCKETS) {
      connection.store(bucket).reader().scan(KeyRange.all()).forEach(all::add);
      for (int i = 0; i < 300; i++) {
        all.add(connection.store(bucket).reader().entry(key(i)));
      }
    }
    return all;
  }

  // --- keys of one hash -------------------------------------------------------------------------

  /** A key with the hash of all others that this makes for a bucket. */
  private static byte[] meeting(int bucket, int number) {
    long mask = SEED ^ 0x6A09E667F3BCC909L;
    long other = bucket ^ 0xBB67AE8584CAA73BL;
    long state = (mask * other) ^ Math.unsignedMultiplyHigh(mask, other) ^ SEED;
    // The second word takes the state away, and what it is then multiplied with does not count.
    return ByteBuffer.allocate(16)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(number)
        .putLong(state)
        .array();
  }

  @ParameterizedTest
  @CsvSource({"1,32768,1048576", "2,3,10"})
  void keysOfOneHashAreToldApart(int processors, int block, int batch) throws IOException {
    KvStore bucket = connection.store("a");
    bucket.writer().put(utf8("makes the bucket"), utf8("v"));
    int id = java.util.Objects.requireNonNull(store.engine.bucket("a")).id;
    assertEquals(
        KeyHash.hash(id, meeting(id, 1), SEED),
        KeyHash.hash(id, meeting(id, 2), SEED),
        "they meet");
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 12; i++) {
        bucket.writer().put(meeting(id, i), utf8("value " + i + " of round " + round));
      }
    }
    bucket.writer().delete(meeting(id, 5));
    Engine engine = rebuilt(withoutIndex(disk), processors, block, batch);
    assertEquals(12, engine.tally.live() - 1, "with the bucket's name and the first key, less one");
    try (Store again = open(withoutIndex(disk))) {
      var reader = new SimpleConnection(again, StorageType.FILE).store("a").reader();
      for (int i = 0; i < 12; i++) {
        byte[] expected = i == 5 ? null : utf8("value " + i + " of round 2");
        assertArrayEquals(expected, reader.get(meeting(id, i)));
      }
    }
  }

  // --- the end of the log -----------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({"1,32768,1048576", "2,3,5"})
  void aBatchThatIsCutIsLeftOut(int processors, int block, int batch) throws IOException {
    KvStore bucket = connection.store("a");
    for (int i = 0; i < 20; i++) {
      bucket.writer().put(key(i), utf8("old"));
    }
    WriteBatch cut = new WriteBatch().purge(key(1)).delete(key(2));
    for (int i = 3; i < 30; i++) {
      cut.put(key(i), utf8("new"));
    }
    bucket.batch().apply(cut);
    Engine engine = rebuilt(torn(), processors, block, batch);
    assertEquals(0, engine.tally.purgedTo());
    assertEquals(21, engine.tally.live());
    try (Store again = open(torn())) {
      var reader = new SimpleConnection(again, StorageType.FILE).store("a").reader();
      for (int i = 0; i < 20; i++) {
        assertArrayEquals(utf8("old"), reader.get(key(i)));
      }
      assertNull(reader.get(key(25)));
    }
  }

  /** Without an index, and the last record is damaged. */
  private SimulatedDisk torn() throws IOException {
    SimulatedDisk after = withoutIndex(disk);
    Segment last = store.engine.log.active();
    after.flipBit(last.name(), last.end() - 12, 1);
    return after;
  }

  // --- in batches -------------------------------------------------------------------------------

  /** Where a record is newer by its counter than one that is read after it, it stays. */
  @Test
  void theNewestWinsWhateverTheOrder() throws IOException {
    for (int i = 0; i < 2_000; i++) {
      connection.store("a").writer().put(key(i % 70), new byte[i % 40]);
    }
    var passes = new ArrayList<SegmentPass>();
    for (Segment segment : store.engine.log.wal()) {
      passes.addFirst(new SegmentPass(segment, segment.end(), SEED));
    }
    try (var memory = new ChangeMemory(64)) {
      HashIndex index = filled(passes, memory, 100);
      assertEquals(store.engine.index.size(), index.size());
      List<Long> positions = new ArrayList<>();
      index.forEach(positions::add);
      store.engine.index.forEach(position -> assertTrue(positions.contains(position)));
      Tally expected = store.engine.tally;
      assertEquals(expected.live(), counted.live());
      assertEquals(expected.liveBytes(), counted.liveBytes());
      assertEquals(expected.recordBytes(), counted.recordBytes());
    }
  }

  private Tally counted = store.engine.tally;

  private HashIndex filled(List<SegmentPass> passes, ChangeMemory memory, int batch)
      throws IOException {
    HashIndex index =
        HashIndex.create(new IndexChunks(new MemoryDirectory(), Runnable::run), SEED, 1);
    index.markDirty(null, null);
    counted = new Tally(index);
    var filler = new IndexFiller(store.engine.log, index, counted, memory, batch);
    try (var reading = new SegmentPasses(passes, memory, 1)) {
      for (int i = 0; i < passes.size(); i++) {
        filler.add(reading.take());
      }
    }
    filler.fill();
    return index;
  }

  /** What waits to be put in takes no more memory than was said. */
  @Test
  void memoryIsUsedAgain() throws IOException {
    use(4_000, 500);
    Log log = store.engine.log;
    try (var memory = new ChangeMemory(16)) {
      var passes = new ArrayList<SegmentPass>();
      int most = 0;
      for (Segment segment : log.wal()) {
        passes.add(new SegmentPass(segment, segment.end(), SEED));
        most = Math.max(most, (int) (segment.end() / SalvageCursor.SHORTEST_BYTES) / 16 + 1);
      }
      filled(passes, memory, 64);
      assertTrue(passes.size() > 8);
      assertTrue(memory.blocks() <= 2 * most + 64 / 16, "blocks " + memory.blocks());
    }
  }
}

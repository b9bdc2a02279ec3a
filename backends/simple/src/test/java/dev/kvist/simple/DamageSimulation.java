package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvReader;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.StorageType;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.simple.Ledger.Change;
import dev.kvist.simple.Ledger.Place;
import dev.kvist.spi.LogFile;
import dev.kvist.tck.Bytes;
import dev.kvist.tck.SimulatedDisk;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A store that was closed or killed, whose files are then damaged in one place: it must not open,
 * or every read of it must be right or say that it is damaged. Everything follows from the seed.
 */
final class DamageSimulation {
  /** How it showed, over all simulations. */
  enum Outcome {
    REFUSED,
    NOTICED,
    HARMLESS
  }

  static final Map<Damage, Map<Outcome, Integer>> OUTCOMES = new EnumMap<>(Damage.class);

  static final AtomicLong REPAIRED = new AtomicLong();

  private final Random random;
  private final Ledger ledger = new Ledger(1_750_000_000_000L);
  private final Settings settings;
  private SimulatedDisk disk;
  private String where = "";

  DamageSimulation(long seed) {
    // Seeds that lie close together would begin alike.
    random = new Random(new SplittableRandom(seed).nextLong());
    settings =
        new Settings(
            false,
            false,
            false,
            16 << 10,
            1_000,
            60_000,
            200,
            random.nextBoolean() ? 0 : 64 << 10,
            0,
            0,
            0,
            0,
            1 << 20);
    disk = new SimulatedDisk(random.nextLong());
  }

  void run() throws IOException {
    boolean closed = random.nextBoolean();
    boolean powerLoss = random.nextInt(3) == 0;
    use(closed);
    disk = powerLoss ? disk.afterPowerLoss() : disk.afterKill();
    List<String> files = new ArrayList<>(disk.list("wal"));
    files.addAll(disk.list("last_state"));
    NavigableMap<Long, Long> counters = counters();
    Map<String, Long> starts = starts();
    Damage damage = List.of(Damage.values()).get(random.nextInt(Damage.values().length));
    String file = files.get(random.nextInt(files.size()));
    boolean blind =
        damage != Damage.OF_ANOTHER_STORE && !file.contains("index-") && random.nextInt(3) == 0;
    if (blind) {
      CrashSimulation.loseIndex(disk);
      // What is kept for live keys alone is a small part of the files.
      file = ofLog(files);
    }
    boolean inLog = file.startsWith("wal/");
    boolean isOldest = damage == Damage.MISSING && file.equals(oldestOfMany());
    if (damage == Damage.OF_ANOTHER_STORE) {
      swapDerived();
      if (closed && random.nextBoolean()) {
        flipInLog(files);
      }
    } else if (!damage(damage, file)) {
      return;
    }
    boolean tailMayGo = !closed || (blind && inLog && !isOldest);
    if (tailMayGo) {
      // What no record behind it says was synced counts as tail.
      Map.Entry<Long, Long> recorded = counters.lowerEntry(claimed());
      ledger.syncedTo(recorded == null ? 0 : recorded.getValue());
    }
    Outcome outcome;
    SimulatedDisk untouched = disk.afterKill();
    disk = disk.afterKill();
    try {
      // Where the index is not believed, only what follows tells that the log went on; and an index
      // that was not closed says nothing of its zeros.
      boolean unbelieved = blind || (powerLoss && !closed);
      boolean unprovable =
          damage != Damage.OF_ANOTHER_STORE
              && (unbelieved
                  ? inLog && !isOldest && damagedAddress(file, starts) >= claimed()
                  : !closed && file.contains("index-") && damage.name().startsWith("ZEROS"));
      outcome = examine(tailMayGo, unprovable);
      if (damage == Damage.OF_ANOTHER_STORE && !flipped) {
        assertEquals(Outcome.HARMLESS, outcome);
      }
      boolean repairFirst = random.nextBoolean();
      SimulatedDisk broken = repairFirst ? untouched : disk.afterKill();
      if (repairFirst || outcome != Outcome.HARMLESS) {
        new RepairSimulation(random, ledger, settings, broken).run(!tailMayGo, repairFirst);
        REPAIRED.incrementAndGet();
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError(
          damage
              + " in "
              + where
              + (closed ? ", closed" : ", killed")
              + (blind ? ", without the index" : "")
              + (powerLoss ? ", power lost" : "")
              + ": "
              + e,
          e);
    }
    OUTCOMES
        .computeIfAbsent(damage, d -> new EnumMap<>(Outcome.class))
        .merge(outcome, 1, Integer::sum);
  }

  private void use(boolean closed) throws IOException {
    Store store = Store.open(disk, settings, KvObserver.NONE, () -> ledger.now, true);
    SimpleConnection connection = new SimpleConnection(store, StorageType.FILE);
    Workload workload = new Workload(random, store, connection, ledger, 40);
    for (int i = 100 + random.nextInt(300); i > 0; i--) {
      workload.step();
    }
    workload.closeWatches();
    if (closed) {
      store.close();
      ledger.synced();
    } else {
      CrashSimulation.abandon(store);
    }
  }

  private String ofLog(List<String> files) {
    List<String> segments = files.stream().filter(name -> Spares.id(name) >= 0).toList();
    return segments.get(random.nextInt(segments.size()));
  }

  /** The name of the oldest segment of the log; empty when there is no other. */
  private String oldestOfMany() throws IOException {
    List<String> segments = starts().keySet().stream().sorted().toList();
    return segments.size() > 1 ? segments.getFirst() : "";
  }

  /** The counters of the log's records by their address. */
  private NavigableMap<Long, Long> counters() throws IOException {
    NavigableMap<Long, Long> counters = new TreeMap<>();
    for (String name : disk.list("wal")) {
      try (LogFile file = disk.open(name, false)) {
        if (SegmentLayout.hasMagic(file.memory())) {
          Segment segment = new Segment(file);
          RecordCursor record =
              new RecordCursor(segment, SegmentLayout.HEADER_BYTES, true, Scratch.get());
          while (record.next(segment.capacity())) {
            counters.put(segment.addressOf(record.offset()), record.counter());
          }
        }
      }
    }
    return counters;
  }

  /** Up to where the log, as it now is, says that it was on the device. */
  private long claimed() throws IOException {
    long claimed = 0;
    for (String name : disk.list("wal")) {
      try (LogFile file = disk.open(name, false)) {
        if (SegmentLayout.hasMagic(file.memory())) {
          Tail all = Tail.behind(new Segment(file), SegmentLayout.HEADER_BYTES, Scratch.get());
          claimed = Math.max(claimed, all.claimedAddress());
        }
      }
    }
    return claimed;
  }

  /** The log addresses at which the segments begin. */
  private Map<String, Long> starts() throws IOException {
    Map<String, Long> starts = new HashMap<>();
    for (String name : disk.list("wal")) {
      try (LogFile file = disk.open(name, false)) {
        if (SegmentLayout.hasMagic(file.memory())
            && SegmentLayout.kind(file.memory()) == SegmentLayout.WAL) {
          starts.put(name, new Segment(file).address);
        }
      }
    }
    return starts;
  }

  /**
   * Where the log is damaged; -1 when another file is. Nothing that is left says that what was from
   * there on had been on the device, when no record claims it; though compaction and purges may
   * have relied on it.
   */
  private long damagedAddress(String file, Map<String, Long> starts) {
    Long start = starts.get(file);
    return start == null ? -1 : start + damagedAt;
  }

  private long damagedAt;

  // --- the damage -------------------------------------------------------------------------------

  private boolean damage(Damage damage, String name) throws IOException {
    long size;
    try (LogFile file = disk.open(name, true)) {
      size = file.memory().byteSize();
    }
    long at = size == 0 ? 0 : random.nextLong(size);
    damagedAt = at;
    where = name + "@" + at;
    switch (damage) {
      case FLIPPED_BIT -> {
        if (size == 0) {
          return false;
        }
        disk.flipBit(name, at, random.nextInt(8));
      }
      case INFLATED_LENGTH -> {
        return inflate(name);
      }
      case ZEROS_IN_THE_MIDDLE -> {
        return zero(name, at, Math.min(size - at, 1 + random.nextInt(4096)));
      }
      case ZEROS_AT_THE_END -> {
        return zero(name, at, size - at);
      }
      case TRUNCATED -> {
        if (size == 0) {
          return false;
        }
        disk.truncate(name, at);
      }
      case OF_ANOTHER_STORE -> throw new IllegalArgumentException("two stores are needed");
      case MISSING -> {
        damagedAt = 0;
        disk.delete(name);
        // Else a power loss in the repair could bring it back.
        disk.sync(LogNames.folderOf(name));
      }
    }
    return true;
  }

  /** Puts the index of another store in the place of this one's, or its ordered keys, or both. */
  private void swapDerived() throws IOException {
    var other = new SimulatedDisk(random.nextLong());
    var theirs = new Ledger(ledger.now + 1);
    Store store = Store.open(other, settings, KvObserver.NONE, () -> theirs.now, true);
    SimpleConnection connection = new SimpleConnection(store, StorageType.FILE);
    Workload workload = new Workload(random, store, connection, theirs, 40);
    for (int i = random.nextInt(300); i > 0; i--) {
      workload.step();
    }
    workload.closeWatches();
    store.close();
    other = other.afterKill();
    boolean index = random.nextBoolean();
    boolean keys = !index || random.nextBoolean();
    where = (index ? "the index" : "") + (keys ? "the ordered keys" : "");
    for (String name : disk.list("last_state")) {
      if (isOf(name, index, keys)) {
        disk.delete(name);
      }
    }
    for (String name : other.list("last_state")) {
      if (isOf(name, index, keys)) {
        try (LogFile from = other.open(name, false);
            LogFile to = disk.create(name, from.memory().byteSize())) {
          to.memory().copyFrom(from.memory());
          to.written(0, to.memory().byteSize());
          to.force(0, to.memory().byteSize());
        }
      }
    }
    disk.sync("last_state");
  }

  private static boolean isOf(String name, boolean index, boolean keys) {
    return (index && name.contains("index-")) || (keys && name.contains("keys-"));
  }

  /** A second damage, of which the derived files cannot tell. */
  private void flipInLog(List<String> files) throws IOException {
    String name = ofLog(files);
    long size;
    try (LogFile file = disk.open(name, false)) {
      size = file.memory().byteSize();
    }
    if (size > 0) {
      long at = random.nextLong(size);
      where += " and " + name + "@" + at;
      disk.flipBit(name, at, random.nextInt(8));
      flipped = true;
    }
  }

  private boolean flipped;

  private boolean zero(String name, long at, long length) throws IOException {
    try (LogFile file = disk.open(name, true)) {
      byte[] before = file.memory().asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
      file.memory().asSlice(at, length).fill((byte) 0);
      file.written(at, length);
      return !java.util.Arrays.equals(before, new byte[(int) length]);
    }
  }

  /** Makes the value or key of some record longer than it is. */
  private boolean inflate(String name) throws IOException {
    try (LogFile file = disk.open(name, true)) {
      if (Spares.id(name) < 0 || !SegmentLayout.hasMagic(file.memory())) {
        return false;
      }
      RecordCursor record =
          new RecordCursor(new Segment(file), SegmentLayout.HEADER_BYTES, true, Scratch.get());
      for (int i = random.nextInt(60); i >= 0; i--) {
        if (!record.next(file.memory().byteSize())) {
          return false;
        }
      }
      long at = record.offset() + (random.nextBoolean() ? 8 : 12);
      damagedAt = record.offset();
      where = name + "@" + at;
      int length = file.memory().get(RecordLayout.INT, at);
      file.memory()
          .set(
              RecordLayout.INT,
              at,
              at % 8 == 0 ? (random.nextBoolean() ? -1 : length * 3 + 40) : length + 800);
      file.written(at, 4);
      return true;
    }
  }

  // --- what comes of it -------------------------------------------------------------------------

  private Outcome examine(boolean tailMayGo, boolean unprovable) throws IOException {
    Store store;
    try {
      store = Store.open(disk, settings, KvObserver.NONE, () -> ledger.now, true);
    } catch (KvException.Corrupted e) {
      return Outcome.REFUSED;
    } catch (KvException.Unsupported e) {
      if (e.toString().contains("is no log segment of Kvist")) {
        return Outcome.REFUSED;
      }
      throw e;
    }
    SimpleConnection connection = new SimpleConnection(store, StorageType.FILE);
    if (unprovable) {
      CrashSimulation.abandon(store);
      return Outcome.HARMLESS;
    }
    boolean noticed = read(connection, tailMayGo);
    noticed |= !connection.maintenance().verify().damages().isEmpty();
    if (!noticed) {
      // Then it must be a store in good health, also after it was compacted.
      new StoreCheck(store, connection, ledger).all();
      ledger.compactions++;
      store.compaction.all();
      new StoreCheck(store, connection, ledger).all();
      store.close();
    } else {
      CrashSimulation.abandon(store);
    }
    return noticed ? Outcome.NOTICED : Outcome.HARMLESS;
  }

  /** Reads everything in every way; returns whether damage was told of. */
  private boolean read(SimpleConnection connection, boolean tailMayGo) {
    boolean noticed = false;
    Map<Place, KvEntry> found = null;
    try {
      found = StoreCheck.scan(connection, ledger);
      ledger.settle(found, tailMayGo);
    } catch (KvException.Corrupted e) {
      noticed = true;
    }
    boolean anyTail = found == null && tailMayGo;
    for (Place place : ledger.places) {
      KvReader reader = connection.store(place.bucket()).reader();
      byte[] key = place.key().array();
      noticed |= tells(() -> check(place, reader.get(key), anyTail));
      noticed |= tells(() -> checkEntry(place, reader.entry(key), anyTail));
      noticed |=
          tells(() -> {
            boolean exists = reader.exists(key);
            require(exists == (ledger.live(place) != null) || anyTail, place, "exists " + exists);
          });
    }
    for (String bucket : StoreCheck.buckets(ledger)) {
      noticed |= tells(() -> checkAll(connection, bucket, anyTail));
      noticed |= tells(() -> checkState(connection, bucket, anyTail));
    }
    return noticed;
  }

  /** Whether a read says that it met damage. */
  private static boolean tells(Runnable read) {
    try {
      read.run();
      return false;
    } catch (KvException.Corrupted e) {
      return true;
    }
  }

  /**
   * A value that is there must be the one that is expected, or one that it had when last synced.
   */
  private void check(Place place, byte @Nullable [] value, boolean tailMayGo) {
    @Nullable Change live = ledger.live(place);
    boolean right =
        live == null ? value == null : value != null && live.value.equals(Bytes.of(value));
    require(right || tailMayGo, place, value == null ? "nothing" : value.length + " bytes");
  }

  private void checkEntry(Place place, @Nullable KvEntry entry, boolean tailMayGo) {
    @Nullable Change live = ledger.live(place);
    boolean right =
        live == null
            ? entry == null || !entry.live()
            : entry != null && entry.live() && ledger.isSame(live, entry);
    require(right || tailMayGo, place, "entry " + entry);
  }

  private void checkAll(SimpleConnection connection, String bucket, boolean tailMayGo) {
    var places = ledger.places.stream().filter(place -> place.bucket().equals(bucket)).toList();
    var values =
        connection
            .store(bucket)
            .reader()
            .getAll(places.stream().map(place -> place.key().array()).toList());
    for (int i = 0; i < places.size(); i++) {
      check(places.get(i), values.get(i), tailMayGo);
    }
  }

  /** The state that a watch begins with. */
  private void checkState(SimpleConnection connection, String bucket, boolean tailMayGo) {
    try (KvWatch watch =
        connection.store(bucket).watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
      var left = new ArrayList<Change>(ledger.live(bucket));
      while (watch.next() instanceof KvUpdate.Put put) {
        Place place = new Place(bucket, Bytes.of(put.key()));
        boolean right =
            left.removeIf(
                change -> change.place.equals(place) && ledger.isSame(change, put.entry()));
        require(right || tailMayGo, place, "in a watch's state " + put);
      }
      for (Change missing : left) {
        require(tailMayGo, missing.place, "nothing in a watch's state");
      }
    }
  }

  private void require(boolean right, Place place, String there) {
    if (!right) {
      throw new AssertionError(
          "expected " + ledger.live(place) + " at " + place + ", there " + there);
    }
  }
}

package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.Kvist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.LogFile;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.RocksObject;
import org.rocksdb.Status;

/**
 * An open RocksDB with its column families. Everything native that is used outside of a call
 * belongs to it, and is freed by its close, after everybody has left the gate.
 */
final class Database implements AutoCloseable {
  static final String DEFINITIONS = "kvist";
  private static final String TIMES = "times";

  /** Families get numbers in the order in which they are made, these first. */
  static final int DEFINITIONS_ID = 1;

  static final int TIMES_ID = 2;
  private static final String OWN_PREFIX = "b:";

  /** Behind a bucket's name in that of its family, before a number; no name of a bucket has it. */
  private static final String AGAIN = "~";

  /** More than RocksDB writes when it makes a family: of each it writes down all its options. */
  private static final int ROOM_BYTES = 64 << 10;

  private static final int ROOM_BYTES_OF_A_FAMILY = 16 << 10;

  /** Named so that RocksDB deletes it where a process that ended here has left it. */
  private static final String ROOM = "000000.dbtmp";

  final String location;
  final Settings settings;
  final Tuning tuning;
  final Gate gate;
  final RocksDB rocks;

  /** The counter up to which all was synced before. */
  final long syncedAtOpen;

  /**
   * Shared by whoever has RocksDB look at its files as a whole: at those of the log, or at all for
   * a checkpoint. Exclusive for who deletes some of the log, over which it fails, and for who makes
   * a family, which a checkpoint could have in its log and not in its manifest.
   */
  final ReadWriteLock files = new ReentrantReadWriteLock();

  /** The records of all buckets, where they share one keyspace. */
  final ColumnFamilyHandle records;

  /** Buckets, epochs, how the store was closed: see {@link Definitions}. */
  final ColumnFamilyHandle definitions;

  /** Deadlines and markers by time: see {@link TimeIndex}. */
  final ColumnFamilyHandle times;

  private final Map<String, ColumnFamilyHandle> ownFamilies = new HashMap<>();
  private final Set<ColumnFamilyHandle> handles =
      Collections.newSetFromMap(new IdentityHashMap<>());

  /** A family that is gone but for those who were inside when it was dropped. */
  private record Dropped(ColumnFamilyHandle handle, Gate.Departure readers) {}

  private final List<Dropped> dropped = new ArrayList<>();
  private Written writtenToDropped = Written.NOTHING;
  private volatile boolean filesAreLeft;
  private final Set<RocksObject> adopted = Collections.newSetFromMap(new IdentityHashMap<>());

  private Database(
      String location,
      Settings settings,
      Tuning tuning,
      RocksDB rocks,
      List<String> names,
      List<ColumnFamilyHandle> handles,
      long syncedAtOpen) {
    this.location = location;
    this.settings = settings;
    this.tuning = tuning;
    this.gate = new Gate(location);
    this.rocks = rocks;
    this.handles.addAll(handles);
    this.syncedAtOpen = syncedAtOpen;
    this.records = handles.get(names.indexOf("default"));
    this.definitions = handles.get(names.indexOf(DEFINITIONS));
    this.times = handles.get(names.indexOf(TIMES));
    for (int i = 0; i < names.size(); i++) {
      @Nullable String bucket = bucketOf(names.get(i));
      if (bucket != null) {
        ownFamilies.merge(bucket, handles.get(i), Database::newer);
      }
    }
  }

  /** The bucket that a family is the own one of; null for the others. */
  static @Nullable String bucketOf(String family) {
    if (!family.startsWith(OWN_PREFIX)) {
      return null;
    }
    int again = family.indexOf(AGAIN);
    return family.substring(OWN_PREFIX.length(), again < 0 ? family.length() : again);
  }

  /** Of two families of a bucket the one that its records are in: nobody ever had the other. */
  private static ColumnFamilyHandle newer(ColumnFamilyHandle one, ColumnFamilyHandle other) {
    return one.getID() > other.getID() ? one : other;
  }

  static Database open(Path path, Settings settings) {
    NativeLibrary.load();
    var tuning = new Tuning(settings);
    boolean opened = false;
    try {
      boolean exists = !settings.memoryMode() && exists(path);
      long synced = settings.memoryMode() ? 0 : SyncedPosition.read(path);
      if (exists) {
        LogTail.settle(path, synced, settings.readOnly());
      }
      List<String> names = exists ? families(path, tuning) : List.of("default");
      // Without a position the first open of all did not come to its end.
      if (exists && synced > 0 && !names.contains(DEFINITIONS)) {
        throw new KvException.Corrupted(path.toString(), 0, "its definitions are missing");
      }
      Database database = open(path, settings, tuning, names, synced);
      opened = true;
      return database;
    } catch (RocksDBException e) {
      throw Failures.of(path.toString(), "cannot be opened", Effect.NONE, e);
    } catch (IOException e) {
      throw DataDirectory.failed(path, "cannot be opened", e);
    } finally {
      if (!opened) {
        tuning.close();
      }
    }
  }

  private static Database open(
      Path path, Settings settings, Tuning tuning, List<String> found, long synced)
      throws RocksDBException {
    var names = new ArrayList<>(found);
    for (String needed : List.of(DEFINITIONS, TIMES)) {
      if (!names.contains(needed)) {
        names.add(needed);
      }
    }
    var descriptors = new ArrayList<ColumnFamilyDescriptor>();
    for (String name : names) {
      boolean small = name.equals(DEFINITIONS) || name.equals(TIMES);
      descriptors.add(
          new ColumnFamilyDescriptor(Kvist.utf8(name), small ? tuning.index : tuning.records));
    }
    var handles = new ArrayList<ColumnFamilyHandle>();
    RocksDB rocks =
        settings.readOnly() && !settings.memoryMode()
            ? RocksDB.openReadOnly(tuning.database, path.toString(), descriptors, handles)
            : RocksDB.open(tuning.database, path.toString(), descriptors, handles);
    return new Database(path.toString(), settings, tuning, rocks, names, handles, synced);
  }

  /**
   * Whether RocksDB has been here; without its file CURRENT it would begin anew, over what there
   * is.
   */
  private static boolean exists(Path path) throws IOException {
    if (Files.exists(path.resolve("CURRENT"))) {
      return true;
    }
    for (Path file : DataDirectory.list(path)) {
      if (String.valueOf(file.getFileName()).matches("[0-9]+\\.(sst|blob|log)")) {
        throw new KvException.Corrupted(
            path.resolve("CURRENT").toString(), 0, "it is missing, and other files are not");
      }
    }
    return false;
  }

  private static List<String> families(Path path, Tuning tuning) throws RocksDBException {
    try (Options options = new Options(tuning.database, tuning.records)) {
      var names = new ArrayList<String>();
      for (byte[] name : RocksDB.listColumnFamilies(options, path.toString())) {
        names.add(Kvist.utf8(name));
      }
      return names;
    }
  }

  /** The family of a bucket that has its own; null when there is none. */
  synchronized @Nullable ColumnFamilyHandle ownFamily(String bucket) {
    return ownFamilies.get(bucket);
  }

  ColumnFamilyHandle makeOwnFamily(String bucket) throws RocksDBException {
    // Before the monitor, which others must get while this waits.
    files.writeLock().lock();
    try {
      return makeOwnFamilyAlone(bucket);
    } finally {
      files.writeLock().unlock();
    }
  }

  private synchronized ColumnFamilyHandle makeOwnFamilyAlone(String bucket)
      throws RocksDBException {
    if (!settings.memoryMode()) {
      checkRoom();
    }
    ColumnFamilyHandle made = create(OWN_PREFIX + bucket);
    handles.add(made);
    ownFamilies.put(bucket, made);
    return made;
  }

  /**
   * RocksDB makes a family, and then fails for lack of room for what it writes about it: nobody
   * gets a handle of that one before the next open, so that another one has to take its place.
   */
  private ColumnFamilyHandle create(String name) throws RocksDBException {
    String free = name;
    for (int number = 1; ; number++) {
      try {
        return rocks.createColumnFamily(
            new ColumnFamilyDescriptor(Kvist.utf8(free), tuning.records));
      } catch (RocksDBException e) {
        if (!String.valueOf(e.getMessage()).contains("already exists")) {
          throw e;
        }
        free = name + AGAIN + number;
      }
    }
  }

  /** Most often there is no room before, and then no family is lost. */
  private void checkRoom() throws RocksDBException {
    Path room = Path.of(location, ROOM);
    try {
      try {
        Files.write(room, new byte[ROOM_BYTES + ROOM_BYTES_OF_A_FAMILY * handles.size()]);
      } finally {
        Files.deleteIfExists(room);
      }
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      var reason = Failures.isNoSpace(null, message) ? Status.SubCode.NoSpace : Status.SubCode.None;
      throw new RocksDBException(message, new Status(Status.Code.IOError, reason, message));
    }
  }

  /** The handle, and with it the data, stays for those who still read by it. */
  synchronized void dropOwnFamily(String bucket) throws RocksDBException {
    ColumnFamilyHandle handle = ownFamilies.remove(bucket);
    if (handle != null) {
      writtenToDropped = writtenToDropped.plus(written(handle));
      rocks.dropColumnFamily(handle);
      dropped.add(new Dropped(handle, gate.departure()));
    }
  }

  /** Whether a family was dropped; the caller has been inside the gate since it got it. */
  synchronized boolean isDropped(ColumnFamilyHandle family) {
    int id = family.getID();
    return allFamilies().stream().noneMatch(known -> known.getID() == id);
  }

  /** Frees families that were dropped and are not read any more. From outside of the gate. */
  synchronized void freeDropped() {
    dropped.removeIf(family -> {
      if (!family.readers.isComplete()) {
        return false;
      }
      handles.remove(family.handle);
      family.handle.close();
      return true;
    });
  }

  /** Those that hold records of buckets. */
  synchronized List<ColumnFamilyHandle> recordFamilies() {
    return settings.singleBucketMode() ? List.of(records) : List.copyOf(ownFamilies.values());
  }

  synchronized List<ColumnFamilyHandle> allFamilies() {
    var all = new ArrayList<>(recordFamilies());
    all.add(definitions);
    all.add(times);
    return all;
  }

  /** What flushes and compactions wrote. */
  record Written(double tableGibis, double blobGibis) {
    static final Written NOTHING = new Written(0, 0);

    Written plus(Written other) {
      return new Written(tableGibis + other.tableGibis, blobGibis + other.blobGibis);
    }
  }

  /** Since the open, by the counts that RocksDB always keeps; those of dropped families too. */
  synchronized Written written() throws RocksDBException {
    Written sum = writtenToDropped;
    for (ColumnFamilyHandle family : allFamilies()) {
      sum = sum.plus(written(family));
    }
    return sum;
  }

  /** With six decimals. */
  private Written written(ColumnFamilyHandle family) throws RocksDBException {
    Map<String, String> figures = counts(family);
    return new Written(
        Double.parseDouble(figures.getOrDefault("compaction.Sum.WriteGB", "0")),
        Double.parseDouble(figures.getOrDefault("compaction.Sum.WblobGB", "0")));
  }

  /** What RocksDB has counted since the open, of flushes and compactions by level. */
  Map<String, String> counts(ColumnFamilyHandle family) throws RocksDBException {
    return rocks.getMapProperty(family, "rocksdb.cfstats");
  }

  /** The bytes that were appended to the log since the open. */
  long appendedBytes() throws RocksDBException {
    Map<String, String> figures = rocks.getMapProperty("rocksdb.dbstats");
    return Long.parseLong(figures.getOrDefault("db.wal_bytes_written", "0"));
  }

  /** The files of the log, oldest first. */
  List<LogFile> logs() throws RocksDBException {
    files.readLock().lock();
    try {
      return rocks.getSortedWalFiles();
    } finally {
      files.readLock().unlock();
    }
  }

  /** Keeps what is used by several calls, and frees it in the end. From inside the gate. */
  <T extends RocksObject> T adopt(T kept) {
    synchronized (adopted) {
      adopted.add(kept);
    }
    return kept;
  }

  /** Frees it now. From anywhere: what the close has freed stays so. */
  void release(RocksObject kept) {
    synchronized (adopted) {
      if (adopted.remove(kept)) {
        kept.close();
      }
    }
  }

  /** An iterator for one visit of the gate; the caller closes it before leaving. */
  RocksIterator iterator(ColumnFamilyHandle family) {
    return rocks.newIterator(family, tuning.reads);
  }

  byte @Nullable [] definition(byte[] key) {
    try {
      return rocks.get(definitions, tuning.reads, key);
    } catch (RocksDBException e) {
      throw failed("cannot be read", Effect.NONE, e);
    }
  }

  KvException failed(String what, Effect effect, RocksDBException e) {
    return Failures.of(location, what, effect, e);
  }

  /**
   * Makes no file and deletes none from now on, the close included: those of these names may be
   * another owner's.
   */
  void leaveFiles() throws RocksDBException {
    filesAreLeft = true;
    rocks.disableFileDeletions();
    rocks.cancelAllBackgroundWork(false);
  }

  /** Frees everything, when nobody is inside. */
  @Override
  public void close() throws RocksDBException {
    gate.close();
    if (filesAreLeft && Files.exists(Path.of(location))) {
      // Where its MANIFEST is not as it was, RocksDB's close writes another one there, and makes it
      // the one that counts. That the memory is not freed is the smaller loss.
      return;
    }
    // Not under somebody who releases one: it must be gone before the database is.
    synchronized (adopted) {
      adopted.forEach(RocksObject::close);
      adopted.clear();
    }
    handles.forEach(ColumnFamilyHandle::close);
    try {
      rocks.closeE();
    } finally {
      rocks.close();
      tuning.close();
    }
  }
}

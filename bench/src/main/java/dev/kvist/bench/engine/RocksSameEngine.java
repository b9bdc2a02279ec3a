package dev.kvist.bench.engine;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/**
 * RocksDB through its Java API with the options and the bytes of a store of Kvist's: what is
 * between the two is what Kvist's layer costs.
 *
 * <p>The options are those that RocksDB wrote down for a store which Kvist made, see {@link
 * RocksSameOptions}. A key is stored behind four bytes, as Kvist stores it behind the number of its
 * bucket, a value behind twenty, which with Kvist are its version and its times; here they are
 * always the same, nothing is made of them, and there is no clock, no lock, no order of versions,
 * no count and no sync every second. A get copies the value from an array of its thread, which is
 * what RocksDB's Java API does with the least garbage.
 */
final class RocksSameEngine implements Engine {
  private static final byte[] PREFIX = {0, 0, 0, 1};
  private static final int HEADER_BYTES = 20;

  /** What one thread needs. */
  private static final class Session {
    final byte[] key = Arrays.copyOf(PREFIX, 64);
    byte[] record = new byte[4096];

    int key(byte[] of) {
      System.arraycopy(of, 0, key, PREFIX.length, of.length);
      return PREFIX.length + of.length;
    }

    void room(int bytes) {
      if (record.length < bytes) {
        record = new byte[bytes];
      }
    }
  }

  private final ThreadLocal<Session> sessions = ThreadLocal.withInitial(Session::new);
  private final RocksSameOptions options;
  private final List<ColumnFamilyHandle> families = new ArrayList<>();
  private final RocksDB db;

  /** That of the entries; the others stay empty, as they do with Kvist. */
  private final ColumnFamilyHandle family;

  private final ReadOptions reading;
  private final WriteOptions writing;

  RocksSameEngine(Subject.Setup setup) throws RocksDBException, IOException {
    Path model = setup.directory().resolveSibling(setup.directory().getFileName() + "-model");
    try (Connection made = Kvist.open(KvistEngine.rocksDb(model, setup))) {
      made.ping();
    }
    options = RocksSameOptions.of(model, setup);
    delete(model);
    db = RocksDB.open(options.database, setup.directory().toString(), options.families, families);
    family = families.get(options.records());
    reading = new ReadOptions();
    writing = new WriteOptions().setSync(setup.synced());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Override
  public void put(byte[] key, byte[] value) throws RocksDBException {
    Session session = sessions.get();
    int keyBytes = session.key(key);
    int bytes = HEADER_BYTES + value.length;
    session.room(bytes);
    System.arraycopy(value, 0, session.record, HEADER_BYTES, value.length);
    db.put(family, writing, session.key, 0, keyBytes, session.record, 0, bytes);
  }

  @Override
  public byte @Nullable [] get(byte[] key) throws RocksDBException {
    Session session = sessions.get();
    int keyBytes = session.key(key);
    int bytes = read(session, keyBytes);
    if (bytes > session.record.length) {
      session.room(bytes);
      bytes = read(session, keyBytes);
    }
    return bytes == RocksDB.NOT_FOUND
        ? null
        : Arrays.copyOfRange(session.record, HEADER_BYTES, bytes);
  }

  private int read(Session session, int keyBytes) throws RocksDBException {
    byte[] record = session.record;
    return db.get(family, reading, session.key, 0, keyBytes, record, 0, record.length);
  }

  @Override
  public List<byte @Nullable []> getAll(List<byte[]> keys) throws RocksDBException {
    var stored = new ArrayList<byte[]>(keys.size());
    for (byte[] key : keys) {
      stored.add(stored(key));
    }
    var values = new ArrayList<byte @Nullable []>(keys.size());
    List<byte[]> records =
        db.multiGetAsList(reading, Collections.nCopies(keys.size(), family), stored);
    for (int i = 0; i < keys.size(); i++) {
      byte @Nullable [] record = records.get(i);
      values.add(record == null ? null : Arrays.copyOfRange(record, HEADER_BYTES, record.length));
    }
    return values;
  }

  private static byte[] stored(byte[] key) {
    return ByteBuffer.allocate(PREFIX.length + key.length).put(PREFIX).put(key).array();
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) throws RocksDBException {
    return scan(stored(prefix), stored(prefix), Long.MAX_VALUE, visitor);
  }

  @Override
  public long scanFrom(byte[] first, int most, Visitor visitor) throws RocksDBException {
    return scan(stored(first), PREFIX, most, visitor);
  }

  private long scan(byte[] first, byte[] prefix, long most, Visitor visitor)
      throws RocksDBException {
    long entries = 0;
    try (RocksIterator iterator = db.newIterator(family, reading)) {
      for (iterator.seek(first); entries < most && iterator.isValid(); iterator.next()) {
        byte[] key = iterator.key();
        if (!RocksDbEngine.startsWith(key, prefix)) {
          break;
        }
        byte[] record = iterator.value();
        visitor.entry(
            Arrays.copyOfRange(key, PREFIX.length, key.length),
            Arrays.copyOfRange(record, HEADER_BYTES, record.length));
        entries++;
      }
      iterator.status();
    }
    return entries;
  }

  @Override
  public void delete(byte[] key) throws RocksDBException {
    Session session = sessions.get();
    db.delete(family, writing, session.key, 0, session.key(key));
  }

  /** With the blobs moved for once, as Kvist does it. */
  @Override
  public void reclaim() throws RocksDBException {
    try (var flush = new FlushOptions().setWaitForFlush(true)) {
      db.flush(flush, family);
    }
    db.setOptions(family, collecting(true));
    try (var all =
        new CompactRangeOptions()
            .setBottommostLevelCompaction(
                CompactRangeOptions.BottommostLevelCompaction.kForceOptimized)) {
      db.compactRange(family, null, null, all);
    }
    db.setOptions(family, collecting(false));
  }

  private static MutableColumnFamilyOptions collecting(boolean on) {
    return MutableColumnFamilyOptions.builder()
        .setEnableBlobGarbageCollection(on)
        .setBlobGarbageCollectionAgeCutoff(on ? 1.0 : 0.25)
        .build();
  }

  @Override
  public Written written() throws RocksDBException {
    return RocksDbEngine.written(db, families);
  }

  @Override
  public void close() {
    families.forEach(ColumnFamilyHandle::close);
    db.close();
    writing.close();
    reading.close();
    options.close();
  }
}

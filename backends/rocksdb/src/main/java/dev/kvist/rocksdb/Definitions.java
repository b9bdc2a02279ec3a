package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.Kvist;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * What the store knows of itself, in a column family of its own. Numbers are big-endian.
 *
 * <pre>
 *   key            value
 *   'e'            epochs, see {@link Epochs}
 *   'o'            nothing; there while the store is open, and after an unclean end
 *   't'            8 bytes: the newest time in the log, in milliseconds since 1970, at a clean close
 *   'p'            8 bytes: the counter of the newest purge
 *   'b' and name   4 bytes: the bucket's number, from 1; 1 byte: whether it is listed
 *   'f' and id     the name of the bucket whose column family has this number of 4 bytes; it stays when
 *                  the family is dropped, for those who read the log
 * </pre>
 */
final class Definitions {
  static final byte[] EPOCHS = {'e'};
  static final byte[] OPEN = {'o'};
  static final byte[] TIME = {'t'};
  private static final byte[] PURGED = {'p'};
  static final byte BUCKET = 'b';
  static final byte FAMILY = 'f';

  private final Database database;
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();
  private final Map<Integer, Bucket> byId = new ConcurrentHashMap<>();
  private final Map<Integer, String> namesOfFamilies = new ConcurrentHashMap<>();
  private int nextId = 1;

  Definitions(Database database) {
    this.database = database;
    try (RocksIterator definitions = database.iterator(database.definitions)) {
      for (definitions.seek(new byte[] {BUCKET}); definitions.isValid(); definitions.next()) {
        byte[] key = definitions.key();
        if (key[0] == BUCKET) {
          remember(Kvist.utf8(Arrays.copyOfRange(key, 1, key.length)), definitions.value());
        } else if (key[0] == FAMILY) {
          namesOfFamilies.put(ByteBuffer.wrap(key).getInt(1), Kvist.utf8(definitions.value()));
        }
      }
      definitions.status();
    } catch (RocksDBException e) {
      throw database.failed("cannot be read", KvException.Effect.NONE, e);
    }
  }

  private void remember(String name, byte[] value) {
    ByteBuffer from = ByteBuffer.wrap(value);
    int id = from.getInt();
    boolean live = from.get() != 0;
    nextId = Math.max(nextId, id + 1);
    ColumnFamilyHandle family = database.records;
    boolean own = !database.settings.singleBucketMode();
    if (own) {
      @Nullable ColumnFamilyHandle found = database.ownFamily(name);
      if (found == null && live) {
        throw new KvException.Corrupted(
            database.location, 0, "the column family of bucket " + name + " is missing");
      }
      if (found == null) {
        return;
      }
      family = found;
    }
    remember(new Bucket(name, id, family, own, live));
  }

  private void remember(Bucket bucket) {
    buckets.put(bucket.name, bucket);
    byId.put(bucket.id, bucket);
  }

  /** A bucket that exists or existed; null when it never did. */
  @Nullable Bucket bucket(String name) {
    return buckets.get(name);
  }

  /** Whether a record of the log is of a bucket, maybe one that was dropped since. */
  boolean isOf(String name, int family, byte[] key, int from, int to) {
    if (!database.settings.singleBucketMode()) {
      return name.equals(namesOfFamilies.get(family));
    }
    // Its definition stands in the log before its first record.
    @Nullable Bucket known = buckets.get(name);
    return known != null && family == known.familyId && known.holds(key, from, to);
  }

  /** How many bytes stand before a key. */
  int prefixBytes() {
    return database.settings.singleBucketMode() ? Bucket.PREFIX_BYTES : 0;
  }

  /** The names of those that exist, in order. */
  Iterator<String> names() {
    var names = new TreeMap<String, Bucket>(buckets);
    names.values().removeIf(bucket -> !bucket.live);
    return names.keySet().iterator();
  }

  /** The bucket of a number; for keys in the time index. */
  @Nullable Bucket bucket(int id) {
    return byId.get(id);
  }

  /**
   * Makes a bucket, or lists it again. Under the lock of writes.
   *
   * @param batch gets its definition, of one change or two
   */
  Bucket define(String name, WriteBatch batch) throws RocksDBException {
    @Nullable Bucket known = buckets.get(name);
    boolean own = !database.settings.singleBucketMode();
    if (known == null) {
      @Nullable ColumnFamilyHandle left = own ? database.ownFamily(name) : null;
      ColumnFamilyHandle family =
          !own ? database.records : left != null ? left : database.makeOwnFamily(name);
      known = new Bucket(name, nextId++, family, own, false);
      remember(known);
    }
    if (own && !known.live) {
      // Also when it is known: the write that was to say so may have failed.
      namesOfFamilies.put(known.familyId, name);
      batch.put(database.definitions, familyKey(known.familyId), Kvist.utf8(name));
    }
    known.live = true;
    batch.put(database.definitions, key(name), definition(known));
    return known;
  }

  /** Takes a bucket, which is empty, off the list. Under the lock of writes. */
  void undefine(Bucket bucket, WriteBatch batch) throws RocksDBException {
    bucket.live = false;
    batch.put(database.definitions, key(bucket.name), definition(bucket));
  }

  /**
   * Drops the family of a bucket that was taken off the list, unless somebody has written to it
   * since. Under the lock of writes.
   */
  void forget(Bucket bucket) throws RocksDBException {
    if (!database.settings.singleBucketMode() && !bucket.live) {
      bucket.gone = true;
      buckets.remove(bucket.name);
      byId.remove(bucket.id);
      database.dropOwnFamily(bucket.name);
    }
  }

  /** The log holds purged bytes up to here. */
  void purged(long counter, WriteBatch batch) throws RocksDBException {
    batch.put(database.definitions, PURGED, number(counter));
  }

  /** The counter of the newest purge; 0 when there was none. */
  long purgedTo() {
    return number(database.definition(PURGED));
  }

  static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  /** 0 where nothing is stored. */
  static long number(byte @Nullable [] stored) {
    return stored == null ? 0 : ByteBuffer.wrap(stored).getLong();
  }

  private static byte[] familyKey(int id) {
    return ByteBuffer.allocate(1 + Integer.BYTES).put(FAMILY).putInt(id).array();
  }

  private static byte[] key(String name) {
    byte[] bytes = Kvist.utf8(name);
    return ByteBuffer.allocate(1 + bytes.length).put(BUCKET).put(bytes).array();
  }

  private static byte[] definition(Bucket bucket) {
    return ByteBuffer.allocate(Integer.BYTES + 1)
        .putInt(bucket.id)
        .put((byte) (bucket.live ? 1 : 0))
        .array();
  }
}

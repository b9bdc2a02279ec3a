package dev.kvist.rocksdb;

import dev.kvist.Kvist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Range;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;

/**
 * Some tables of a damaged store as a RocksDB of their own that is only read: links to the files,
 * and a MANIFEST that says that just these are in use. So RocksDB itself puts them together, with
 * deletions that no other way of reading a table shows, and finds the large values.
 */
final class TableSet implements AutoCloseable {
  private static final int HIGHEST_BIT = 1 << 7;
  private static final int LONGEST_KEY = Ops.MAX_KEY_BYTES + Bucket.PREFIX_BYTES;
  private static final byte[] LOWEST = {};

  private final DBOptions options = new DBOptions();
  private final ColumnFamilyOptions family =
      new ColumnFamilyOptions().setForceConsistencyChecks(false);
  private final Map<Integer, ColumnFamilyHandle> handles = new HashMap<>();
  private final RocksDB rocks;

  /**
   * Makes one in a folder, which is made anew.
   *
   * @param blobs all files of large values that are there
   */
  TableSet(
      Path folder,
      Path from,
      Map<Integer, String> families,
      Collection<Manifest.Table> tables,
      Map<Long, Path> blobs)
      throws IOException, RocksDBException {
    Trees.delete(folder);
    Files.createDirectories(folder);
    Map<Manifest.Table, Long> sizes = new HashMap<>();
    for (Manifest.Table table : tables) {
      Path file = from.resolve(table.name());
      Trees.link(file, folder.resolve(table.name()));
      sizes.put(table, Files.size(file));
    }
    Map<Long, Long> blobSizes = new HashMap<>();
    for (Map.Entry<Long, Path> blob : blobs.entrySet()) {
      Trees.link(blob.getValue(), folder.resolve(Manifest.fileName(blob.getKey(), "blob")));
      blobSizes.put(blob.getKey(), Math.max(1, Files.size(blob.getValue())));
    }
    Files.write(folder.resolve("MANIFEST-000001"), Manifest.content(families, sizes, blobSizes));
    Files.writeString(folder.resolve("CURRENT"), "MANIFEST-000001\n");
    boolean opened = false;
    try {
      rocks = open(folder, families);
      opened = true;
    } finally {
      if (!opened) {
        family.close();
        options.close();
      }
    }
  }

  private RocksDB open(Path folder, Map<Integer, String> families) throws RocksDBException {
    var descriptors = new ArrayList<ColumnFamilyDescriptor>();
    families
        .values()
        .forEach(name -> descriptors.add(new ColumnFamilyDescriptor(Kvist.utf8(name), family)));
    var opened = new ArrayList<ColumnFamilyHandle>();
    RocksDB made = RocksDB.openReadOnly(options, folder.toString(), descriptors, opened);
    opened.forEach(handle -> handles.put(handle.getID(), handle));
    return made;
  }

  private ColumnFamilyHandle handle(int id) {
    return java.util.Objects.requireNonNull(handles.get(id));
  }

  /** Something that reads, and is told where it cannot be read. */
  interface Reader {
    void record(byte[] key, byte[] value) throws RocksDBException;

    /**
     * Something is damaged from a key on.
     *
     * @return from where to go on; null to end
     */
    byte @Nullable [] damage(byte[] from, RocksDBException e) throws RocksDBException;
  }

  /**
   * Reads a family in order of its keys.
   *
   * @param to the first key that is not wanted; null for all
   */
  void read(int id, byte[] from, byte @Nullable [] to, Reader reader) throws RocksDBException {
    byte @Nullable [] at = from;
    while (at != null) {
      byte[] next = at;
      try (var bounded = new Bounded(id, to)) {
        RocksIterator records = bounded.records;
        for (records.seek(next); records.isValid(); records.next()) {
          byte[] key = records.key();
          reader.record(key, records.value());
          next = after(key);
        }
        @Nullable RocksDBException failed = bounded.failure();
        at = failed == null ? null : reader.damage(next, failed);
      }
    }
  }

  /** An iterator with its bound. */
  private final class Bounded implements AutoCloseable {
    private final ReadOptions reads = new ReadOptions().setFillCache(false);
    private final @Nullable Slice bound;
    private final RocksIterator records;

    private Bounded(int id, byte @Nullable [] to) {
      bound = to == null ? null : new Slice(to);
      if (bound != null) {
        reads.setIterateUpperBound(bound);
      }
      records = rocks.newIterator(handle(id), reads);
    }

    private @Nullable RocksDBException failure() {
      try {
        records.status();
        return null;
      } catch (RocksDBException e) {
        return e;
      }
    }

    @Override
    public void close() {
      records.close();
      reads.close();
      if (bound != null) {
        bound.close();
      }
    }
  }

  /** The first key from one on whose value is not readable. There is one. */
  byte[] unreadable(int id, byte[] from) {
    return greatest(key -> {
      if (Arrays.compareUnsigned(key, from) <= 0) {
        return true;
      }
      try (var bounded = new Bounded(id, key)) {
        bounded.records.seek(from);
        return !bounded.records.isValid() && bounded.failure() == null;
      }
    });
  }

  /**
   * Where the block ends in which a key is, or is looked for.
   *
   * @return the first key behind it; null when it is the last one
   */
  byte @Nullable [] behindBlock(int id, byte[] key) {
    long inside = offset(id, key);
    byte[] highest = new byte[LONGEST_KEY];
    Arrays.fill(highest, (byte) 0xFF);
    return inside >= offset(id, highest)
        ? null
        : after(greatest(each -> offset(id, each) <= inside));
  }

  /** About where in its file a key is; the same for all keys of a block. */
  long offset(int id, byte[] key) {
    if (key.length == 0) {
      return 0;
    }
    try (var lowest = new Slice(LOWEST);
        var limit = new Slice(key)) {
      return rocks
          .getApproximateSizes(
              handle(id), List.of(new Range(lowest, limit)), SizeApproximationFlag.INCLUDE_FILES)[
          0];
    }
  }

  /** Whether a key is not behind what is looked for. */
  @FunctionalInterface
  private interface Test {
    boolean holds(byte[] key);
  }

  /** The greatest key for which a test holds, which holds for all keys before it too. */
  private static byte[] greatest(Test test) {
    byte[] found = LOWEST;
    while (found.length < LONGEST_KEY) {
      byte[] longer = Arrays.copyOf(found, found.length + 1);
      if (!test.holds(longer)) {
        break;
      }
      int next = 0;
      for (int bit = HIGHEST_BIT; bit > 0; bit >>= 1) {
        longer[found.length] = (byte) (next | bit);
        if (test.holds(longer)) {
          next |= bit;
        }
      }
      longer[found.length] = (byte) next;
      found = longer;
    }
    return found;
  }

  /** The key that follows in order. */
  static byte[] after(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  @Override
  public void close() {
    handles.values().forEach(ColumnFamilyHandle::close);
    rocks.close();
    family.close();
    options.close();
  }
}

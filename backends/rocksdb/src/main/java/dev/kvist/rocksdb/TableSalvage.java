package dev.kvist.rocksdb;

import dev.kvist.Kvist;
import dev.kvist.spi.Quantity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.TableProperties;

/**
 * What can be read of a damaged store's tables and of the large values beside them. A table that is
 * damaged in some blocks is left out for the keys of those.
 */
final class TableSalvage implements AutoCloseable {
  private static final Pattern PLACE = Pattern.compile("in (\\S+\\.sst) offset (\\d+) size (\\d+)");
  private static final String TABLE = ".sst";
  private static final Pattern BLOB = Pattern.compile("([0-9]{6,}\\.blob)");
  private static final byte[] LOWEST = {};

  /** Keys of a table that are not readable. */
  private static final class Hole {
    private final Manifest.Table table;
    private final byte[] from;
    private final byte @Nullable [] to;

    private Hole(Manifest.Table table, byte[] from, byte @Nullable [] to) {
      this.table = table;
      this.from = from;
      this.to = to;
    }

    private boolean covers(byte[] key) {
      return Arrays.compareUnsigned(key, from) >= 0
          && (to == null || Arrays.compareUnsigned(key, to) < 0);
    }
  }

  /** Who gets the records of a family. */
  interface Keeper {
    void keep(int family, byte[] key, byte[] record) throws RocksDBException;

    /**
     * The newest record of a key has a value that cannot be read.
     *
     * @param place the file, where it is known
     */
    void lost(int family, byte[] key, String place) throws RocksDBException;
  }

  private final Path directory;
  private final Path scratch;
  final Manifest manifest;
  private final Map<Long, Path> blobs;
  private final Map<Long, Manifest.Table> readable = new TreeMap<>();
  private final List<Hole> holes = new ArrayList<>();

  /** What is lost of whole tables and blocks. */
  final List<Loss> losses = new ArrayList<>();

  long bytesLost;

  private @Nullable TableSet open;
  private Set<Long> leftOut = Set.of();

  private TableSalvage(Path directory, Path scratch, Manifest manifest, Map<Long, Path> blobs) {
    this.directory = directory;
    this.scratch = scratch;
    this.manifest = manifest;
    this.blobs = blobs;
  }

  /** Looks all tables over. */
  static TableSalvage read(Path directory, Path scratch, Manifest manifest, Map<Long, Path> blobs)
      throws IOException, RocksDBException {
    var salvage = new TableSalvage(directory, scratch, manifest, blobs);
    for (Manifest.Table table : manifest.tables.values()) {
      salvage.look(table, true);
    }
    if (!manifest.isWhole()) {
      for (Path path : DataDirectory.list(directory)) {
        String name = String.valueOf(path.getFileName());
        if (name.matches("[0-9]{6,18}\\.sst")) {
          long number = Long.parseLong(name.substring(0, name.length() - TABLE.length()));
          if (!manifest.tables.containsKey(number) && !manifest.deleted.contains(number)) {
            salvage.look(Manifest.Table.of(number, Loss.ANY_FAMILY), false);
          }
        }
      }
    }
    return salvage;
  }

  // --- looking them over ------------------------------------------------------------------------

  private void look(Manifest.Table table, boolean isKnown) throws IOException, RocksDBException {
    Path file = directory.resolve(table.name());
    if (Files.notExists(file)) {
      lost(table, 0, ": the file is missing");
      return;
    }
    try (var options = new Options();
        var reader = new SstFileReader(options)) {
      reader.open(file.toString());
      TableProperties properties = reader.getTableProperties();
      Manifest.Table whose = table;
      if (isKnown && !isItself(table, Files.size(file), properties)) {
        lost(table, Files.size(file), " is another table than was written");
        return;
      }
      if (!isKnown) {
        int family = (int) properties.getColumnFamilyId();
        whose = Manifest.Table.of(table.number, family);
        manifest.families.putIfAbsent(family, Kvist.utf8(properties.getColumnFamilyName()));
      }
      readable.put(whose.number, whose);
      try {
        reader.verifyChecksum();
      } catch (RocksDBException e) {
        findHoles(whose, properties.getNumEntries() - properties.getNumDeletions());
      }
    } catch (RocksDBException e) {
      readable.remove(table.number);
      lost(table, Files.size(file), " cannot be read (" + e.getMessage() + ")");
    }
  }

  /**
   * Whether a table that can be read is the one of that name, and not one that was copied there.
   */
  private static boolean isItself(Manifest.Table table, long size, TableProperties properties) {
    return size == table.size && properties.getColumnFamilyId() == table.family;
  }

  private void lost(Manifest.Table table, long size, String how) {
    bytesLost += size;
    if (table.family == Database.TIMES_ID) {
      losses.add(Loss.of(table.name() + how + "; deadlines are found anew", Loss.NO_FAMILY, 0));
      return;
    }
    boolean isAny = table.family == Loss.ANY_FAMILY;
    losses.add(
        new Loss(
            table.name() + how + "; its records are lost",
            table.family,
            table.smallest,
            isAny ? null : TableSet.after(table.largest),
            table.newest));
  }

  /** Finds what keys the damaged blocks of a table have, and reads the others. */
  private void findHoles(Manifest.Table table, long records) throws IOException, RocksDBException {
    var found = new ArrayList<Hole>();
    long[] counts = new long[2];
    try (var set =
        new TableSet(scratch.resolve("one"), directory, manifest.families, List.of(table), blobs)) {
      set.read(
          table.family,
          LOWEST,
          null,
          new TableSet.Reader() {
            @Override
            public void record(byte[] key, byte[] value) {
              counts[0]++;
            }

            @Override
            public byte @Nullable [] damage(byte[] from, RocksDBException e)
                throws RocksDBException {
              if (!isOfTable(e)) {
                counts[0]++;
                return TableSet.after(set.unreadable(table.family, from));
              }
              Matcher place = PLACE.matcher(String.valueOf(e.getMessage()));
              counts[1] += place.find() ? Long.parseLong(place.group(3)) : 0;
              byte @Nullable [] to = set.behindBlock(table.family, from);
              found.add(new Hole(table, from, to));
              return to;
            }
          });
    }
    if (found.isEmpty() || table.family == Database.TIMES_ID) {
      // What is damaged leads to no record, such as a filter, or is made anew.
      losses.add(Loss.of(table.name() + ": damaged; no record is missing", Loss.NO_FAMILY, 0));
      return;
    }
    holes.addAll(found);
    bytesLost += counts[1];
    long lost = Math.max(1, records - counts[0]);
    String count =
        (found.size() == 1 ? "" : "some of ") + lost + " " + Quantity.noun(lost, "record");
    for (Hole hole : found) {
      losses.add(
          new Loss(
              table.name() + ": " + count + " cannot be read",
              table.family,
              hole.from,
              hole.to,
              table.newest));
    }
  }

  private static boolean isOfTable(RocksDBException e) {
    return String.valueOf(e.getMessage()).contains(TABLE);
  }

  // --- reading them -----------------------------------------------------------------------------

  /** Whether something of a family's tables is lost. */
  boolean isDamaged(int family) {
    return !manifest.isWhole() || losses.stream().anyMatch(loss -> loss.isOf(family));
  }

  /**
   * The number of the first log that has what is not in the tables of a family; 0 where that is not
   * known, or is not all that the tables should have.
   */
  long firstLog(int family) {
    return isDamaged(family) ? 0 : manifest.firstLog(family);
  }

  /** Reads the newest record of each key of a family. */
  void read(int family, Keeper keeper) throws IOException, RocksDBException {
    var starts = new TreeSet<byte[]>(Arrays::compareUnsigned);
    starts.add(LOWEST);
    for (Hole hole : holes) {
      if (hole.table.family == family) {
        starts.add(hole.from);
        if (hole.to != null) {
          starts.add(hole.to);
        }
      }
    }
    for (byte[] from : starts) {
      var without = new HashSet<Long>();
      for (Hole hole : holes) {
        if (hole.table.family == family && hole.covers(from)) {
          without.add(hole.table.number);
        }
      }
      read(family, from, starts.higher(from), without, keeper);
    }
    if (!manifest.isWhole()) {
      readEach(family, keeper);
    }
  }

  private void read(int family, byte[] from, byte @Nullable [] to, Set<Long> without, Keeper keeper)
      throws IOException, RocksDBException {
    TableSet tables = without(without);
    tables.read(family, from, to, new Salvaging(tables, family, keeper));
  }

  private TableSet without(Set<Long> numbers) throws IOException, RocksDBException {
    TableSet known = open;
    if (known == null || !leftOut.equals(numbers)) {
      close();
      Map<Long, Manifest.Table> wanted = new HashMap<>(readable);
      wanted.keySet().removeAll(numbers);
      known =
          new TableSet(
              scratch.resolve("some"), directory, manifest.families, wanted.values(), blobs);
      open = known;
      leftOut = numbers;
    }
    return known;
  }

  /**
   * Tables that are not in use any more may be among them, whose records cannot be told from newer
   * ones by RocksDB: it takes the sequence numbers of old records away.
   */
  private void readEach(int family, Keeper keeper) throws IOException, RocksDBException {
    var known = new HashMap<>(readable);
    for (Manifest.Table table : readable.values()) {
      if (table.family == family) {
        var others = new HashSet<>(known.keySet());
        others.remove(table.number);
        TableSet one = without(others);
        one.read(family, LOWEST, null, new Salvaging(one, family, keeper));
      }
    }
  }

  /** Passes records on, and keys whose value is damaged. */
  private static final class Salvaging implements TableSet.Reader {
    private final TableSet tables;
    private final int family;
    private final Keeper keeper;

    private Salvaging(TableSet tables, int family, Keeper keeper) {
      this.tables = tables;
      this.family = family;
      this.keeper = keeper;
    }

    @Override
    public void record(byte[] key, byte[] value) throws RocksDBException {
      keeper.keep(family, key, value);
    }

    @Override
    public byte @Nullable [] damage(byte[] from, RocksDBException e) throws RocksDBException {
      if (isOfTable(e)) {
        return tables.behindBlock(family, from);
      }
      byte[] key = tables.unreadable(family, from);
      Matcher file = BLOB.matcher(String.valueOf(e.getMessage()));
      keeper.lost(family, key, file.find() ? file.group(1) : "");
      return TableSet.after(key);
    }
  }

  @Override
  public void close() {
    TableSet known = open;
    if (known != null) {
      known.close();
      open = null;
    }
  }

  /** For messages: where a number is, whatever the language of the user. */
  static String place(String file, long from, long to) {
    return String.format(Locale.ROOT, "%s, bytes %d to %d", file, from, to);
  }
}

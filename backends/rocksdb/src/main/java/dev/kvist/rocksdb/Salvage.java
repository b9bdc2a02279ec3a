package dev.kvist.rocksdb;

import dev.kvist.KeyText;
import dev.kvist.KvException;
import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.Quantity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what can be read of a damaged store into a new one: its tables, then what its log says
 * beyond them. Where tables are damaged the log is read from its beginning, and the higher counter
 * of a key wins.
 */
final class Salvage implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Salvage.class);

  private final Path directory;
  private final Settings settings;
  private final Path folder;
  private final Manifest manifest;
  private final TableSalvage tables;
  private final BucketNames names;
  private final LogSalvage log;
  private final List<String> damages = new ArrayList<>();
  private final List<Loss> losses = new ArrayList<>();

  /** Keys whose newest record in tables has a value that cannot be read, with their places. */
  private final Map<String, LostValue> lostValues = new LinkedHashMap<>();

  private static final class LostValue {
    private final String bucket;
    private final String place;
    private final byte[] key;

    private LostValue(String bucket, String place, byte[] key) {
      this.bucket = bucket;
      this.place = place;
      this.key = key;
    }
  }

  private final Map<Long, Path> blobs;

  /** Of damaged values, by their stored keys; null before one was needed. */
  private @Nullable Map<ByteBuffer, String> places;

  private final long synced;
  private final Map<Integer, Long> firstLogs = new HashMap<>();
  private long bytesLost;

  /** From here on the log has every record there is. */
  private long knownFrom;

  Salvage(Path directory, Settings settings, Path folder) throws IOException, RocksDBException {
    this.directory = directory;
    this.settings = settings;
    this.folder = folder;
    manifest = Manifest.read(directory);
    damages.addAll(manifest.damages);
    bytesLost = manifest.bytesLost;
    blobs = blobs();
    tables = TableSalvage.read(directory, folder, manifest, blobs);
    bytesLost += tables.bytesLost;
    synced = synced();
    names = new BucketNames(settings.singleBucketMode(), manifest.families);
    log = LogSalvage.read(directory, synced, manifest);
  }

  /** All that are there, made such that RocksDB opens them. */
  private Map<Long, Path> blobs() throws IOException {
    var blobs = new TreeMap<Long, Path>();
    int compression = 0;
    for (Path path : DataDirectory.list(directory)) {
      String name = String.valueOf(path.getFileName());
      if (name.matches("[0-9]{6,18}\\.blob")) {
        blobs.put(Long.parseLong(name.substring(0, name.indexOf('.'))), path);
        compression = Math.max(compression, BlobFile.compression(path));
      }
    }
    for (Map.Entry<Long, Path> blob : blobs.entrySet()) {
      Path file = blob.getValue();
      int told = manifest.familyOfBlobs(blob.getKey());
      int family = told >= 0 ? told : BlobFile.family(file);
      Path used = BlobFile.openable(file, folder.resolve(file.getFileName()), family, compression);
      if (!used.equals(file)) {
        damages.add(file.getFileName() + ": its beginning or its end is damaged");
        blob.setValue(used);
      }
    }
    for (long number : manifest.blobs()) {
      if (!blobs.containsKey(number)) {
        damages.add(Manifest.fileName(number, "blob") + ": the file is missing");
      }
    }
    return blobs;
  }

  private long synced() throws IOException {
    try {
      return SyncedPosition.read(directory);
    } catch (KvException.Corrupted e) {
      damages.add(SyncedPosition.FILE_NAME + ": no position in it is whole");
      return manifest.lastSequence;
    }
  }

  /** Makes the new store, and says what is in it. */
  Repair run(String keptCopy, @Nullable String markDamage) throws IOException, RocksDBException {
    if (markDamage != null) {
      damages.add(markDamage);
    }
    readDefinitions();
    findLosses();
    long newest = Math.max(Math.max(manifest.lastSequence, log.newest()), synced);
    Path path = RepairedFiles.store(directory);
    try (RepairedStore store = RepairedStore.make(path, settings, newest)) {
      for (String bucket : names.live()) {
        store.define(bucket);
      }
      for (int family : List.copyOf(manifest.families.keySet())) {
        if (family != Database.DEFINITIONS_ID && family != Database.TIMES_ID) {
          tables.read(family, new Keeping(store));
        }
      }
      log.read((file, change) -> apply(store, file, change));
      Repair done = report(store, keptCopy);
      long now = System.currentTimeMillis();
      Epochs epochs = names.epochs();
      // Some may be missing: versions of their time must not be taken for those of another.
      boolean known =
          knownFrom <= 1
              || tables.losses.stream().noneMatch(loss -> loss.isOf(Database.DEFINITIONS_ID));
      store.finish(
          known ? epochs : Epochs.read(new byte[0]), names.newestTime(), now, epochs.newest());
      return done;
    }
  }

  // --- definitions and losses -------------------------------------------------------------------

  private void readDefinitions() throws IOException, RocksDBException {
    int family = Database.DEFINITIONS_ID;
    if (manifest.families.containsKey(family)) {
      tables.read(
          family,
          new TableSalvage.Keeper() {
            @Override
            public void keep(int id, byte[] key, byte[] value) {
              names.define(key, value);
            }

            @Override
            public void lost(int id, byte[] key, String place) {
              damages.add(place + ": a definition is damaged");
            }
          });
    }
    long firstLog = tables.firstLog(family);
    log.read((file, change) -> {
      if (change.family == family && change.isPut && file >= firstLog) {
        names.define(
            Arrays.copyOfRange(change.bytes, change.keyFrom, change.keyTo),
            Arrays.copyOfRange(change.bytes, change.valueFrom, change.valueTo));
      }
    });
    for (String bucket : names.live()) {
      int id = names.familyOf(bucket);
      if (!settings.singleBucketMode() && !manifest.families.containsKey(id)) {
        tables.losses.add(
            Loss.of(
                "the column family of bucket " + bucket + " is missing; its records are lost",
                id,
                Loss.ANY_COUNTER));
      }
    }
  }

  private void findLosses() {
    damages.addAll(log.ends);
    losses.addAll(tables.losses);
    tables.losses.forEach(loss -> damages.add(loss.describe(names)));
    for (LogSalvage.Gap gap : log.gaps) {
      knownFrom = Math.max(knownFrom, gap.end());
      bytesLost += gap.bytes();
      boolean matters = false;
      for (int family : families()) {
        if (tables.firstLog(family) <= gap.file()) {
          matters = true;
          losses.add(Loss.of("", family, gap.end()));
        }
      }
      damages.add(gap.place() + (matters ? ": " + changes(gap) : ": no record is missing"));
    }
    knownFrom = Math.max(knownFrom, log.first());
  }

  private static String changes(LogSalvage.Gap gap) {
    long count = gap.end() - gap.first();
    String changes = gap.first() < 0 ? "changes" : count + " " + Quantity.noun(count, "change");
    return changes + " cannot be read; of which keys is not known";
  }

  private List<Integer> families() {
    var families = new TreeSet<>(manifest.families.keySet());
    families.remove(Database.DEFINITIONS_ID);
    families.remove(Database.TIMES_ID);
    if (!settings.singleBucketMode()) {
      families.remove(0);
      names.live().forEach(bucket -> families.add(names.familyOf(bucket)));
    }
    return List.copyOf(families);
  }

  // --- records ----------------------------------------------------------------------------------

  private final class Keeping implements TableSalvage.Keeper {
    private final RepairedStore store;

    private Keeping(RepairedStore store) {
      this.store = store;
    }

    @Override
    public void keep(int family, byte[] stored, byte[] record) throws RocksDBException {
      @Nullable String bucket = names.bucket(family, stored);
      if (bucket == null || record.length < RecordLayout.HEADER_BYTES) {
        return;
      }
      byte[] key = names.key(stored);
      names.seen(RecordLayout.writtenAt(record, 0));
      // Without a MANIFEST a key is met in each table by itself.
      if (manifest.isWhole() || store.counterOf(bucket, key) < RecordLayout.counter(record, 0)) {
        store.keep(bucket, key, record);
      }
    }

    @Override
    public void lost(int family, byte[] stored, String place) {
      @Nullable String bucket = names.bucket(family, stored);
      if (bucket != null) {
        byte[] key = names.key(stored);
        lostValues.put(text(bucket, key), new LostValue(bucket, place(stored, place), key));
      }
    }
  }

  /** Where the value of a key is damaged, of which RocksDB may not say it. */
  private String place(byte[] stored, String file) {
    Map<ByteBuffer, String> known = places;
    if (known == null) {
      known = new HashMap<>();
      places = known;
      for (Map.Entry<Long, Path> blob : blobs.entrySet()) {
        findPlaces(Manifest.fileName(blob.getKey(), "blob"), blob.getValue(), known);
      }
    }
    return known.getOrDefault(
        ByteBuffer.wrap(stored), file.isEmpty() ? "a file of large values" : file);
  }

  private static void findPlaces(String name, Path file, Map<ByteBuffer, String> places) {
    try {
      BlobFile.damages(
          file,
          (key, bytes) ->
              places.put(ByteBuffer.wrap(key), TableSalvage.place(name, bytes[0], bytes[1])));
    } catch (IOException e) {
      LOG.info("{}: its damages are not known", file, e);
    }
  }

  private void apply(RepairedStore store, long file, LogBatch change) throws RocksDBException {
    int family = change.family;
    if (family == Database.DEFINITIONS_ID || family == Database.TIMES_ID) {
      return;
    }
    byte[] stored = Arrays.copyOfRange(change.bytes, change.keyFrom, change.keyTo);
    @Nullable String bucket = names.bucket(family, stored);
    if (bucket == null) {
      return;
    }
    byte[] key = names.key(stored);
    // Tables have what is in older logs, and deletions that nothing else tells of any more.
    if (file < firstLogs.computeIfAbsent(family, tables::firstLog)
        && !lostValues.containsKey(text(bucket, key))) {
      return;
    }
    boolean isNewer = store.counterOf(bucket, key) < change.sequence;
    if (!change.isPut && isNewer) {
      store.remove(bucket, key);
    } else if (isNewer && change.valueTo - change.valueFrom >= RecordLayout.HEADER_BYTES) {
      names.seen(RecordLayout.writtenAt(change.bytes, change.valueFrom));
      store.keep(bucket, key, Arrays.copyOfRange(change.bytes, change.valueFrom, change.valueTo));
    }
  }

  // --- what came of it --------------------------------------------------------------------------

  private Repair report(RepairedStore store, String keptCopy) throws RocksDBException {
    var suspects = new TreeSet<String>();
    for (Map.Entry<String, LostValue> each : lostValues.entrySet()) {
      LostValue lost = each.getValue();
      long counter = store.counterOf(lost.bucket, lost.key);
      boolean isSure = counter >= knownFrom && counter >= 0;
      if (!isSure) {
        suspects.add(each.getKey());
      }
      damages.add(
          lost.place
              + ": the value of "
              + each.getKey()
              + " is damaged"
              + (isSure ? "; the log has it" : counter >= 0 ? "; an older one is kept" : ""));
    }
    long[] records = {0};
    store.forEach((bucket, key, counter) -> {
      records[0]++;
      byte[] stored = names.stored(bucket, key);
      int family = names.familyOf(bucket);
      if (counter < knownFrom - 1
          && losses.stream().anyMatch(loss -> loss.mayHide(family, stored, counter))) {
        suspects.add(text(bucket, key));
      }
    });
    damages.addAll(names.madeUp());
    return new Repair(records[0], bytesLost, List.copyOf(damages), List.copyOf(suspects), keptCopy);
  }

  private static String text(String bucket, byte[] key) {
    return bucket + "/" + KeyText.print(key);
  }

  @Override
  public void close() {
    tables.close();
  }
}

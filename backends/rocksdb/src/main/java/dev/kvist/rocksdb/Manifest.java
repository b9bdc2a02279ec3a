package dev.kvist.rocksdb;

import dev.kvist.Kvist;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What RocksDB's files MANIFEST say of a store: its column families, and which files are in use.
 *
 * <p>The file is framed as a log is. Its records are edits, by RocksDB's {@code
 * db/version_edit.cc}: a tag, then what belongs to it, again and again.
 */
final class Manifest {
  private static final int COMPARATOR = 1;
  private static final int LOG_NUMBER = 2;
  private static final int NEXT_FILE = 3;
  private static final int LAST_SEQUENCE = 4;
  private static final int COMPACT_CURSOR = 5;
  private static final int DELETED_FILE = 6;
  private static final int PREVIOUS_LOG = 9;
  private static final int OLDEST_LOG = 10;
  private static final int NEW_FILE = 103;
  private static final int FAMILY = 200;
  private static final int FAMILY_ADDED = 201;
  private static final int FAMILY_DROPPED = 202;
  private static final int MOST_FAMILIES = 203;
  private static final int IN_GROUP = 300;
  private static final int BLOB_ADDED = 400;
  private static final int BLOB_GARBAGE = 401;

  /** Readers may pass over tags with this bit, which have a length. */
  private static final int IGNORABLE = 1 << 13;

  private static final int LOG_SYNCED = IGNORABLE + 7;
  private static final int LOGS_REMOVED = IGNORABLE + 8;

  /** The field of a synced log that has its length, and the end of its fields. */
  private static final int SYNCED_BYTES = 2;

  private static final int NO_MORE_OF_A_LOG = 1;

  /** The end of the fields of a new file. */
  private static final int NO_MORE_FIELDS = 1;

  /** The field of a new file that says which file of large values is the first that it needs. */
  private static final int OLDEST_BLOB = 4;

  /** What follows the user's key in a key: sequence number and kind. */
  private static final int KEY_TAIL = 8;

  private static final String ORDER = "leveldb.BytewiseComparator";

  /** Higher than all that can be met. */
  private static final long ANY_SEQUENCE = 1L << 55;

  private static final byte[] HIGHEST_KEY = new byte[300];

  static {
    java.util.Arrays.fill(HIGHEST_KEY, (byte) 0xFF);
  }

  /** A table: a file of sorted records. */
  static final class Table {
    final long number;
    final int family;

    /** In bytes; -1 when it is not known. */
    final long size;

    final byte[] smallest;

    /** Included. */
    final byte[] largest;

    /** No record in it is newer. */
    final long newest;

    Table(long number, int family, long size, byte[] smallest, byte[] largest, long newest) {
      this.number = number;
      this.family = family;
      this.size = size;
      this.smallest = smallest;
      this.largest = largest;
      this.newest = newest;
    }

    /** One of which only the family is known. */
    static Table of(long number, int family) {
      return new Table(number, family, -1, new byte[0], HIGHEST_KEY, Long.MAX_VALUE);
    }

    String name() {
      return fileName(number, "sst");
    }
  }

  private static final class Blobs {
    private long live;
    private int family;
  }

  final Map<Integer, String> families = new TreeMap<>();
  final Map<Long, Table> tables = new TreeMap<>();

  /** Of files that are not in use any more. */
  final Set<Long> deleted = new HashSet<>();

  private final Map<Long, Blobs> blobs = new TreeMap<>();
  private final Map<Integer, Long> logs = new HashMap<>();

  long lastSequence;

  /** The oldest log that is needed; -1 where that is not known. */
  long oldestLog = -1;

  /** The newest log that was synced after another one was begun, and all before it were; or -1. */
  long syncedLog = -1;

  /** How much of it. */
  long syncedLogBytes;

  /** What is wrong with it, each with its place. */
  final List<String> damages = new ArrayList<>();

  /** Bytes that were not readable. */
  long bytesLost;

  private Manifest() {
    families.put(0, "default");
  }

  static String fileName(long number, String kind) {
    return String.format(java.util.Locale.ROOT, "%06d.%s", number, kind);
  }

  /** Whether it says all: else there may be files in use that it does not know. */
  boolean isWhole() {
    return damages.isEmpty();
  }

  /** Files of large values that are in use. */
  List<Long> blobs() {
    return blobs.entrySet().stream()
        .filter(e -> e.getValue().live > 0)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The family of a file of large values; -1 where that is not known. */
  int familyOfBlobs(long number) {
    Blobs file = blobs.get(number);
    return file == null ? -1 : file.family;
  }

  /** The first log that has what is not in the tables of a family; 0 where that is not known. */
  long firstLog(int family) {
    return Math.max(oldestLog, logs.getOrDefault(family, 0L));
  }

  // --- reading ----------------------------------------------------------------------------------

  /** Reads that of a store's directory. */
  static Manifest read(Path directory) throws IOException {
    var read = new Manifest();
    @Nullable Path file = read.current(directory);
    if (file != null) {
      read.readEdits(file);
    }
    return read;
  }

  /** The file that CURRENT names; else the newest. */
  private @Nullable Path current(Path directory) throws IOException {
    Path current = directory.resolve("CURRENT");
    if (Files.isRegularFile(current)) {
      String name = new String(Files.readAllBytes(current), StandardCharsets.ISO_8859_1).strip();
      if (name.matches("MANIFEST-[0-9]+") && Files.exists(directory.resolve(name))) {
        return directory.resolve(name);
      }
    }
    boolean isThere = Files.exists(current);
    var found = new TreeMap<String, Path>();
    for (Path path : DataDirectory.list(directory)) {
      if (String.valueOf(path.getFileName()).matches("MANIFEST-[0-9]+")) {
        found.put(String.valueOf(path.getFileName()), path);
      }
    }
    damages.add(
        (isThere ? "CURRENT names no MANIFEST that is there" : "CURRENT is missing")
            + (found.isEmpty() ? ", and there is none" : ""));
    return found.isEmpty() ? null : found.lastEntry().getValue();
  }

  private void readEdits(Path file) throws IOException {
    long bad = -1;
    try (var frames = new LogFrames(file)) {
      while (true) {
        LogFrames.Found found = frames.next();
        if (found == LogFrames.Found.RECORD && parse(frames)) {
          lost(file, bad, frames.offset());
          bad = -1;
        } else if (found == LogFrames.Found.END) {
          lost(file, bad, frames.position());
          return;
        } else if (bad < 0) {
          bad = frames.offset();
        }
      }
    }
  }

  private void lost(Path file, long from, long to) {
    if (from >= 0) {
      bytesLost += to - from;
      damages.add(
          file.getFileName()
              + ", bytes "
              + from
              + " to "
              + to
              + ": which files are in use cannot be read there");
    }
  }

  private boolean parse(LogFrames frames) {
    try {
      new Edit(new ManifestBytes(frames.record(), frames.length())).apply();
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** One record, while it is read. */
  private final class Edit {
    private final ManifestBytes from;
    private final List<Table> added = new ArrayList<>();
    private final List<Blobs> addedBlobs = new ArrayList<>();
    private final List<Long> removed = new ArrayList<>();
    private int family;
    private long log = -1;
    private @Nullable String name;
    private boolean dropped;

    private Edit(ManifestBytes from) {
      this.from = from;
    }

    private void apply() {
      while (from.hasNext()) {
        field((int) from.number());
      }
      if (name != null) {
        families.put(family, name);
      }
      if (log >= 0) {
        logs.put(family, log);
      }
      // The family is said behind the files.
      addedBlobs.forEach(each -> each.family = family);
      removed.forEach(tables::remove);
      deleted.addAll(removed);
      for (Table each : added) {
        tables.put(
            each.number,
            new Table(each.number, family, each.size, each.smallest, each.largest, each.newest));
        // A table that only changes its level is removed and added in one.
        deleted.remove(each.number);
      }
      if (dropped) {
        families.remove(family);
        logs.remove(family);
        tables
            .values()
            .removeIf(table -> {
              boolean gone = table.family == family;
              if (gone) {
                deleted.add(table.number);
              }
              return gone;
            });
      }
    }

    private void field(int tag) {
      switch (tag) {
        case COMPARATOR -> from.bytes();
        case LOG_NUMBER -> log = from.number();
        case NEXT_FILE, PREVIOUS_LOG, MOST_FAMILIES, IN_GROUP -> from.number();
        case OLDEST_LOG -> oldestLog = Math.max(oldestLog, from.number());
        case LAST_SEQUENCE -> lastSequence = Math.max(lastSequence, from.number());
        case COMPACT_CURSOR -> {
          from.number();
          from.bytes();
        }
        case DELETED_FILE -> {
          from.number();
          removed.add(from.number());
        }
        case NEW_FILE -> newFile();
        case FAMILY -> family = (int) from.number();
        case FAMILY_ADDED -> name = Kvist.utf8(from.bytes());
        case FAMILY_DROPPED -> dropped = true;
        case BLOB_ADDED -> {
          Blobs file = blobs.computeIfAbsent(from.number(), _ -> new Blobs());
          file.live += from.number();
          addedBlobs.add(file);
          from.number();
          from.bytes();
          from.bytes();
          from.fields(0);
        }
        case BLOB_GARBAGE -> {
          Blobs file = blobs.computeIfAbsent(from.number(), _ -> new Blobs());
          file.live -= from.number();
          from.number();
          from.fields(0);
        }
        case LOG_SYNCED -> logSynced(from.bytes());
        case LOGS_REMOVED -> logsRemovedBefore(new ManifestBytes(from.bytes()).number());
        default -> {
          if ((tag & IGNORABLE) == 0) {
            throw new IllegalArgumentException("an unknown tag " + tag);
          }
          from.bytes();
        }
      }
    }

    private void newFile() {
      from.number();
      long number = from.number();
      long size = from.number();
      byte[] smallest = userKey(from.bytes());
      byte[] largest = userKey(from.bytes());
      from.number();
      long newest = from.number();
      from.fields(NO_MORE_FIELDS);
      // Compaction takes the numbers of records away that nothing older is left of.
      newest = newest == 0 ? Long.MAX_VALUE : newest;
      added.add(new Table(number, 0, size, smallest, largest, newest));
    }
  }

  private void logSynced(byte[] edit) {
    var from = new ManifestBytes(edit);
    long log = from.number();
    long bytes = 0;
    for (long tag = from.number(); tag != NO_MORE_OF_A_LOG; tag = from.number()) {
      if (tag != SYNCED_BYTES) {
        throw new IllegalArgumentException("an unknown tag " + tag + " of a log");
      }
      bytes = from.number();
    }
    if (log >= syncedLog) {
      syncedLog = log;
      syncedLogBytes = bytes;
    }
  }

  private void logsRemovedBefore(long log) {
    if (syncedLog < log) {
      syncedLog = -1;
      syncedLogBytes = 0;
    }
  }

  /** Whether a place in the log was synced, as far as is known here. */
  boolean isSynced(long log, long offset) {
    return log < syncedLog || (log == syncedLog && offset < syncedLogBytes);
  }

  private static byte[] userKey(byte[] key) {
    if (key.length < KEY_TAIL) {
      throw new IllegalArgumentException("a key of " + key.length + " bytes");
    }
    return java.util.Arrays.copyOf(key, key.length - KEY_TAIL);
  }

  // --- writing ----------------------------------------------------------------------------------

  /** The content of one that says that some tables and blobs are in use, all in level 0. */
  static byte[] content(
      Map<Integer, String> families, Map<Table, Long> sizes, Map<Long, Long> blobSizes) {
    var file = new FrameWriter();
    long oldest = blobSizes.keySet().stream().mapToLong(Long::longValue).min().orElse(0);
    for (Map.Entry<Integer, String> family : families.entrySet()) {
      var edit = new ManifestBytes();
      edit.number(COMPARATOR).bytes(Kvist.utf8(ORDER));
      edit.number(LOG_NUMBER).number(0).number(NEXT_FILE).number(ANY_SEQUENCE);
      edit.number(LAST_SEQUENCE).number(ANY_SEQUENCE);
      if (family.getKey() != 0) {
        edit.number(FAMILY).number(family.getKey());
        edit.number(FAMILY_ADDED).bytes(Kvist.utf8(family.getValue()));
      }
      file.add(edit.written());
      var files = new ManifestBytes();
      files.number(FAMILY).number(family.getKey());
      sizes.forEach((table, size) -> {
        if (table.family == family.getKey()) {
          files.number(NEW_FILE).number(0).number(table.number).number(size);
          files.key(table.smallest, ANY_SEQUENCE).key(table.largest, 0);
          files.number(0).number(Math.min(table.newest, ANY_SEQUENCE));
          // Without it RocksDB takes files of large values for garbage.
          files.number(OLDEST_BLOB).bytes(new ManifestBytes().number(oldest).written());
          files.number(NO_MORE_FIELDS);
        }
      });
      blobSizes.forEach((number, size) ->
          files
              .number(BLOB_ADDED)
              .number(number)
              .number(size)
              .number(size)
              .bytes(new byte[0])
              .bytes(new byte[0])
              .number(0));
      file.add(files.written());
    }
    return file.content();
  }
}

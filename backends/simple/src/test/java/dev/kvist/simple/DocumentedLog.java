package dev.kvist.simple;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Factory;
import org.jspecify.annotations.Nullable;

/**
 * A second implementation, for reading only: what {@code docs/formats.md} says of the log, and no
 * class of the engine.
 */
final class DocumentedLog {
  private static final int SEGMENT_HEADER = 64;
  private static final int RECORD_HEADER = 36;

  /** A record as the tables describe it. */
  static final class Entry {
    final int type;
    final int flags;
    final int claim;
    final long counter;
    final long epoch;
    final long writtenAt;
    final long bucket;
    final long deadline;
    final byte[] key;
    final byte[] stored;
    final int offset;
    final int following;

    private Entry(ByteBuffer file, int offset) {
      int typeAndFlags = file.get(offset + 14) & 0xFF;
      type = typeAndFlags & 0x0F;
      flags = typeAndFlags & 0xF0;
      claim = file.get(offset + 15) & 0xFF;
      counter = file.getLong(offset + 16) & 0xFFFF_FFFF_FFFFL;
      writtenAt = file.getLong(offset + 24) & 0xFFFF_FFFF_FFFFL;
      epoch = (file.getShort(offset + 22) & 0xFFFFL) << 16 | (file.getShort(offset + 30) & 0xFFFFL);
      bucket = file.getInt(offset + 32) & 0xFFFF_FFFFL;
      boolean ends = (flags & 0x40) != 0;
      deadline = ends ? file.getLong(offset + RECORD_HEADER) : Long.MAX_VALUE;
      int keyAt = offset + RECORD_HEADER + (ends ? 8 : 0);
      key = new byte[file.getShort(offset + 12) & 0xFFFF];
      file.get(keyAt, key);
      stored = new byte[file.getInt(offset + 8)];
      file.get(keyAt + key.length, stored);
      this.offset = offset;
      following = (keyAt + key.length + stored.length + 7) & ~7;
    }

    boolean isBatched() {
      return (flags & 0x80) != 0;
    }

    boolean isPair() {
      return (flags & 0x10) != 0;
    }

    /** The value as a reader of the API gets it. */
    byte[] value() {
      return (flags & 0x20) == 0 ? stored : unpack(stored);
    }
  }

  /** A segment file. */
  static final class SegmentFile {
    final Path path;
    final ByteBuffer bytes;
    final int kind;
    final long epoch;
    final long storeId;
    final long id;
    final long firstCounter;
    final long address;
    final long oldest;

    private SegmentFile(Path path, ByteBuffer bytes) {
      this.path = path;
      this.bytes = bytes;
      kind = bytes.getShort(10);
      epoch = bytes.getInt(12) & 0xFFFF_FFFFL;
      storeId = bytes.getLong(16);
      id = bytes.getLong(24);
      firstCounter = bytes.getLong(32);
      address = bytes.getLong(40);
      oldest = id - (bytes.getInt(56) & 0xFFFF_FFFFL);
    }

    private void check() {
      byte[] magic = new byte[8];
      bytes.get(0, magic);
      String name = path.getFileName().toString();
      require(new String(magic, US_ASCII).equals("KVISTLOG"), path + " has the magic");
      require(bytes.getShort(8) == 1, path + " has generation 1");
      require(bytes.getInt(60) == crc(bytes, 0, 60), path + " has its header's checksum");
      require(name.equals("%012d.log".formatted(id)), path + " is named by its id");
    }

    /** The record at an offset; null when no intact one is there. */
    private @Nullable Entry at(int offset) {
      if (offset + RECORD_HEADER > bytes.capacity()) {
        return null;
      }
      int type = bytes.get(offset + 14) & 0x0F;
      int keyEnd =
          RECORD_HEADER
              + ((bytes.get(offset + 14) & 0x40) == 0 ? 0 : 8)
              + (bytes.getShort(offset + 12) & 0xFFFF);
      int length = bytes.getInt(offset + 8);
      if (type < 1
          || type > 6
          || length < 0
          || (long) offset + keyEnd + length > bytes.capacity()
          || bytes.getInt(offset) != (crc(bytes, offset + 4, keyEnd - 4) ^ mask(id, offset))
          || bytes.getInt(offset + 4) != crc(bytes, offset + keyEnd, length)) {
        return null;
      }
      return new Entry(bytes, offset);
    }
  }

  final List<SegmentFile> state = new ArrayList<>();
  final List<SegmentFile> wal = new ArrayList<>();

  /** The records of the log up to its end, in order. */
  final List<Entry> log = new ArrayList<>();

  private final List<Entry> kept = new ArrayList<>();

  /** At which offset the records of each state segment end, by its id. */
  private final Map<Long, Integer> ends = new TreeMap<>();

  /** The newest mark that says which segments there must be; null when none does. */
  @Nullable Entry inventory;

  /** The log address at which the log ends. */
  private long end;

  private DocumentedLog() {}

  static DocumentedLog read(Path store) throws IOException {
    var read = new DocumentedLog();
    for (String folder : List.of("wal", "last_state")) {
      for (Path path : segmentsIn(store.resolve(folder))) {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.slice(0, SEGMENT_HEADER).equals(ByteBuffer.allocate(SEGMENT_HEADER))) {
          continue; // a spare
        }
        var segment = new SegmentFile(path, bytes);
        segment.check();
        (segment.kind == 1 ? read.wal : read.state).add(segment);
      }
    }
    read.wal.sort(Comparator.comparingLong(segment -> segment.id));
    read.state.forEach(read::readState);
    read.readLog();
    read.refuseDamage();
    read.refuseMissing();
    return read;
  }

  private static List<Path> segmentsIn(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches("[0-9]{12}\\.log"))
          .sorted()
          .toList();
    }
  }

  private void readState(SegmentFile segment) {
    ends.put(segment.id, SEGMENT_HEADER);
    Entry entry = segment.at(SEGMENT_HEADER);
    while (entry != null) {
      kept.add(entry);
      ends.put(segment.id, entry.following);
      entry = segment.at(entry.following);
    }
  }

  private void readLog() {
    List<Entry> batch = new ArrayList<>();
    long next = wal.isEmpty() ? 0 : wal.getFirst().firstCounter;
    for (int i = 0; i < wal.size(); i++) {
      SegmentFile segment = wal.get(i);
      if (segment.firstCounter != next) {
        return;
      }
      int offset = SEGMENT_HEADER;
      end = segment.address + offset;
      Entry entry = segment.at(offset);
      while (entry != null && entry.counter == next) {
        next++;
        offset = entry.following;
        batch.add(entry);
        if (!entry.isBatched()) {
          log.addAll(batch);
          batch.clear();
          end = segment.address + offset;
        }
        entry = segment.at(offset);
      }
      boolean whole = i + 1 == wal.size() || wal.get(i + 1).address == end;
      if (!batch.isEmpty() || !whole) {
        return;
      }
    }
  }

  /** What follows the end was never known to be on the device, or the store is damaged. */
  private void refuseDamage() {
    for (SegmentFile segment : wal) {
      long from = Math.clamp(end - segment.address, SEGMENT_HEADER, segment.bytes.capacity());
      for (int at = (int) from; at + RECORD_HEADER <= segment.bytes.capacity(); at += 8) {
        Entry entry = segment.at(at);
        if (entry != null && entry.claim < 63) {
          long proven = segment.address + at - ((1L << entry.claim) - 1);
          require(proven <= end, segment.path + " is damaged before offset " + at);
        }
      }
    }
  }

  /** Headers say where the log began when they were made, compaction what it leaves. */
  private void refuseMissing() {
    kept.forEach(entry -> takeInventory(entry, 0));
    log.forEach(entry -> takeInventory(entry, 1));
    long oldest = 0;
    for (SegmentFile segment : wal) {
      oldest = segment.oldest < segment.id ? Math.max(oldest, segment.oldest) : oldest;
    }
    if (inventory != null) {
      ByteBuffer value = ByteBuffer.wrap(inventory.stored).order(ByteOrder.LITTLE_ENDIAN);
      oldest = Math.max(oldest, value.getLong());
      while (value.hasRemaining()) {
        long each = value.getLong();
        long end = (each & 0xFFF_FFFF) * 8;
        require(ends.getOrDefault(each >> 28, 0) >= end, "a state segment reaches " + end);
      }
    }
    require(oldest == 0 || hasLog(oldest), "segment " + oldest + " of the log is there");
  }

  private void takeInventory(Entry entry, int newerBy) {
    boolean says = entry.type == 5 && entry.stored.length > 0;
    if (says && (inventory == null || entry.counter >= inventory.counter + newerBy)) {
      inventory = entry;
    }
  }

  private boolean hasLog(long id) {
    return wal.stream().anyMatch(segment -> segment.id == id);
  }

  /** The newest record of each key, by the bucket's id, then by the key as text. */
  Map<Long, Map<String, Entry>> newest() {
    Map<Long, Map<String, Entry>> newest = new TreeMap<>();
    for (Entry entry : Stream.concat(kept.stream(), log.stream()).toList()) {
      if (entry.type <= 4) {
        newest
            .computeIfAbsent(entry.bucket, _ -> new TreeMap<>())
            .merge(
                new String(entry.key, UTF_8),
                entry,
                (one, other) -> one.counter > other.counter ? one : other);
      }
    }
    return newest;
  }

  /** The ids of the buckets that exist, by name. */
  Map<String, Long> buckets() {
    Map<String, Long> buckets = new TreeMap<>();
    newest()
        .getOrDefault(0L, Map.of())
        .forEach((name, entry) -> {
          ByteBuffer definition = ByteBuffer.wrap(entry.value()).order(ByteOrder.LITTLE_ENDIAN);
          if (definition.get(4) == 1) {
            buckets.put(name, definition.getInt(0) & 0xFFFF_FFFFL);
          }
        });
    return buckets;
  }

  /** The position of a record, as the index has it. */
  long positionOf(Entry entry) {
    for (SegmentFile segment : wal) {
      Entry there = segment.at(entry.offset);
      if (there != null && there.counter == entry.counter) {
        return segment.id << 26 | entry.offset;
      }
    }
    throw new AssertionError("record " + entry.counter + " is not in the log");
  }

  private static int mask(long segmentId, long offset) {
    long x = segmentId * 0x9E3779B97F4A7C15L ^ offset * 0xC2B2AE3D27D4EB4FL;
    return (int) (x ^ x >>> 32);
  }

  static int crc(ByteBuffer bytes, int from, int length) {
    var crc = new CRC32C();
    crc.update(bytes.slice(from, length));
    return (int) crc.getValue();
  }

  /** Undoes either compressed form. */
  static byte[] unpack(byte[] stored) {
    int length = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN).getInt();
    byte[] value = new byte[length];
    LZ4Factory.safeInstance()
        .safeDecompressor()
        .decompress(stored, 4, stored.length - 4, value, 0, length);
    return value;
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what + ": it does not hold");
    }
  }
}

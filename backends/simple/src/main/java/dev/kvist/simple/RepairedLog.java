package dev.kvist.simple;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a sound log beside a damaged one: state segments with the records that were kept, then a
 * short write-ahead log in a new epoch that goes on where the counters of the old one ended.
 */
final class RepairedLog {
  /** The mark that ends each segment. */
  private static final int MARK_BYTES = (int) RecordLayout.size(0, 0, false);

  private static final class Definition {
    private final byte[] name;
    private final byte[] value;

    private Definition(byte[] name, byte[] value) {
      this.name = name;
      this.value = value;
    }
  }

  private final LogDirectory directory;
  private final int segmentBytes;
  private final long storeId;
  private final int epoch;
  private final long millis;
  private final List<Definition> definitions = new ArrayList<>();

  /** Where the records of each state segment end. */
  private final List<Long> state = new ArrayList<>();

  private long counter;
  private long id;
  private @Nullable LogFile file;
  private long fileId;
  private long at;

  /**
   * @param firstId of the new segments
   * @param epoch higher than every one before
   * @param counter of the newest record there ever was
   */
  RepairedLog(
      LogDirectory directory,
      int segmentBytes,
      long firstId,
      long storeId,
      int epoch,
      long counter,
      long millis) {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
    this.id = firstId;
    this.storeId = storeId;
    this.epoch = epoch;
    this.counter = counter;
    this.millis = millis;
  }

  /** Keeps a record as it is, but for its place and its batch. */
  void keep(RecordCursor record) throws IOException {
    byte[] bytes = record.bytes();
    LogFile to = room(bytes.length);
    int keyEnd = record.keyStart() + record.keyLength();
    bytes[14] = (byte) (bytes[14] & ~RecordLayout.MORE);
    bytes[15] = (byte) RecordLayout.NO_CLAIM;
    MemorySegment.ofArray(bytes)
        .set(
            RecordLayout.INT,
            0,
            Scratch.get().checksum(bytes, 4, keyEnd - 4) ^ RecordLayout.mask(fileId, at));
    MemorySegment.copy(bytes, 0, to.memory(), ValueLayout.JAVA_BYTE, at, bytes.length);
    to.written(at, bytes.length);
    at += bytes.length;
  }

  /** Names a bucket anew. */
  void define(String name, int bucket) {
    definitions.add(new Definition(dev.kvist.Kvist.utf8(name), Bucket.definition(bucket, true)));
  }

  private LogFile room(long size) throws IOException {
    LogFile there = file;
    if (there != null && at + size + MARK_BYTES <= there.memory().byteSize()) {
      return there;
    }
    endState();
    long bytes = Math.max(segmentBytes, SegmentLayout.HEADER_BYTES + size + MARK_BYTES);
    return begin(Log.STATE_FOLDER, SegmentLayout.STATE, bytes);
  }

  private LogFile begin(String folder, int kind, long bytes) throws IOException {
    fileId = id++;
    LogFile made = directory.create(RepairedFiles.name(folder, fileId), bytes);
    file = made;
    SegmentLayout.write(made.memory(), kind, epoch, storeId, fileId, counter + 1, 0, millis, 0);
    made.written(0, SegmentLayout.HEADER_BYTES);
    at = SegmentLayout.HEADER_BYTES;
    return made;
  }

  private void endState() throws IOException {
    LogFile ended = file;
    if (ended != null) {
      end(ended, Op.NOTHING);
      state.add(Log.markOf(fileId, at));
    }
  }

  /** Brings a segment onto the device, and says so in it, with what else is to be said. */
  private void end(LogFile ended, byte[] value) throws IOException {
    ended.force(0, at);
    append(ended, RecordLayout.MARK, Bucket.DIRECTORY, Op.NOTHING, value, counter);
    ended.force(0, ended.memory().byteSize());
    close();
  }

  private void append(LogFile to, int type, int bucket, byte[] key, byte[] value, long ofRecord) {
    Scratch scratch = Scratch.get();
    int length =
        RecordWriter.assemble(
            scratch,
            type,
            bucket,
            key,
            value,
            scratch.checksum(value, 0, value.length),
            Deadlines.NONE,
            type == RecordLayout.MARK ? RecordLayout.claimFor(0) : RecordLayout.NO_CLAIM,
            ofRecord,
            epoch,
            millis,
            RecordLayout.mask(fileId, at));
    MemorySegment.copy(scratch.memory(), 0, to.memory(), at, length);
    if (!RecordWriter.fits(value)) {
      MemorySegment.copy(value, 0, to.memory(), ValueLayout.JAVA_BYTE, at + length, value.length);
    }
    long size = RecordLayout.size(key.length, value.length, false);
    to.written(at, size);
    at += size;
  }

  /** Writes the write-ahead log; everything is on the device then. */
  void end() throws IOException {
    endState();
    byte[] stays = new Inventory(id, state.stream().mapToLong(Long::longValue).toArray()).bytes();
    long bytes = SegmentLayout.HEADER_BYTES + RecordLayout.size(0, stays.length, false);
    for (Definition each : definitions) {
      bytes += RecordLayout.size(each.name.length, each.value.length, false);
    }
    LogFile wal = begin(Log.WAL_FOLDER, SegmentLayout.WAL, bytes);
    for (Definition each : definitions) {
      append(wal, RecordLayout.PUT, Bucket.DIRECTORY, each.name, each.value, ++counter);
    }
    counter++;
    end(wal, stays);
  }

  void close() throws IOException {
    LogFile open = file;
    file = null;
    if (open != null) {
      open.close();
    }
  }
}

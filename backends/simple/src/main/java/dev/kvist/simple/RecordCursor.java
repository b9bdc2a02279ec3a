package dev.kvist.simple;

import dev.kvist.KvException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the records of one segment. For one thread.
 *
 * <p>{@link #next} checks what it moves to; the other methods speak of the record it moved to last.
 */
final class RecordCursor {
  /** How {@link #next} came to its end. */
  enum Stop {
    /** It has not. */
    NONE,
    /** No record follows: the rest is zeros, or the segment is full. */
    END,
    /** What follows is no intact record. */
    BAD
  }

  final Segment segment;
  private final MemorySegment memory;
  private final Scratch scratch;

  /** Checks the records where their values are checked too. */
  private final @Nullable ReadAhead ahead;

  private long offset;
  private long following;
  private long lengths;
  private Stop stop = Stop.NONE;

  /**
   * @param from the offset of the first record
   * @param withValues whether values are checked too; the segment is then copied in larger pieces,
   *     up to the limit of {@link #next}, behind which records may still be written
   */
  RecordCursor(Segment segment, long from, boolean withValues, Scratch scratch) {
    this.segment = segment;
    this.memory = segment.memory();
    this.following = from;
    this.ahead = withValues ? new ReadAhead(memory) : null;
    this.scratch = scratch;
  }

  /** Moves to the next record that ends at or before {@code limit}; false when there is none. */
  boolean next(long limit) {
    offset = following;
    if (offset + RecordLayout.HEADER_BYTES > limit) {
      stop = Stop.END;
      return false;
    }
    lengths = RecordLayout.lengths(memory, offset);
    if (!isPossible(limit)) {
      stop = lengths == 0 && Zeros.end(memory, offset, limit) == limit ? Stop.END : Stop.BAD;
      return false;
    }
    if (!isIntact(limit)) {
      stop = Stop.BAD;
      return false;
    }
    following = offset + RecordLayout.size(lengths);
    return true;
  }

  private boolean isIntact(long limit) {
    return ahead == null
        ? RecordReader.headerIsIntact(segment, memory, offset, lengths, scratch)
        : ahead.holdsIntact(RecordLayout.mask(segment.id, offset), offset, lengths, limit);
  }

  private boolean isPossible(long limit) {
    int type = RecordLayout.type(lengths);
    return type >= RecordLayout.PUT
        && type <= RecordLayout.ERASED
        && RecordLayout.valueLength(lengths) >= 0
        && offset + RecordLayout.size(lengths) <= limit;
  }

  /** Whether the value of the record matches its checksum. */
  boolean valueIsIntact() {
    int length = RecordLayout.valueLength(lengths);
    // The header was checked before, and is not needed any more: the buffer is free for the value.
    long start = offset + keyStart() + keyLength();
    int expected = memory.get(RecordLayout.INT, offset + 4);
    byte[] bytes = scratch.bytes(length);
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, start, bytes, 0, length);
    return scratch.checksum(bytes, 0, length) == expected;
  }

  /** Why the last {@link #next} was false. */
  Stop stop() {
    return stop;
  }

  /** Where the record starts; after a stop, where the next one would. */
  long offset() {
    return offset;
  }

  /** Behind the record. */
  long following() {
    return following;
  }

  /** Goes on at another offset. */
  void skipTo(long offset) {
    following = offset;
    stop = Stop.NONE;
  }

  long position() {
    return segment.position(offset);
  }

  long size() {
    return following - offset;
  }

  int type() {
    return RecordLayout.type(lengths);
  }

  /** Whether it says what its key holds from here on. */
  boolean isChange() {
    return type() <= RecordLayout.PURGE;
  }

  boolean has(int flag) {
    return (RecordLayout.flags(lengths) & flag) != 0;
  }

  int flags() {
    return RecordLayout.flags(lengths);
  }

  int claim() {
    return RecordLayout.claim(lengths);
  }

  long counter() {
    return RecordLayout.counter(memory, offset);
  }

  int epoch() {
    return RecordLayout.epoch(memory, offset);
  }

  long writtenAt() {
    return RecordLayout.writtenAt(memory, offset);
  }

  int bucket() {
    return RecordLayout.bucket(memory, offset);
  }

  long deadline() {
    return RecordLayout.deadline(memory, offset, lengths);
  }

  int keyStart() {
    return RecordLayout.keyStart(lengths);
  }

  int keyLength() {
    return RecordLayout.keyLength(lengths);
  }

  int valueLength() {
    return RecordLayout.valueLength(lengths);
  }

  /** The {@link KeyHash} of bucket and key. */
  long hash(long seed) {
    return ahead != null && ahead.hasRecord()
        ? ahead.hash(bucket(), keyStart(), keyLength(), seed)
        : KeyHash.hash(bucket(), key(), seed);
  }

  byte[] key() {
    byte[] key = new byte[keyLength()];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset + keyStart(), key, 0, key.length);
    return key;
  }

  boolean keyStartsWith(byte[] prefix) {
    return prefix.length <= keyLength()
        && RecordReader.sameBytes(memory, offset + keyStart(), prefix);
  }

  boolean keyIs(byte[] key) {
    return key.length == keyLength() && RecordReader.sameBytes(memory, offset + keyStart(), key);
  }

  /** The value as stored. */
  byte[] storedValue() {
    byte[] value = new byte[valueLength()];
    long start = offset + keyStart() + keyLength();
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, start, value, 0, value.length);
    return value;
  }

  /**
   * The value as stored, checked.
   *
   * @throws KvException.Corrupted when it does not match its checksum
   */
  byte[] checkedValue() {
    byte[] value = storedValue();
    if (scratch.checksum(value, 0, value.length) != memory.get(RecordLayout.INT, offset + 4)) {
      throw new KvException.Corrupted(
          segment.name(), offset, "a value does not match its checksum");
    }
    return value;
  }

  /** Header, key, value and padding. */
  byte[] bytes() {
    byte[] bytes = new byte[(int) size()];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, bytes, 0, bytes.length);
    return bytes;
  }

  @Override
  public String toString() {
    return segment + "@" + offset + " " + Arrays.toString(new long[] {type(), counter()});
  }
}

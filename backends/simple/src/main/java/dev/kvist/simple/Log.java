package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments, and the appending of records to the newest.
 *
 * <p>One thread at a time appends, under the engine's lock. Any thread reads: a position in the
 * index leads to a segment and an offset, and what is there never changes, except that compaction
 * drops whole segments. A reader that comes too late meets {@link SegmentGone} or {@link
 * IllegalStateException} and looks the key up again.
 */
final class Log implements Records {
  static final String WAL_FOLDER = "wal";
  static final String STATE_FOLDER = "last_state";

  private static final Logger LOG = LoggerFactory.getLogger(Log.class);

  /** Enough for the offset of a record in the largest segment, in units of 8 bytes. */
  private static final int MARK_OFFSET_BITS = 28;

  /** Thrown to a reader whose segment was dropped since it looked the position up. */
  static final class SegmentGone extends RuntimeException {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("StaticAssignmentOfThrowable") // without a stack trace, it is always the same
    static final SegmentGone INSTANCE = new SegmentGone();

    private SegmentGone() {
      super("segment gone", null, false, false);
    }
  }

  final LogDirectory directory;

  /** Those since the store was opened, of compaction too. */
  final LongAdder segmentsMade = new LongAdder();

  private final long storeId;
  private final int segmentBytes;
  private final AtomicReferenceArray<@Nullable Segment> slots =
      new AtomicReferenceArray<>(Segment.SLOTS);

  /** The write-ahead log, oldest first; the last one is appended to. Replaced, never changed. */
  private volatile Segment[] wal = {};

  /** What compaction kept, oldest first. Replaced, never changed. */
  private volatile Segment[] state = {};

  private @Nullable NextSegment next;
  private int epoch;
  private long counter;
  private long at;
  private long beginAddress;

  /** How it gets onto the device. */
  final LogSync sync = new LogSync(this);

  /** Whether nothing was appended yet in this epoch, which begins with a segment of its own. */
  private boolean epochIsNew;

  Log(LogDirectory directory, long storeId, int segmentBytes) {
    this.directory = directory;
    this.storeId = storeId;
    this.segmentBytes = segmentBytes;
  }

  // --- segments ---------------------------------------------------------------------------------

  Segment[] wal() {
    return wal;
  }

  Segment[] state() {
    return state;
  }

  long storeId() {
    return storeId;
  }

  int epoch() {
    return epoch;
  }

  /** The counter of the newest record. */
  long counter() {
    return counter;
  }

  /** Bytes of all segment files, spares included. */
  long bytes() {
    return spareBytes() + Segment.bytes(wal) + Segment.bytes(state);
  }

  /** Bytes of the files made ahead. */
  long spareBytes() {
    return next == null ? 0 : next.spareBytes();
  }

  int segmentBytes() {
    return segmentBytes;
  }

  boolean slotIsFree(long id) {
    return slots.get(Segment.slotOf(id)) == null;
  }

  /**
   * Adds a segment at its place: when the store is opened, and when compaction starts a new one.
   */
  void add(Segment segment) {
    slots.set(Segment.slotOf(segment.id), segment);
    if (segment.kind == SegmentLayout.WAL) {
      wal = with(wal, segment);
    } else {
      state = with(state, segment);
    }
  }

  private static Segment[] with(Segment[] segments, Segment segment) {
    Segment[] more = Arrays.copyOf(segments, segments.length + 1);
    more[segments.length] = segment;
    Arrays.sort(more, Comparator.comparingLong(s -> s.id));
    return more;
  }

  /** Takes a segment out. Its mapping must be closed, and its file deleted, afterwards. */
  void remove(Segment segment) {
    wal = Arrays.stream(wal).filter(s -> s != segment).toArray(Segment[]::new);
    state = Arrays.stream(state).filter(s -> s != segment).toArray(Segment[]::new);
    slots.set(Segment.slotOf(segment.id), null);
  }

  /** Whether no record of this epoch was written. */
  boolean epochIsNew() {
    return epochIsNew;
  }

  /** The log ends here: what is behind goes, on disk too when the store may be written. */
  void end(Segment segment, long offset, boolean truncate) throws IOException {
    segment.end(offset);
    if (truncate && offset < segment.capacity()) {
      String name = segment.name();
      segment.close();
      directory.truncate(name, offset);
      segment.swap(directory.open(name, true));
    }
  }

  /** Removes what was cut off behind the ends of segments that others follow. */
  void truncateSealed() throws IOException {
    for (Segment segment : wal) {
      long end = segment.end();
      if (segment != active()
          && Zeros.end(segment.memory(), end, segment.capacity()) < segment.capacity()) {
        end(segment, end, true);
      }
    }
  }

  /** The segment of a position, or {@link SegmentGone}. */
  Segment at(long position) {
    @Nullable Segment segment = slots.get(Segment.slot(position));
    if (segment == null) {
      throw SegmentGone.INSTANCE;
    }
    return segment;
  }

  /** Reads a little of a record, so that it is in the cache when it is needed. */
  long touch(long position) {
    return at(position).touch(Segment.offset(position));
  }

  /** The segment with a slot number, which positions have; null when there is none. */
  @Nullable Segment inSlot(int slot) {
    return slots.get(slot);
  }

  /** Whether the segment of a position is there. */
  boolean has(long position) {
    return slots.get(Segment.slot(position)) != null;
  }

  Segment active() {
    return wal[wal.length - 1];
  }

  // --- appending --------------------------------------------------------------------------------

  /**
   * From here on records can be appended: at the end of the newest segment, or, when the epoch is
   * {@code fresh}, in a segment that is made for the first of them.
   *
   * @param atOnce whether that is made now: a cut may have deleted the headers that tell of the
   *     last epoch, and without a newer one the next open could choose it again
   */
  void startAppending(
      Spares spares, int epoch, long counter, boolean fresh, boolean atOnce, long nowMillis)
      throws IOException {
    next = new NextSegment(directory, segmentBytes, spares);
    this.epoch = epoch;
    this.counter = counter;
    at = wal.length == 0 ? 0 : active().end();
    if (wal.length == 0 || (fresh && atOnce)) {
      sync.forceOldest();
      rotate(take(SpareUse.COMPACTION, SegmentLayout.HEADER_BYTES), nowMillis);
      syncEpoch();
    } else {
      epochIsNew = fresh;
    }
    beginAddress = endAddress();
  }

  /** Nothing will be appended: the counter of the newest record is all that has to be known. */
  void endsWith(long newestCounter) {
    counter = newestCounter;
  }

  /**
   * Makes sure that the next {@code size} bytes of records go into one segment.
   *
   * @param forPut whether room must be left for deletes and compaction
   * @throws KvException.StoreFull when there is none
   */
  void reserve(long size, boolean forPut, long nowMillis) {
    if (at + size <= active().capacity() && !epochIsNew) {
      if (forPut) {
        java.util.Objects.requireNonNull(next).checkPut(active(), at + size);
      }
      return;
    }
    SpareUse use = !forPut ? SpareUse.DELETE : epochIsNew ? SpareUse.BEGIN : SpareUse.PUT;
    rotate(take(use, SegmentLayout.HEADER_BYTES + size), nowMillis);
  }

  private LogFile take(SpareUse use, long bytes) {
    return java.util.Objects.requireNonNull(next)
        .take(use, bytes, wal.length == 0 ? null : active(), at);
  }

  /** Closes all files. */
  void close() throws IOException {
    for (Segment[] each : List.of(wal, state)) {
      for (Segment segment : each) {
        segment.close();
      }
    }
    if (next != null) {
      next.close();
    }
  }

  private void rotate(LogFile file, long nowMillis) {
    long start = 0;
    String full = "";
    if (wal.length > 0) {
      deviceDoes(sync::forceOldest);
      // Nothing is published of the old one any more: what made way for a write may stand in it.
      active().end(at);
      active().endStores();
      start = active().addressOf(at);
      full = ", rotated from " + active().name() + ", which ends at offset " + at;
    }
    String name = file.name();
    long id = Spares.id(name);
    long span = wal.length == 0 ? 0 : id - wal[0].id;
    SegmentLayout.write(
        file.memory(), SegmentLayout.WAL, epoch, storeId, id, counter + 1, start, nowMillis, span);
    file.written(0, SegmentLayout.HEADER_BYTES);
    add(new Segment(file));
    segmentsMade.increment();
    at = SegmentLayout.HEADER_BYTES;
    if (epochIsNew) {
      deviceDoes(this::syncEpoch);
    }
    LOG.info("{}: segment {} made{}", directory.location(), name, full);
  }

  private interface Forcing {
    void run() throws IOException;
  }

  private void deviceDoes(Forcing forcing) {
    try {
      forcing.run();
    } catch (IOException e) {
      throw new InternalError(active().name() + " cannot be forced: " + e.getMessage(), e);
    }
  }

  /**
   * Before a version of this epoch is given out: else, if all of it were lost, another would have
   * the same.
   */
  private void syncEpoch() throws IOException {
    sync.forceHeader(active());
    epochIsNew = false;
  }

  /**
   * Closes the newest segment and starts another, so that compaction may work on all there is.
   *
   * @throws KvException.StoreFull when no spare would be left for what compaction keeps
   */
  void rotate(long nowMillis) {
    rotate(take(SpareUse.DELETE, SegmentLayout.HEADER_BYTES), nowMillis);
  }

  /**
   * Appends one record, for which there is room; {@link #publish} shows it.
   *
   * @param typeAndFlags as in {@link RecordLayout}
   * @param deadline {@link Long#MAX_VALUE} for none
   * @return its position
   */
  long append(
      int typeAndFlags,
      int bucket,
      byte[] key,
      byte[] value,
      int valueChecksum,
      long deadline,
      long nowMillis,
      Scratch scratch) {
    Segment segment = active();
    long offset = at;
    int claim = RecordLayout.claimFor(unsynced(segment.addressOf(offset)));
    int length =
        RecordWriter.assemble(
            scratch,
            typeAndFlags,
            bucket,
            key,
            value,
            valueChecksum,
            deadline,
            claim,
            ++counter,
            epoch,
            nowMillis,
            RecordLayout.mask(segment.id, offset));
    segment.store(offset, scratch.bytes(length), length);
    if (!RecordWriter.fits(value)) {
      segment.store(offset + length, value, value.length);
      length += value.length;
    }
    at = offset + ((length + (long) RecordLayout.ALIGNMENT - 1) & -RecordLayout.ALIGNMENT);
    return segment.position(offset);
  }

  /**
   * Where the next record goes, as one number that grows: for the index's applied mark, and to come
   * back to.
   */
  long mark() {
    return markOf(active().id, at);
  }

  static long markOf(long segment, long offset) {
    return segment << MARK_OFFSET_BITS | offset >>> 3;
  }

  static long markedSegment(long mark) {
    return mark >>> MARK_OFFSET_BITS;
  }

  static long markedOffset(long mark) {
    return (mark & ((1L << MARK_OFFSET_BITS) - 1)) << 3;
  }

  /**
   * Takes back everything appended since a mark and not yet published, which must be in the same
   * segment.
   */
  void backTo(long mark, long counterThen) {
    long offset = markedOffset(mark);
    Segment segment = active();
    segment.memory().asSlice(offset, at - offset).fill((byte) 0);
    segment.written(offset, at - offset);
    at = offset;
    counter = counterThen;
  }

  private long unsynced(long address) {
    long synced = sync.address();
    return synced < 0 ? -1 : address - synced;
  }

  /** Shows everything appended so far to those who follow the log. */
  void publish() {
    Segment segment = active();
    segment.end(at);
    if (next != null) {
      next.prepare(segment, at);
    }
  }

  /** The log address behind the newest record. */
  long endAddress() {
    Segment active = active();
    return active.addressOf(active.end());
  }

  /** Bytes of log that were written since the store was opened. */
  long appendedBytes() {
    return next == null ? 0 : endAddress() - beginAddress;
  }

  // --- reading ----------------------------------------------------------------------------------

  /**
   * Also tells a record of another key from one whose key is damaged: else the key would be taken
   * for absent.
   *
   * @throws KvException.Corrupted when no intact record is there
   */
  @Override
  public boolean matches(long position, int bucket, byte[] key) {
    Segment segment = at(position);
    MemorySegment memory = segment.memory();
    long offset = Segment.offset(position);
    if (offset + RecordLayout.HEADER_BYTES > memory.byteSize()) {
      throw damaged(segment, offset);
    }
    long lengths = RecordLayout.lengths(memory, offset);
    if (RecordLayout.keyLength(lengths) == key.length
        && RecordLayout.bucket(memory, offset) == bucket
        && offset + RecordLayout.keyStart(lengths) + key.length <= memory.byteSize()
        && RecordReader.sameBytes(memory, offset + RecordLayout.keyStart(lengths), key)) {
      return true;
    }
    if (!RecordReader.headerIsIntact(segment, memory, offset, lengths, Scratch.get())) {
      throw damaged(segment, offset);
    }
    return false;
  }

  KvException.Corrupted damaged(Segment segment, long offset) {
    return new KvException.Corrupted(
        directory.location() + "/" + segment.name(),
        offset,
        "a record does not match its checksum");
  }
}

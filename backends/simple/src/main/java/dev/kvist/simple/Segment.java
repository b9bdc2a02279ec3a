package dev.kvist.simple;

import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** One file of the log: what its header says, its mapping, and where its records end. */
final class Segment {
  /** No segment is longer, unless one record alone is. */
  static final int MAX_BYTES = 1 << 26;

  /**
   * Log addresses of records fit into the index: a slot number and an offset in units of 8 bytes.
   */
  private static final int OFFSET_BITS = 26;

  static final int SLOTS = 1 << (40 - OFFSET_BITS);

  /** Log addresses in the index's applied mark leave this many bits, less the sign, to the id. */
  static final long MAX_ID = (1L << 35) - 1;

  /** How far into a record {@link #touch} reads; the processor itself goes on from there. */
  private static final int AHEAD_BYTES = 192;

  private static final int CACHE_LINE_BYTES = 64;

  /** The first counter and the address where the header is damaged. */
  static final long UNKNOWN = -1;

  final long id;
  final int kind;
  final int epoch;
  final long storeId;
  final long firstCounter;
  final long address;
  final long madeAtMillis;

  /** The id of the oldest segment of the log when this one was made; 0 where it is not said. */
  final long oldestWal;

  private volatile LogFile file;
  private volatile MemorySegment memory;

  /** Behind the last record. Written by the appender alone. */
  private volatile long end;

  /** Up to where it is on the device. Written by who forces it. */
  private volatile long forcedTo;

  /** Whether its directory entry is on the device. */
  private volatile boolean entryForced;

  Segment(LogFile file) {
    this.file = file;
    this.memory = file.memory();
    this.id = SegmentLayout.id(memory);
    this.kind = SegmentLayout.kind(memory);
    this.epoch = SegmentLayout.epoch(memory);
    this.storeId = SegmentLayout.storeId(memory);
    this.firstCounter = SegmentLayout.firstCounter(memory);
    this.address = SegmentLayout.address(memory);
    this.madeAtMillis = SegmentLayout.madeAtMillis(memory);
    int span = SegmentLayout.span(memory);
    this.oldestWal = kind == SegmentLayout.WAL && span > 0 ? id - span : 0;
    this.end = SegmentLayout.HEADER_BYTES;
  }

  /** One whose header is not to be believed: what it says is taken from the name of its file. */
  Segment(LogFile file, int kind, long id) {
    this.file = file;
    this.memory = file.memory();
    this.id = id;
    this.kind = kind;
    this.epoch = 0;
    this.storeId = 0;
    this.firstCounter = UNKNOWN;
    this.address = UNKNOWN;
    this.madeAtMillis = 0;
    this.oldestWal = 0;
    this.end = SegmentLayout.HEADER_BYTES;
  }

  static int slot(long position) {
    return (int) (position >>> OFFSET_BITS);
  }

  static long offset(long position) {
    return position & ((1L << OFFSET_BITS) - 1);
  }

  static int slotOf(long id) {
    return (int) (id % SLOTS);
  }

  long position(long offset) {
    return position(slotOf(id), offset);
  }

  static long position(int slot, long offset) {
    return (long) slot << OFFSET_BITS | offset;
  }

  MemorySegment memory() {
    return memory;
  }

  /** Where its file is; compaction's segments are made in another folder and renamed. */
  String name() {
    return name(kind, id);
  }

  static String name(int kind, long id) {
    return Spares.name(kind == SegmentLayout.WAL ? Log.WAL_FOLDER : Log.STATE_FOLDER, id);
  }

  long capacity() {
    return memory.byteSize();
  }

  /** What several take on disk. */
  static long bytes(Segment[] segments) {
    long bytes = 0;
    for (Segment segment : segments) {
      bytes += segment.capacity();
    }
    return bytes;
  }

  long end() {
    return end;
  }

  void end(long offset) {
    end = offset;
  }

  /** The log address of an offset in it. */
  long addressOf(long offset) {
    return address + offset;
  }

  /** Reads a little of a record, so that it is in the cache when it is needed. */
  long touch(long offset) {
    MemorySegment from = memory;
    long last = from.byteSize() - Long.BYTES;
    long read = 0;
    for (int ahead = 0; ahead < AHEAD_BYTES; ahead += CACHE_LINE_BYTES) {
      read += from.get(RecordLayout.LONG, Math.min(offset + ahead, last));
    }
    return read;
  }

  void written(long offset, long length) {
    file.written(offset, length);
  }

  /** Appends; by one thread at a time. */
  void store(long offset, byte[] bytes, int length) {
    file.store(offset, bytes, length);
  }

  /** Nothing more is appended. */
  void endStores() {
    file.endStores();
  }

  long forcedTo() {
    return forcedTo;
  }

  void forcedTo(long offset) {
    forcedTo = offset;
  }

  boolean entryForced() {
    return entryForced;
  }

  void entryForced(boolean forced) {
    entryForced = forced;
  }

  /** Brings everything up to {@code to} onto the device; returns how many bytes that were. */
  long force(long to) throws IOException {
    long from = forcedTo;
    if (to <= from) {
      return 0;
    }
    file.force(from, to - from);
    forcedTo = to;
    return to - from;
  }

  /**
   * Stores the bytes from {@code from} to {@code to} once more, as they are. A process that died
   * may have met a failed sync, after which the system takes pages for clean that never reached the
   * device: so they become dirty again, and the next force writes them.
   */
  void storeAgain(long from, long to) {
    byte[] piece = new byte[1 << 16];
    for (long at = from; at < to; at += piece.length) {
      int length = (int) Math.min(piece.length, to - at);
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, piece, 0, length);
      MemorySegment.copy(piece, 0, memory, ValueLayout.JAVA_BYTE, at, length);
      file.written(at, length);
    }
  }

  /**
   * Goes over to a rewritten file of the same layout; returns the old one, to be closed when
   * readers are gone.
   */
  LogFile swap(LogFile rewritten) {
    LogFile old = file;
    memory = rewritten.memory();
    file = rewritten;
    return old;
  }

  void close() throws IOException {
    file.close();
  }

  @Override
  public String toString() {
    return name();
  }
}

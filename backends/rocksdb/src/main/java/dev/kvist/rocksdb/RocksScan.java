package dev.kvist.rocksdb;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvScan;
import dev.kvist.ScanPosition;
import dev.kvist.spi.OperationMeter;
import dev.kvist.spi.ScanBounds;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** A scan: reads a page at a time, and holds nothing between pages but its last key. */
final class RocksScan<T> implements KvScan<T> {
  /** Many scans are of a few entries; each page begins with a search in all tables. */
  private static final int FIRST_PAGE = 128;

  private static final int LARGEST_PAGE = 1024;
  private static final int FIRST_KEY_BYTES = 256;
  private static final int FIRST_RECORD_BYTES = 4096;

  /** A page ends after so many bytes of values, so that large ones do not fill the heap. */
  private static final long PAGE_BYTES = 1 << 20;

  /** What a scan makes of a live record. */
  interface Reading<T> {
    T read(byte[] key, byte[] record, int length);
  }

  interface KeyOf<T> {
    byte[] of(T element);
  }

  private final Store store;
  private final Database database;
  private final String bucketName;
  private final Reading<T> reading;
  private final KeyOf<T> keyOf;
  private final boolean valuesWanted;

  /** Null when it is part of something else, such as a watch. */
  private final @Nullable OperationMeter meter;

  private final Deque<T> page = new ArrayDeque<>();
  private final ScanBounds bounds;
  private boolean started;
  private boolean exhausted;
  private long left;
  private int pageSize = FIRST_PAGE;

  // What the iterator is at, in buffers that only grow within a page.
  private byte[] stored = {};
  private byte[] record = {};

  // Of the page that was read last.
  private int seen;
  private long bytes;
  private byte @Nullable [] last;

  private RocksScan(
      Store store,
      @Nullable OperationMeter meter,
      String bucketName,
      KeyRange range,
      boolean valuesWanted,
      Reading<T> reading,
      KeyOf<T> keyOf) {
    this.store = store;
    this.meter = meter;
    this.database = store.database;
    this.bucketName = bucketName;
    this.valuesWanted = valuesWanted;
    this.reading = reading;
    this.keyOf = keyOf;
    this.bounds = new ScanBounds(range);
    this.left = range.limit();
  }

  static RocksScan<byte[]> keys(
      Store store, OperationMeter meter, String bucketName, KeyRange range) {
    return new RocksScan<>(store, meter, bucketName, range, false, (key, _, _) -> key, key -> key);
  }

  /**
   * Entries.
   *
   * @param meter null when the scan is part of something else
   */
  static RocksScan<KvEntry> entries(
      Store store, @Nullable OperationMeter meter, String bucketName, KeyRange range) {
    return new RocksScan<>(
        store,
        meter,
        bucketName,
        range,
        true,
        (key, record, length) -> Entries.value(store, bucketName, key, record, 0, length),
        KvEntry::key);
  }

  @Override
  public Iterator<T> iterator() {
    if (started) {
      throw new IllegalStateException("a scan is for one pass: start another from its position");
    }
    started = true;
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return hasMore();
      }

      @Override
      public T next() {
        return take();
      }
    };
  }

  private boolean hasMore() {
    store.checkOpen();
    while (page.isEmpty() && !exhausted && left > 0) {
      fetch();
    }
    return !page.isEmpty() && left > 0;
  }

  private void fetch() {
    OperationMeter.@Nullable Timing timing = meter == null ? null : meter.beginMany();
    int user = database.gate.enter();
    try {
      // Looked up inside: the family of one that was found before may have been freed.
      @Nullable Bucket bucket = store.definitions.bucket(bucketName);
      if (bucket == null || bounds.isEmpty()) {
        exhausted = true;
        return;
      }
      fetch(bucket);
    } catch (RocksDBException e) {
      throw database.failed("cannot be read", KvException.Effect.NONE, e);
    } finally {
      database.gate.leave(user);
    }
    if (meter != null) {
      store.traffic.scanned.add(seen);
      meter.scanned(timing, seen - page.size(), bytes);
    }
    pageSize = LARGEST_PAGE;
  }

  private void fetch(Bucket bucket) throws RocksDBException {
    try (RocksIterator records = database.iterator(bucket.family)) {
      read(bucket, records);
      records.status();
    } catch (RocksDBException e) {
      exhausted = false; // It ended there only for what could not be read.
      throw e;
    }
  }

  private void read(Bucket bucket, RocksIterator records) {
    long now = store.clock.now();
    long most = Math.min(pageSize, left);
    bytes = 0;
    seen = 0;
    stored = new byte[FIRST_KEY_BYTES];
    record = new byte[valuesWanted ? FIRST_RECORD_BYTES : RecordLayout.HEADER_BYTES];
    byte @Nullable [] newest = null;
    seek(bucket, records);
    boolean atEnd = true;
    while (records.isValid()) {
      if (page.size() >= most || bytes > PAGE_BYTES || seen >= LARGEST_PAGE) {
        atEnd = false;
        break;
      }
      int length = readKey(records);
      if (!bucket.holds(stored, 0, length)) {
        break;
      }
      byte[] key = Arrays.copyOfRange(stored, bucket.prefix.length, length);
      if (bounds.isBehind(key)) {
        break;
      }
      seen++;
      bytes += take(records, key, now);
      newest = key;
      step(records);
    }
    if (newest != null) {
      bounds.moveBehind(newest.clone());
    }
    exhausted = atEnd;
  }

  private int readKey(RocksIterator records) {
    int length = records.key(stored);
    if (length > stored.length) {
      stored = new byte[2 * length];
      length = records.key(stored);
    }
    return length;
  }

  private int readRecord(RocksIterator records) {
    int length = records.value(record);
    if (valuesWanted && length > record.length) {
      record = new byte[Math.max(length, Math.min(2 * length, FIRST_RECORD_BYTES << 4))];
      length = records.value(record);
    }
    return length;
  }

  /** Takes a record in when it is live; returns the bytes that it hands out. */
  private long take(RocksIterator records, byte[] key, long now) {
    int length = readRecord(records);
    if (!RecordLayout.isLive(record, 0, now)) {
      return 0;
    }
    page.addLast(reading.read(key, record, length));
    return (long) key.length + (valuesWanted ? length - RecordLayout.HEADER_BYTES : 0);
  }

  private void seek(Bucket bucket, RocksIterator records) {
    if (!bounds.reversed()) {
      byte[] start = bucket.stored(bounds.low());
      records.seek(start);
      if (!bounds.lowInclusive() && records.isValid() && Arrays.equals(records.key(), start)) {
        records.next();
      }
      return;
    }
    byte @Nullable [] high = bounds.high();
    byte @Nullable [] end =
        high == null ? ScanBounds.successor(bucket.prefix) : bucket.stored(high);
    if (end == null) {
      records.seekToLast();
      return;
    }
    records.seekForPrev(end);
    if (records.isValid() && Arrays.equals(records.key(), end)) {
      records.prev();
    }
  }

  private void step(RocksIterator records) {
    if (bounds.reversed()) {
      records.prev();
    } else {
      records.next();
    }
  }

  private T take() {
    if (!hasMore()) {
      throw new NoSuchElementException("the scan is at its end");
    }
    left--;
    T element = page.removeFirst();
    last = keyOf.of(element).clone();
    return element;
  }

  @Override
  public @Nullable ScanPosition position() {
    byte @Nullable [] given = last;
    return given == null ? null : ScanPosition.of(given);
  }

  /** Holds nothing, so that there is nothing to free; ends the scan. */
  @Override
  public void close() {
    page.clear();
    exhausted = true;
  }
}

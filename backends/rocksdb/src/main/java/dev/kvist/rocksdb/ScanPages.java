package dev.kvist.rocksdb;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.spi.OperationMeter;
import dev.kvist.spi.PagedScan;
import dev.kvist.spi.ScanBounds;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** The pages of a scan, each read by an iterator of its own. */
final class ScanPages<T> implements PagedScan.Pages<T> {
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

  private final Store store;
  private final Database database;
  private final String bucketName;
  private final Reading<T> reading;
  private final boolean valuesWanted;

  /** Null when it is part of something else, such as a watch. */
  private final @Nullable OperationMeter meter;

  private int pageSize = FIRST_PAGE;

  // What the iterator is at, in buffers that only grow within a page.
  private byte[] stored = {};
  private byte[] record = {};

  // Of the page that was read last.
  private int seen;
  private long bytes;

  private ScanPages(
      Store store,
      @Nullable OperationMeter meter,
      String bucketName,
      boolean valuesWanted,
      Reading<T> reading) {
    this.store = store;
    this.meter = meter;
    this.database = store.database;
    this.bucketName = bucketName;
    this.valuesWanted = valuesWanted;
    this.reading = reading;
  }

  static PagedScan<byte[]> keys(
      Store store, OperationMeter meter, String bucketName, KeyRange range) {
    return new PagedScan<>(
        range, new ScanPages<>(store, meter, bucketName, false, (key, _, _) -> key), key -> key);
  }

  /**
   * Entries.
   *
   * @param meter null when the scan is part of something else
   */
  static PagedScan<KvEntry> entries(
      Store store, @Nullable OperationMeter meter, String bucketName, KeyRange range) {
    return new PagedScan<>(
        range,
        new ScanPages<>(
            store,
            meter,
            bucketName,
            true,
            (key, record, length) -> Entries.value(store, bucketName, key, record, 0, length)),
        KvEntry::key);
  }

  @Override
  public void checkOpen() {
    store.checkOpen();
  }

  @Override
  public boolean read(ScanBounds bounds, long most, Deque<T> page) {
    OperationMeter.@Nullable Timing timing = meter == null ? null : meter.beginMany();
    boolean mayFollow;
    int user = database.gate.enter();
    try {
      // Looked up inside: the family of one that was found before may have been freed.
      @Nullable Bucket bucket = store.definitions.bucket(bucketName);
      if (bucket == null) {
        return false;
      }
      try (RocksIterator records = database.iterator(bucket.family)) {
        mayFollow = read(bucket, records, bounds, Math.min(pageSize, most), page);
      }
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
    return mayFollow;
  }

  private boolean read(
      Bucket bucket, RocksIterator records, ScanBounds bounds, long most, Deque<T> page)
      throws RocksDBException {
    long now = store.clock.now();
    bytes = 0;
    seen = 0;
    stored = new byte[FIRST_KEY_BYTES];
    record = new byte[valuesWanted ? FIRST_RECORD_BYTES : RecordLayout.HEADER_BYTES];
    byte @Nullable [] newest = null;
    seek(bucket, records, bounds);
    boolean mayFollow = false;
    while (records.isValid()) {
      if (page.size() >= most || bytes > PAGE_BYTES || seen >= LARGEST_PAGE) {
        mayFollow = true;
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
      bytes += take(records, key, now, page);
      newest = key;
      if (bounds.reversed()) {
        records.prev();
      } else {
        records.next();
      }
    }
    // It also ends where something cannot be read.
    records.status();
    if (newest != null) {
      bounds.moveBehind(newest.clone());
    }
    return mayFollow;
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
  private long take(RocksIterator records, byte[] key, long now, Deque<T> page) {
    int length = readRecord(records);
    if (!RecordLayout.isLive(record, 0, now)) {
      return 0;
    }
    page.addLast(reading.read(key, record, length));
    return (long) key.length + (valuesWanted ? length - RecordLayout.HEADER_BYTES : 0);
  }

  private static void seek(Bucket bucket, RocksIterator records, ScanBounds bounds) {
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
}

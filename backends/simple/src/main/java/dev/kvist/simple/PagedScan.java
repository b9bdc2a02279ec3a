package dev.kvist.simple;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvScan;
import dev.kvist.ScanPosition;
import dev.kvist.spi.OperationMeter;
import dev.kvist.spi.ScanBounds;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A scan: takes keys from the ordered index a page at a time, and asks the hash index what is true
 * of each.
 */
final class PagedScan<T> implements KvScan<T> {
  private static final int FIRST_PAGE = 32;
  private static final int LARGEST_PAGE = 512;

  /** A page ends with the element that goes past it. */
  private static final long LARGEST_PAGE_BYTES = 1 << 20;

  /** What a scan makes of a key that may be live. */
  private interface Reading<T> {
    @Nullable T read(Bucket bucket, byte[] key);
  }

  private interface KeyOf<T> {
    byte[] of(T element);
  }

  private interface SizeOf<T> {
    long of(T element);
  }

  private final Engine engine;
  private final String bucketName;
  private final Reading<T> reading;
  private final KeyOf<T> keyOf;
  private final SizeOf<T> sizeOf;

  /** Null when it is part of something else, such as a watch. */
  private final @Nullable OperationMeter meter;

  private @Nullable Bucket bucket;
  private final Deque<T> page = new ArrayDeque<>();

  private final ScanBounds bounds;
  private boolean started;
  private boolean exhausted;
  private long left;
  private int pageSize = FIRST_PAGE;

  /** Its first {@link #lastLength} bytes are the key that was given last; -1 before the first. */
  private byte[] last = {};

  private int lastLength = -1;

  private PagedScan(
      Engine engine,
      @Nullable Bucket bucket,
      String bucketName,
      KeyRange range,
      @Nullable OperationMeter meter,
      Reading<T> reading,
      KeyOf<T> keyOf,
      SizeOf<T> sizeOf) {
    this.engine = engine;
    this.bucket = bucket;
    this.bucketName = bucketName;
    this.reading = reading;
    this.keyOf = keyOf;
    this.sizeOf = sizeOf;
    this.meter = meter;
    this.bounds = new ScanBounds(range);
    this.left = range.limit();
  }

  static PagedScan<byte[]> keys(
      Engine engine, OperationMeter meter, String bucketName, KeyRange range) {
    return new PagedScan<>(
        engine,
        null,
        bucketName,
        range,
        meter,
        (bucket, key) -> engine.exists(bucket.id, key) ? key : null,
        key -> key,
        key -> key.length);
  }

  /**
   * Entries.
   *
   * @param meter null when the scan is part of something else
   */
  static PagedScan<KvEntry> entries(
      Engine engine, @Nullable OperationMeter meter, String bucketName, KeyRange range) {
    return new PagedScan<>(
        engine,
        null,
        bucketName,
        range,
        meter,
        (bucket, key) -> engine.entry(bucketName, bucket.id, key, false),
        KvEntry::key,
        PagedScan::size);
  }

  /** The definitions of all buckets. */
  static PagedScan<KvEntry> directory(Engine engine) {
    Bucket directory = new Bucket("", Bucket.DIRECTORY, true);
    return new PagedScan<>(
        engine,
        directory,
        "",
        KeyRange.all(),
        null,
        (bucket, key) -> engine.entry("", bucket.id, key, false),
        KvEntry::key,
        PagedScan::size);
  }

  private static long size(KvEntry entry) {
    return (long) entry.key().length + entry.value().length;
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
    engine.checkOpen();
    while (page.isEmpty() && !exhausted && left > 0) {
      fetch();
    }
    if (page.isEmpty()) {
      engine.checkOpen();
      return false;
    }
    return left > 0;
  }

  private void fetch() {
    boolean fetched = false;
    try {
      fetchPage();
      fetched = true;
    } catch (InternalError e) {
      throw engine.unreadable(e);
    } finally {
      if (!fetched) {
        // Who asks again gets the page from its beginning.
        page.clear();
      }
    }
  }

  private void fetchPage() {
    OperationMeter.@Nullable Timing timing = meter == null ? null : meter.beginMany();
    engine.order.await();
    if (bucket == null) {
      bucket = engine.bucket(bucketName);
    }
    Bucket known = bucket;
    if (known == null || bounds.isEmpty()) {
      engine.checkOpen();
      exhausted = true;
      return;
    }
    int size = (int) Math.min(pageSize, left);
    List<byte[]> keys =
        engine.runs.page(
            known.id,
            bounds.low(),
            bounds.lowInclusive(),
            bounds.high(),
            false,
            bounds.reversed(),
            size);
    engine.readAhead(known.id, keys);
    long bytes = 0;
    int read = 0;
    while (read < keys.size() && bytes < LARGEST_PAGE_BYTES) {
      @Nullable T element = reading.read(known, keys.get(read++));
      if (element != null) {
        page.addLast(element);
        bytes += sizeOf.of(element);
      }
    }
    if (meter != null) {
      engine.traffic.scanned.add(read);
      meter.scanned(timing, read - page.size(), bytes);
    }
    exhausted = read == keys.size() && read < size;
    if (read > 0) {
      // A copy, since the key itself is handed out.
      bounds.moveBehind(keys.get(read - 1).clone());
    }
    pageSize = Math.min(LARGEST_PAGE, pageSize * 2);
  }

  private T take() {
    if (!hasMore()) {
      throw new NoSuchElementException("the scan is at its end");
    }
    left--;
    T element = page.removeFirst();
    // The key is the caller's from here on; a copy of its own for each would cost more.
    byte[] key = keyOf.of(element);
    if (last.length < key.length) {
      last = new byte[2 * key.length];
    }
    System.arraycopy(key, 0, last, 0, key.length);
    lastLength = key.length;
    return element;
  }

  @Override
  public @Nullable ScanPosition position() {
    return lastLength < 0 ? null : ScanPosition.of(Arrays.copyOf(last, lastLength));
  }

  /** Holds nothing, so that there is nothing to free; ends the scan. */
  @Override
  public void close() {
    page.clear();
    exhausted = true;
  }
}

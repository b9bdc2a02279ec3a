package dev.kvist.simple;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.spi.OperationMeter;
import dev.kvist.spi.PagedScan;
import dev.kvist.spi.ScanBounds;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a scan: takes keys from the ordered index, and asks the hash index what is true of
 * each.
 */
final class ScanPages<T> implements PagedScan.Pages<T> {
  private static final int FIRST_PAGE = 32;
  private static final int LARGEST_PAGE = 512;

  /** A page ends with the element that goes past it. */
  private static final long LARGEST_PAGE_BYTES = 1 << 20;

  /** What a scan makes of a key that may be live. */
  private interface Reading<T> {
    @Nullable T read(Bucket bucket, byte[] key);
  }

  private interface SizeOf<T> {
    long of(T element);
  }

  private final Engine engine;
  private final String bucketName;
  private final Reading<T> reading;
  private final SizeOf<T> sizeOf;

  /** Null when it is part of something else, such as a watch. */
  private final @Nullable OperationMeter meter;

  private @Nullable Bucket bucket;
  private int pageSize = FIRST_PAGE;

  private ScanPages(
      Engine engine,
      @Nullable Bucket bucket,
      String bucketName,
      @Nullable OperationMeter meter,
      Reading<T> reading,
      SizeOf<T> sizeOf) {
    this.engine = engine;
    this.bucket = bucket;
    this.bucketName = bucketName;
    this.meter = meter;
    this.reading = reading;
    this.sizeOf = sizeOf;
  }

  static PagedScan<byte[]> keys(
      Engine engine, OperationMeter meter, String bucketName, KeyRange range) {
    return new PagedScan<>(
        range,
        new ScanPages<>(
            engine,
            null,
            bucketName,
            meter,
            (bucket, key) -> engine.exists(bucket.id, key) ? key : null,
            key -> key.length),
        key -> key);
  }

  /**
   * Entries.
   *
   * @param meter null when the scan is part of something else
   */
  static PagedScan<KvEntry> entries(
      Engine engine, @Nullable OperationMeter meter, String bucketName, KeyRange range) {
    return entries(engine, null, meter, bucketName, range);
  }

  /** The definitions of all buckets. */
  static PagedScan<KvEntry> directory(Engine engine) {
    Bucket directory = new Bucket("", Bucket.DIRECTORY, true);
    return entries(engine, directory, null, "", KeyRange.all());
  }

  private static PagedScan<KvEntry> entries(
      Engine engine,
      @Nullable Bucket bucket,
      @Nullable OperationMeter meter,
      String bucketName,
      KeyRange range) {
    return new PagedScan<>(
        range,
        new ScanPages<>(
            engine,
            bucket,
            bucketName,
            meter,
            (known, key) -> engine.entry(bucketName, known.id, key, false),
            entry -> (long) entry.key().length + entry.value().length),
        KvEntry::key);
  }

  @Override
  public void checkOpen() {
    engine.checkOpen();
  }

  @Override
  public boolean read(ScanBounds bounds, long most, Deque<T> page) {
    OperationMeter.@Nullable Timing timing = meter == null ? null : meter.beginMany();
    try {
      engine.order.await();
      if (bucket == null) {
        bucket = engine.bucket(bucketName);
      }
      Bucket known = bucket;
      return known != null && read(known, bounds, (int) Math.min(pageSize, most), page, timing);
    } catch (InternalError e) {
      throw engine.unreadable(e);
    }
  }

  private boolean read(
      Bucket known,
      ScanBounds bounds,
      int size,
      Deque<T> page,
      OperationMeter.@Nullable Timing timing) {
    List<byte[]> keys =
        engine.order.read(() ->
            engine.runs.page(
                known.id,
                bounds.low(),
                bounds.lowInclusive(),
                bounds.high(),
                false,
                bounds.reversed(),
                size));
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
    if (read > 0) {
      // A copy, since the key itself is handed out.
      bounds.moveBehind(keys.get(read - 1).clone());
    }
    pageSize = Math.min(LARGEST_PAGE, pageSize * 2);
    return read < keys.size() || read == size;
  }
}

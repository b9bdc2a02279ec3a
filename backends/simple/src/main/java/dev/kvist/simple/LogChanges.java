package dev.kvist.simple;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Version;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.spi.ChangeReader;
import dev.kvist.spi.ChangeWatch;
import org.jspecify.annotations.Nullable;

/** The log as a watch reads it: what is asked of a record is taken while it can be read. */
final class LogChanges implements ChangeReader {
  private final Engine engine;
  private final String bucketName;
  private final byte[][] prefixes;
  private final ChangeStream stream;

  /** Whether updates are asked for. */
  private final boolean isMain;

  private final ChangeStream.Reading reading = this::read;
  private @Nullable Bucket bucket;
  private volatile ChangeStream.Place place;

  // Of the record that was read last; the rest only where it is in scope.
  private boolean more;
  private boolean inScope;
  private int type;
  private byte[] key = {};
  private Version version = Version.of(0, 0);
  private long writtenAt;
  private @Nullable KvEntry entry;

  private LogChanges(
      Engine engine, String bucketName, byte[][] prefixes, ChangeStream stream, boolean isMain) {
    this.engine = engine;
    this.bucketName = bucketName;
    this.prefixes = prefixes;
    this.stream = stream;
    this.isMain = isMain;
    this.place = stream.place();
  }

  /** A watch of a bucket. */
  static KvWatch watch(Engine engine, String bucketName, WatchScope scope, WatchOptions options) {
    @Nullable WatchCursor from = options.cursor();
    ChangeStream stream =
        from == null ? ChangeStream.fromNow(engine) : ChangeStream.from(engine, from);
    byte[][] prefixes = scope.prefixes().toArray(byte[][]::new);
    var reader = new LogChanges(engine, bucketName, prefixes, stream, true);
    engine.watches.add(reader);
    return new ChangeWatch(
        engine.signal,
        engine.traffic.updatesDelivered,
        bucketName,
        scope,
        options,
        reader,
        prefix -> ScanPages.entries(engine, null, bucketName, KeyRange.prefix(prefix)).iterator());
  }

  @Override
  public void checkOpen() {
    engine.checkOpen();
  }

  @Override
  public long newest() {
    return engine.counter();
  }

  @Override
  public boolean next() {
    try {
      return stream.next(reading);
    } catch (InternalError e) {
      throw engine.unreadable(e);
    }
  }

  private void read(RecordCursor record) {
    more = record.has(RecordLayout.MORE);
    inScope = matches(record);
    if (inScope && isMain) {
      type = record.type();
      key = record.key();
      version = Version.of(record.epoch() & 0xFFFFFFFFL, record.counter());
      writtenAt = record.writtenAt();
      entry = type == RecordLayout.PUT ? entry(record) : null;
    }
  }

  private boolean matches(RecordCursor record) {
    if (record.type() > RecordLayout.PURGE) {
      return false;
    }
    Bucket known = bucket;
    if (known == null) {
      // Its definition stands in the log before its first record.
      known = engine.bucket(bucketName);
      if (known == null) {
        return false;
      }
      bucket = known;
    }
    if (record.bucket() != known.id) {
      return false;
    }
    for (byte[] prefix : prefixes) {
      if (record.keyStartsWith(prefix)) {
        return true;
      }
    }
    return prefixes.length == 0;
  }

  private KvEntry entry(RecordCursor record) {
    byte[] stored = record.checkedValue();
    return KvEntry.value(
        bucketName,
        key,
        RecordReader.plain(stored, record.flags(), record.segment, record.offset()),
        version,
        writtenAt,
        record.deadline(),
        record.has(RecordLayout.PAIR));
  }

  @Override
  public boolean hasNext() {
    return stream.hasNext();
  }

  @Override
  public long counter() {
    return stream.at().low();
  }

  @Override
  public WatchCursor cursor() {
    return stream.at();
  }

  @Override
  public boolean more() {
    return more;
  }

  @Override
  public boolean inScope() {
    return inScope;
  }

  @Override
  public KvUpdate update(@Nullable WatchCursor behind) {
    @Nullable KvEntry put = entry;
    entry = null;
    return put != null
        ? new KvUpdate.Put(put, behind)
        : type == RecordLayout.PURGE
            ? new KvUpdate.Purge(key, version, writtenAt, behind)
            : new KvUpdate.Delete(key, version, writtenAt, type == RecordLayout.EXPIRE, behind);
  }

  @Override
  public LogChanges copy() {
    return new LogChanges(engine, bucketName, prefixes, stream.copy(), false);
  }

  @Override
  public LogChanges rest() {
    return copy();
  }

  @Override
  public void tell() {
    place = stream.place();
  }

  /** How far it has read. By any thread. */
  ChangeStream.Place place() {
    return place;
  }

  @Override
  public void close() {
    engine.watches.remove(this);
  }
}

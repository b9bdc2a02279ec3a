package dev.kvist.rocksdb;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Version;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.spi.ChangeReader;
import dev.kvist.spi.ChangeWatch;
import org.jspecify.annotations.Nullable;

/** RocksDB's log as a watch reads it. */
final class WalChanges implements ChangeReader {
  private final Store store;
  private final String bucketName;
  private final byte[][] prefixes;
  private final WalReader log;
  private boolean more;

  /** The counter up to which the log was read, for those who ask how far behind the watch is. */
  private volatile long readTo;

  private WalChanges(Store store, String bucketName, byte[][] prefixes, WalReader log) {
    this.store = store;
    this.bucketName = bucketName;
    this.prefixes = prefixes;
    this.log = log;
    this.readTo = log.at();
  }

  /** A watch of a bucket. */
  static KvWatch watch(Store store, String bucketName, WatchScope scope, WatchOptions options) {
    @Nullable WatchCursor from = options.cursor();
    if (from != null && !store.epochs.has(from, store.writes.counter())) {
      throw new KvException.CursorExpired(
          from,
          "it is of a history that this store does not have: it was restored, or its end was lost in a crash");
    }
    var log = new WalReader(store, from == null ? store.writes.counter() : from.low());
    if (from != null) {
      // Whether the log reaches back so far is to be known now.
      log.check();
    }
    byte[][] prefixes = scope.prefixes().toArray(byte[][]::new);
    var reader = new WalChanges(store, bucketName, prefixes, log);
    store.watches.add(reader);
    return new ChangeWatch(
        store.signal,
        store.traffic.updatesDelivered,
        bucketName,
        scope,
        options,
        reader,
        prefix -> ScanPages.entries(store, null, bucketName, KeyRange.prefix(prefix)).iterator());
  }

  @Override
  public void checkOpen() {
    store.checkOpen();
  }

  @Override
  public long newest() {
    return store.writes.counter();
  }

  @Override
  public boolean next() {
    boolean moved = log.next();
    if (moved) {
      more = log.has(RecordLayout.MORE);
    }
    return moved;
  }

  @Override
  public boolean hasNext() {
    return log.hasNext();
  }

  @Override
  public long counter() {
    return log.at();
  }

  @Override
  public WatchCursor cursor() {
    return log.cursor();
  }

  @Override
  public boolean more() {
    return more;
  }

  @Override
  public boolean inScope() {
    if (!log.isOf(bucketName)) {
      return false;
    }
    for (byte[] prefix : prefixes) {
      if (log.keyStartsWith(prefix)) {
        return true;
      }
    }
    return prefixes.length == 0;
  }

  @Override
  public KvUpdate update(@Nullable WatchCursor behind) {
    byte[] key = log.key();
    Version version = store.epochs.version(log.counter());
    return switch (log.kind()) {
      case RecordLayout.VALUE ->
          new KvUpdate.Put(
              KvEntry.value(
                  bucketName,
                  key,
                  log.value(),
                  version,
                  log.writtenAt(),
                  log.deadline(),
                  log.has(RecordLayout.PAIR)),
              behind);
      case RecordLayout.PURGED -> new KvUpdate.Purge(key, version, log.writtenAt(), behind);
      default ->
          new KvUpdate.Delete(
              key, version, log.writtenAt(), log.kind() == RecordLayout.EXPIRED, behind);
    };
  }

  @Override
  public WalChanges copy() {
    return new WalChanges(store, bucketName, prefixes, log.copy());
  }

  @Override
  public WalChanges rest() {
    return new WalChanges(store, bucketName, prefixes, log.rest());
  }

  @Override
  public void tell() {
    readTo = log.at();
  }

  /** The counter up to which it has read the log; from any thread. */
  long readTo() {
    return readTo;
  }

  @Override
  public void close() {
    store.watches.remove(this);
    log.close();
  }
}

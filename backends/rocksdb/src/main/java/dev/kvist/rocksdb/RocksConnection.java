package dev.kvist.rocksdb;

import dev.kvist.Capabilities;
import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvBatch;
import dev.kvist.KvMaintenance;
import dev.kvist.KvStore;
import dev.kvist.OperationCount;
import dev.kvist.StorageType;
import dev.kvist.StoreConfig;
import dev.kvist.spi.EmbeddedEngine;
import dev.kvist.spi.Names;
import dev.kvist.spi.OperationMeters;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A connection to an open store. */
final class RocksConnection implements Connection {
  private static final int PURGED_AT_ONCE = 512;

  private final Store store;
  private final Database database;
  private final Ops ops;
  private final OperationMeters meters;
  private final Capabilities capabilities;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Map<String, RocksStore> stores = new ConcurrentHashMap<>();

  RocksConnection(Store store) {
    this.store = store;
    this.database = store.database;
    this.ops = new Ops(store);
    this.meters = new OperationMeters("rocksdb", store.observer);
    this.capabilities = capabilities(database.settings, storage());
  }

  private static Capabilities capabilities(Settings settings, StorageType storage) {
    return EmbeddedEngine.capabilities(
        Capabilities.builder()
            .limits(Ops.MAX_KEY_BYTES, settings.maxValueBytes(), Ops.MAX_BATCH_OPS)
            .durability(
                EmbeddedEngine.durability(
                    storage, settings.syncWrites(), settings.flushIntervalMillis())),
        settings.readOnly());
  }

  private StorageType storage() {
    return database.settings.memoryMode() ? StorageType.MEMORY : StorageType.FILE;
  }

  /** Its URI without settings but for {@code memory_mode}. */
  @Override
  public String toString() {
    return "rocksdb:" + (database.settings.memoryMode() ? "?memory_mode=true" : store.path);
  }

  @Override
  public KvStore store(String bucket) {
    store.checkOpen();
    @Nullable RocksStore known = stores.get(Objects.requireNonNull(bucket, "bucket"));
    return known != null
        ? known
        : stores.computeIfAbsent(
            Names.checkBucket(bucket),
            name -> new RocksStore(this, store, ops, meters.of(name), name));
  }

  @Override
  public KvStore store(String bucket, StoreConfig config) {
    KvStore made = store(bucket);
    ops.checkWritable();
    EmbeddedEngine.refuseUnsupported(
        config,
        "rocksdb",
        storage(),
        "maxBytes",
        "compression of its own; compression=lz4 compresses the store");
    store.writes.change(group -> {
      @Nullable Bucket known = store.definitions.bucket(bucket);
      if (known == null || !known.live) {
        group.define(bucket);
      }
    });
    return made;
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public Iterator<String> buckets() {
    store.checkOpen();
    return store.definitions.names();
  }

  @Override
  public boolean drop(String bucket) {
    KvStore dropped = store(bucket);
    ops.checkWritable();
    @Nullable Bucket known = store.definitions.bucket(bucket);
    if (known == null || !known.live) {
      return false;
    }
    boolean[] isEmpty = {false};
    while (!isEmpty[0]) {
      purgeAll(bucket, dropped);
      store.writes.change(group -> {
        // Others may have written meanwhile.
        isEmpty[0] = !dropped.reader().keys(KeyRange.all()).iterator().hasNext();
        if (isEmpty[0]) {
          group.undefine(known);
        }
      });
    }
    store.writes.change(_ -> store.definitions.forget(known));
    return true;
  }

  private void purgeAll(String bucket, KvStore dropped) {
    var some = new ArrayList<Op>();
    for (byte[] key : dropped.reader().keys(KeyRange.all())) {
      some.add(ops.op(Op.Kind.PURGE, bucket, key));
      if (some.size() == PURGED_AT_ONCE) {
        purge(some);
      }
    }
    purge(some);
  }

  private void purge(List<Op> some) {
    if (!some.isEmpty()) {
      store.writes.apply(List.copyOf(some));
      some.clear();
    }
  }

  @Override
  public KvBatch batch() {
    ops.checkWritable();
    return batch -> ops.apply(null, batch, meters.acrossBuckets());
  }

  @Override
  public KvMaintenance maintenance() {
    store.checkOpen();
    return new Maintenance(store);
  }

  @Override
  public Map<String, Long> stats() {
    return StoreFigures.of(store, meters);
  }

  @Override
  public List<OperationCount> operations() {
    store.checkOpen();
    return meters.counts();
  }

  @Override
  public void ping() {
    store.checkOpen();
    if (!database.settings.readOnly()) {
      store.writes.checkWritable();
    }
  }

  @Override
  public void close() {
    try {
      store.close();
    } finally {
      if (closed.compareAndSet(false, true)) {
        store.observer.closed(this);
      }
    }
  }
}

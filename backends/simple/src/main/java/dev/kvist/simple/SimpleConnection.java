package dev.kvist.simple;

import dev.kvist.Capabilities;
import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvBatch;
import dev.kvist.KvEntry;
import dev.kvist.KvMaintenance;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.OperationCount;
import dev.kvist.StorageType;
import dev.kvist.StoreConfig;
import dev.kvist.spi.EmbeddedEngine;
import dev.kvist.spi.Names;
import dev.kvist.spi.OperationMeters;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A connection to an open store. */
final class SimpleConnection implements Connection {
  private final Store store;
  private final Engine engine;
  private final Ops ops;
  private final StorageType storage;
  private final Capabilities capabilities;
  private final OperationMeters meters;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Map<String, SimpleStore> stores = new ConcurrentHashMap<>();

  SimpleConnection(Store store, StorageType storage) {
    this.store = store;
    this.engine = store.engine;
    this.ops = new Ops(engine, engine.settings.readOnly() ? null : store.writes);
    this.storage = storage;
    this.meters =
        new OperationMeters(storage == StorageType.MEMORY ? "memory" : "simple", engine.observer);
    this.capabilities = capabilities(engine.settings, storage);
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

  /** Its URI without settings. */
  @Override
  public String toString() {
    return storage == StorageType.MEMORY ? "memory:" : "simple:" + engine.directory.location();
  }

  @Override
  public KvStore store(String bucket) {
    engine.checkOpen();
    @Nullable SimpleStore known = stores.get(Objects.requireNonNull(bucket, "bucket"));
    return known != null
        ? known
        : stores.computeIfAbsent(
            Names.checkBucket(bucket),
            name -> new SimpleStore(this, engine, ops, meters.of(name), name));
  }

  @Override
  public KvStore store(String bucket, StoreConfig config) {
    KvStore made = store(bucket);
    ops.checkWritable();
    EmbeddedEngine.refuseUnsupported(
        config,
        storage == StorageType.MEMORY ? "memory" : "simple",
        storage,
        "maxBytes; max_bytes limits the whole store",
        "compression of its own; compression_threshold compresses values");
    store.writes.define(bucket);
    return made;
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public Iterator<String> buckets() {
    engine.checkOpen();
    Iterator<KvEntry> definitions = ScanPages.directory(engine).iterator();
    return new Iterator<>() {
      private @Nullable String next;

      @Override
      public boolean hasNext() {
        while (next == null && definitions.hasNext()) {
          KvEntry definition = definitions.next();
          String name = Kvist.utf8(definition.key());
          next = Bucket.read(name, definition.value()).live ? name : null;
        }
        return next != null;
      }

      @Override
      public String next() {
        if (!hasNext()) {
          throw new NoSuchElementException("no more buckets");
        }
        String name = Objects.requireNonNull(next);
        next = null;
        return name;
      }
    };
  }

  @Override
  public boolean drop(String bucket) {
    KvStore dropped = store(bucket);
    ops.checkWritable();
    @Nullable Bucket known = engine.bucket(bucket);
    if (known == null || !known.live) {
      return false;
    }
    for (byte[] key : dropped.reader().keys(KeyRange.all())) {
      dropped.purger().purge(key);
    }
    store.writes.undefine(known);
    return true;
  }

  @Override
  public KvBatch batch() {
    ops.checkWritable();
    return batch -> ops.apply(null, batch, meters.acrossBuckets());
  }

  @Override
  public KvMaintenance maintenance() {
    engine.checkOpen();
    return new Maintenance(store);
  }

  @Override
  public Map<String, Long> stats() {
    engine.checkOpen();
    return StoreFigures.of(store, meters);
  }

  @Override
  public List<OperationCount> operations() {
    engine.checkOpen();
    return meters.counts();
  }

  @Override
  public int sample(int most, Sample to) {
    engine.checkOpen();
    return new IndexSample(engine, most, to).run();
  }

  @Override
  public void ping() {
    if (engine.settings.readOnly()) {
      engine.checkOpen();
    } else {
      engine.checkWritable();
    }
  }

  @Override
  public void close() {
    try {
      store.close();
    } finally {
      if (closed.compareAndSet(false, true)) {
        engine.observer.closed(this);
      }
    }
  }
}

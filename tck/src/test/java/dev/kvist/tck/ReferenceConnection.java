package dev.kvist.tck;

import dev.kvist.Capabilities;
import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvBatch;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvMaintenance;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.StoreConfig;
import dev.kvist.spi.Names;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A simple, slow and correct connection for testing the tests; a {@link Defect} makes it incorrect.
 */
final class ReferenceConnection implements Connection {
  static final int MAX_KEY = 2_000;
  static final int MAX_VALUE = 1 << 20;
  static final int MAX_OPS = 500;
  private static final Map<String, ReferenceData> PLACES = new ConcurrentHashMap<>();

  final ReferenceData data;
  final Defect defect;
  final boolean readOnly;
  final boolean newestOnly;
  private final Capabilities capabilities;
  private final String location;
  private boolean closed;

  private ReferenceConnection(ConnectionOptions options, Set<Capability> absent, Defect defect) {
    this.location = options.location();
    this.defect = defect;
    for (String name : options.settings().keySet()) {
      if (!Set.of("read_only", "retention", "newest_only").contains(name)) {
        throw new IllegalArgumentException("unknown setting " + name);
      }
    }
    this.readOnly = Boolean.parseBoolean(options.settings().get("read_only"));
    this.newestOnly = Boolean.parseBoolean(options.settings().get("newest_only"));
    this.data = PLACES.computeIfAbsent(location, _ -> new ReferenceData());
    data.keepAtMost(
        Long.parseLong(options.settings().getOrDefault("retention", "" + Long.MAX_VALUE)));
    var builder =
        Capabilities.builder().natively(Capability.values()).durability("The life of the process.");
    absent.forEach(capability -> builder.absent(capability, "left out for a test"));
    boolean batches =
        !absent.contains(Capability.BATCH) || !absent.contains(Capability.BATCH_ACROSS_BUCKETS);
    this.capabilities =
        builder
            .limits(MAX_KEY, MAX_VALUE, batches ? MAX_OPS : 0)
            .ttlResolution(Duration.ofMillis(1))
            .build();
  }

  static Connection open(
      ConnectionOptions options, Set<Capability> absent, Defect defect, Capability... required) {
    for (Capability capability : required) {
      if (absent.contains(capability)) {
        throw new KvException.Unsupported(capability, "reference", "left out for a test");
      }
    }
    var connection = new ReferenceConnection(options, absent, defect);
    connection.data.lock.lock();
    try {
      if (connection.data.owned) {
        throw new KvException.AlreadyOwned(options.location(), ProcessHandle.current().pid());
      }
      connection.data.owned = true;
    } finally {
      connection.data.lock.unlock();
    }
    Thread.ofVirtual().start(connection::sweep);
    return connection;
  }

  static void forget(ConnectionOptions options) {
    PLACES.remove(options.location());
  }

  /** Does something under the lock, on an open connection. */
  <T extends @Nullable Object> T locked(Supplier<T> work) {
    data.lock.lock();
    try {
      checkOpen();
      if (defect == Defect.INTERRUPT_SWALLOWED) {
        Thread.interrupted();
      }
      return work.get();
    } finally {
      data.lock.unlock();
    }
  }

  void checkOpen() {
    if (closed && defect != Defect.STILL_OPEN) {
      throw new KvException.Closed("the connection to " + location);
    }
  }

  boolean isClosed() {
    return closed;
  }

  void need(Capability capability) {
    if (!capabilities.has(capability)) {
      throw new KvException.Unsupported(capability, "reference", "left out for a test");
    }
  }

  void needWriter() {
    if (readOnly) {
      throw new KvException.Unsupported("the connection is read-only");
    }
  }

  private void sweep() {
    data.lock.lock();
    try {
      while (!closed) {
        for (String bucket : data.buckets.keySet()) {
          for (Bytes key : new ArrayList<>(data.keys(bucket).keySet())) {
            expire(bucket, key);
          }
        }
        var _ = data.tick.await(7, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      data.lock.unlock();
    }
  }

  /** Turns an entry that is due into a marker. */
  void expire(String bucket, Bytes key) {
    KvEntry entry = record(bucket, key);
    if (entry != null && entry.live() && entry.expiresMillis() <= data.nowMillis()) {
      var version = data.nextVersion();
      long now = data.nowMillis();
      data.keys(bucket)
          .put(key, KvEntry.marker(bucket, key.array(), version, now, KvEntry.Kind.DELETED));
      data.append(
          List.of(
              new ReferenceData.Told(
                  bucket, new KvUpdate.Delete(key.array(), version, now, true, null))));
    }
  }

  @Nullable KvEntry record(String bucket, Bytes key) {
    TreeMap<Bytes, KvEntry> keys = data.buckets.get(bucket);
    return keys == null ? null : keys.get(key);
  }

  boolean live(@Nullable KvEntry entry) {
    return entry != null
        && entry.live()
        && entry.expiresMillis() > data.nowMillis()
        && !(defect == Defect.EMPTY_IS_ABSENT && entry.value().length == 0);
  }

  @Override
  public KvStore store(String bucket) {
    Names.checkBucket(bucket);
    return locked(() -> {
      if (defect == Defect.OPEN_MAKES_BUCKETS) {
        data.keys(bucket);
      }
      return new ReferenceStore(this, bucket);
    });
  }

  @Override
  public KvStore store(String bucket, StoreConfig config) {
    Names.checkBucket(bucket);
    return locked(() -> {
      needWriter();
      if (config.replicas() != 1) {
        throw new KvException.Unsupported("reference does not support replicas");
      }
      data.keys(bucket);
      return new ReferenceStore(this, bucket);
    });
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public Iterator<String> buckets() {
    return locked(() -> List.copyOf(data.buckets.keySet()).iterator());
  }

  @Override
  public boolean drop(String bucket) {
    Names.checkBucket(bucket);
    return locked(() -> {
      need(Capability.DROP);
      needWriter();
      TreeMap<Bytes, KvEntry> keys = data.buckets.remove(bucket);
      if (keys == null) {
        return false;
      }
      var group = new ArrayList<ReferenceData.Told>();
      keys.forEach((key, entry) -> {
        if (entry.live()) {
          group.add(
              new ReferenceData.Told(
                  bucket,
                  new KvUpdate.Purge(key.array(), data.nextVersion(), data.nowMillis(), null)));
        }
      });
      data.append(group);
      return true;
    });
  }

  @Override
  public KvBatch batch() {
    need(Capability.BATCH_ACROSS_BUCKETS);
    needWriter();
    return batch -> {
      if (batch.ops().stream().anyMatch(op -> op.bucket() == null)) {
        throw new IllegalArgumentException("an operation names no bucket");
      }
      return new ReferenceWrites(this).apply("", batch);
    };
  }

  @Override
  public KvMaintenance maintenance() {
    need(Capability.MAINTENANCE);
    return new ReferenceMaintenance(this);
  }

  /** Makes a place with what is here now. */
  void copyTo(String place) {
    var copy = new ReferenceData();
    data.buckets.forEach((name, keys) -> copy.buckets.put(name, new TreeMap<>(keys)));
    PLACES.put(place, copy);
  }

  @Override
  public Map<String, Long> stats() {
    return locked(() -> Map.of("changes", data.end()));
  }

  @Override
  public void ping() {
    locked(() -> null);
  }

  @Override
  public void close() {
    data.lock.lock();
    try {
      if (!closed) {
        closed = true;
        data.owned = false;
        if (defect == Defect.FLAGS_NOT_STORED) {
          data.buckets
              .values()
              .forEach(keys ->
                  keys.replaceAll((_, e) ->
                      !e.live()
                          ? e
                          : KvEntry.value(
                              e.bucket(),
                              e.key(),
                              e.value(),
                              e.version(),
                              e.createdMillis(),
                              e.expiresMillis(),
                              false)));
        }
        data.changed.signalAll();
        data.tick.signalAll();
      }
    } finally {
      data.lock.unlock();
    }
  }
}

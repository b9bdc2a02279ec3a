package dev.kvist.bucket;

import dev.kvist.Capabilities;
import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvBatch;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvMaintenance;
import dev.kvist.KvPurge;
import dev.kvist.KvReader;
import dev.kvist.KvScan;
import dev.kvist.KvStore;
import dev.kvist.KvTtl;
import dev.kvist.KvWatcher;
import dev.kvist.KvWriter;
import dev.kvist.PutOptions;
import dev.kvist.StoreConfig;
import dev.kvist.Version;
import dev.kvist.spi.Names;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A connection over maps, with reads, writes and create, and with faults on demand. */
final class FakeConnection implements Connection {
  static final int MAX_KEY_SIZE = 1024;
  static final int MAX_VALUE_SIZE = 1 << 20;

  private final Map<String, TreeMap<byte[], KvEntry>> buckets = new TreeMap<>();
  private final Capabilities capabilities;
  private long revision;
  private boolean closed;

  /** Runs before each read, write or ping, outside the lock; throws to fail it. */
  volatile Runnable onRead = FakeConnection::noFault;

  volatile Runnable onWrite = FakeConnection::noFault;
  volatile Runnable onPing = FakeConnection::noFault;

  /** Counts the writes that changed something. */
  volatile int writes;

  FakeConnection() {
    this(Capability.CAS);
  }

  FakeConnection(Capability... natively) {
    this.capabilities =
        Capabilities.builder()
            .natively(natively)
            .limits(MAX_KEY_SIZE, MAX_VALUE_SIZE, 0)
            .durability("nothing survives")
            .build();
  }

  private static void noFault() {}

  void heal() {
    onRead = FakeConnection::noFault;
    onWrite = FakeConnection::noFault;
    onPing = FakeConnection::noFault;
  }

  @Override
  public KvStore store(String bucket) {
    return new Store(Names.checkBucket(bucket));
  }

  @Override
  public KvStore store(String bucket, StoreConfig config) {
    return store(bucket);
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public synchronized Iterator<String> buckets() {
    return List.copyOf(buckets.keySet()).iterator();
  }

  @Override
  public synchronized boolean drop(String bucket) {
    return buckets.remove(bucket) != null;
  }

  @Override
  public KvBatch batch() {
    throw unsupported();
  }

  @Override
  public KvMaintenance maintenance() {
    throw unsupported();
  }

  @Override
  public Map<String, Long> stats() {
    return Map.of();
  }

  @Override
  public void ping() {
    onPing.run();
    checkOpen();
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private synchronized void checkOpen() {
    if (closed) {
      throw new KvException.Closed("the connection");
    }
  }

  private synchronized @Nullable KvEntry find(String bucket, byte[] key) {
    checkOpen();
    Names.checkKey(key, MAX_KEY_SIZE);
    TreeMap<byte[], KvEntry> entries = buckets.get(bucket);
    return entries == null ? null : entries.get(key);
  }

  private synchronized Version store(String bucket, byte[] key, byte[] value, PutOptions options) {
    KvEntry old = find(bucket, key);
    if (value.length > MAX_VALUE_SIZE) {
      throw new KvException.TooLarge("a value", value.length, MAX_VALUE_SIZE);
    }
    if (options.absent() && old != null) {
      throw new KvException.AlreadyExists(bucket, key, old.version());
    }
    Version version = Version.of(0, ++revision);
    KvEntry entry =
        KvEntry.value(
            bucket, key.clone(), value.clone(), version, 0, KvEntry.NEVER, options.compressed());
    buckets
        .computeIfAbsent(bucket, _ -> new TreeMap<>(Arrays::compareUnsigned))
        .put(entry.key(), entry);
    writes = (int) revision;
    return version;
  }

  private synchronized boolean remove(String bucket, byte[] key) {
    if (find(bucket, key) == null) {
      return false;
    }
    TreeMap<byte[], KvEntry> entries = buckets.get(bucket);
    return entries != null && entries.remove(key) != null;
  }

  private static KvException unsupported() {
    return new KvException.Unsupported("the fake connection does not do this");
  }

  private final class Store implements KvStore, KvReader, KvWriter {
    private final String bucket;

    Store(String bucket) {
      this.bucket = bucket;
    }

    @Override
    public String bucket() {
      return bucket;
    }

    @Override
    public KvReader reader() {
      return this;
    }

    @Override
    public KvWriter writer() {
      return this;
    }

    @Override
    public KvTtl ttl() {
      throw unsupported();
    }

    @Override
    public KvPurge purger() {
      throw unsupported();
    }

    @Override
    public KvBatch batch() {
      throw unsupported();
    }

    @Override
    public KvWatcher watcher() {
      throw unsupported();
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
      KvEntry entry = entry(key);
      return entry == null ? null : entry.value();
    }

    @Override
    public @Nullable KvEntry entry(byte[] key) {
      onRead.run();
      KvEntry entry = find(bucket, key);
      return entry == null
          ? null
          : KvEntry.value(
              bucket,
              entry.key().clone(),
              entry.value().clone(),
              entry.version(),
              0,
              KvEntry.NEVER,
              entry.compressed());
    }

    @Override
    public boolean exists(byte[] key) {
      onRead.run();
      return find(bucket, key) != null;
    }

    @Override
    public KvScan<byte[]> keys(KeyRange range) {
      throw unsupported();
    }

    @Override
    public KvScan<KvEntry> scan(KeyRange range) {
      throw unsupported();
    }

    @Override
    public Version put(byte[] key, byte[] value) {
      return put(key, value, PutOptions.DEFAULT);
    }

    @Override
    public Version put(byte[] key, byte[] value, PutOptions options) {
      onWrite.run();
      return store(bucket, key, value, options);
    }

    @Override
    public boolean delete(byte[] key) {
      onWrite.run();
      return remove(bucket, key);
    }

    @Override
    public Version delete(byte[] key, Version expected) {
      throw unsupported();
    }
  }
}

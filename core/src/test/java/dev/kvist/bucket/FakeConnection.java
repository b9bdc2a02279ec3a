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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A connection over maps, with reads, writes and create, and with faults on demand. */
final class FakeConnection implements Connection {
  static final int MAX_KEY_SIZE = 1024;
  static final int MAX_VALUE_SIZE = 1 << 20;

  /** What connections share; its lock guards them. */
  private static final class Data {
    final Map<String, TreeMap<byte[], KvEntry>> buckets = new TreeMap<>();
    long revision;
  }

  private final Data data;
  private final Capabilities capabilities;
  private boolean closed;

  /** Runs before each read, write or ping, outside the lock; throws to fail it. */
  volatile Runnable onRead = FakeConnection::noFault;

  volatile Runnable onWrite = FakeConnection::noFault;
  volatile Runnable onPing = FakeConnection::noFault;

  /** Runs after each write that happened; throws to keep its outcome from the caller. */
  volatile Runnable afterWrite = FakeConnection::noFault;

  /** Which keys have values that fail as damaged when they are read. */
  volatile Predicate<byte[]> unreadable = _ -> false;

  /** Which keys cannot be written, for want of room. */
  volatile Predicate<byte[]> full = _ -> false;

  /** Counts the writes that changed something. */
  volatile int writes;

  FakeConnection() {
    this(Capability.CAS);
  }

  FakeConnection(Capability... natively) {
    this(
        new Data(),
        Capabilities.builder()
            .natively(natively)
            .limits(MAX_KEY_SIZE, MAX_VALUE_SIZE, 0)
            .durability("nothing survives")
            .build());
  }

  private FakeConnection(Data data, Capabilities capabilities) {
    this.data = data;
    this.capabilities = capabilities;
  }

  /** Another connection to the same data, as another process has it or a later one. */
  FakeConnection again() {
    return new FakeConnection(data, capabilities);
  }

  /** The keys of a bucket, in order. */
  List<byte[]> keysOf(String bucket) {
    synchronized (data) {
      TreeMap<byte[], KvEntry> entries = data.buckets.get(bucket);
      return entries == null ? List.of() : List.copyOf(entries.keySet());
    }
  }

  private static void noFault() {}

  void heal() {
    onRead = FakeConnection::noFault;
    onWrite = FakeConnection::noFault;
    onPing = FakeConnection::noFault;
    afterWrite = FakeConnection::noFault;
    full = _ -> false;
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
  public Iterator<String> buckets() {
    synchronized (data) {
      return List.copyOf(data.buckets.keySet()).iterator();
    }
  }

  @Override
  public boolean drop(String bucket) {
    synchronized (data) {
      return data.buckets.remove(bucket) != null;
    }
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
  public void close() {
    synchronized (data) {
      closed = true;
    }
  }

  private void checkOpen() {
    synchronized (data) {
      if (closed) {
        throw new KvException.Closed("the connection");
      }
    }
  }

  private @Nullable KvEntry find(String bucket, byte[] key) {
    synchronized (data) {
      checkOpen();
      Names.checkKey(key, MAX_KEY_SIZE);
      TreeMap<byte[], KvEntry> entries = data.buckets.get(bucket);
      return entries == null ? null : entries.get(key);
    }
  }

  private Version store(String bucket, byte[] key, byte[] value, PutOptions options) {
    synchronized (data) {
      KvEntry old = find(bucket, key);
      if (value.length > MAX_VALUE_SIZE) {
        throw new KvException.TooLarge("a value", value.length, MAX_VALUE_SIZE);
      }
      if (options.absent() && old != null) {
        throw new KvException.AlreadyExists(bucket, key, old.version());
      }
      @Nullable Version expected = options.expected();
      if (expected != null && (old == null || !expected.equals(old.version()))) {
        throw new KvException.VersionMismatch(
            bucket, key, expected, old == null ? null : old.version());
      }
      Version version = Version.of(0, ++data.revision);
      KvEntry entry =
          KvEntry.value(
              bucket, key.clone(), value.clone(), version, 0, KvEntry.NEVER, options.compressed());
      data.buckets
          .computeIfAbsent(bucket, _ -> new TreeMap<>(Arrays::compareUnsigned))
          .put(entry.key(), entry);
      writes = (int) data.revision;
      return version;
    }
  }

  private boolean remove(String bucket, byte[] key) {
    synchronized (data) {
      if (find(bucket, key) == null) {
        return false;
      }
      TreeMap<byte[], KvEntry> entries = data.buckets.get(bucket);
      return entries != null && entries.remove(key) != null;
    }
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
      if (unreadable.test(key)) {
        throw new KvException.Corrupted("wal/1.log", 1, "the checksum does not match");
      }
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
      if (full.test(key)) {
        throw new KvException.StoreFull("the volume", 1, "free some", null);
      }
      Version version = store(bucket, key, value, options);
      afterWrite.run();
      return version;
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

package dev.kvist.config;

import dev.kvist.Capabilities;
import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
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
import dev.kvist.Kvist;
import dev.kvist.PutOptions;
import dev.kvist.StoreConfig;
import dev.kvist.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A map that goes to the file {@code flushed} of its directory when it is closed, and nowhere
 * before; tells {@link #EVENTS} what happens to it.
 */
final class FakeConnection implements Connection {
  static final List<String> EVENTS = new CopyOnWriteArrayList<>();

  private static final Version VERSION = Version.of(0, 1);

  /** Fails the next ping of the backend of this name. */
  static volatile @Nullable String failingPing;

  /** Fails the next open of the backend of this name. */
  static volatile @Nullable String failingOpen;

  private final String name;
  private final @Nullable Path directory;
  private final Map<String, byte[]> values = new TreeMap<>();
  private boolean closed;

  FakeConnection(String name, ConnectionOptions options) {
    this.name = name;
    if (name.equals(failingOpen)) {
      throw new KvException.IoFailed(KvException.Effect.NONE, "the disk is on fire", null);
    }
    boolean onDisk = options.scheme().equals("simple") || options.scheme().equals("rocksdb");
    directory = onDisk ? Path.of(options.location()) : null;
    if (directory != null) {
      try {
        Files.createDirectories(directory);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    EVENTS.add("open " + name);
  }

  @Override
  public KvStore store(String bucket) {
    return new Store(bucket);
  }

  @Override
  public KvStore store(String bucket, StoreConfig config) {
    return store(bucket);
  }

  @Override
  public Capabilities capabilities() {
    return Capabilities.builder().natively(Capability.CAS).build();
  }

  @Override
  public Iterator<String> buckets() {
    throw unsupported();
  }

  @Override
  public boolean drop(String bucket) {
    throw unsupported();
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
    if (name.equals(failingPing)) {
      throw new KvException.IoFailed(KvException.Effect.NONE, "nobody answers", null);
    }
    EVENTS.add("ping " + name);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    EVENTS.add("close " + name);
    if (directory != null) {
      try {
        Files.writeString(directory.resolve("flushed"), String.join("\n", values.keySet()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
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

    private String at(byte[] key) {
      if (closed) {
        throw new KvException.Closed("the connection");
      }
      return bucket + "/" + Kvist.utf8(key);
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
      synchronized (FakeConnection.this) {
        byte[] value = values.get(at(key));
        return value == null ? null : value.clone();
      }
    }

    @Override
    public @Nullable KvEntry entry(byte[] key) {
      byte[] value = get(key);
      return value == null
          ? null
          : KvEntry.value(bucket, key, value, VERSION, 0, KvEntry.NEVER, false);
    }

    @Override
    public boolean exists(byte[] key) {
      return get(key) != null;
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
      synchronized (FakeConnection.this) {
        if (options.absent() && values.containsKey(at(key))) {
          throw new KvException.AlreadyExists(bucket, key, VERSION);
        }
        values.put(at(key), value.clone());
        return VERSION;
      }
    }

    @Override
    public boolean delete(byte[] key) {
      synchronized (FakeConnection.this) {
        return values.remove(at(key)) != null;
      }
    }

    @Override
    public Version delete(byte[] key, Version expected) {
      throw unsupported();
    }
  }
}

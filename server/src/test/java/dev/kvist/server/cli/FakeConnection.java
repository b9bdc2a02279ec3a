package dev.kvist.server.cli;

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
import dev.kvist.WatchCursor;
import dev.kvist.spi.Names;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A connection of {@link FakeBackend}. One thread at a time, but for a watch that waits. */
final class FakeConnection implements Connection {
  /** What outlives a connection. */
  static final class Data {
    final Map<String, NavigableMap<byte[], KvEntry>> buckets = new TreeMap<>();
    final List<KvUpdate> changes = new CopyOnWriteArrayList<>();
    final List<String> changedBuckets = new CopyOnWriteArrayList<>();
    long revision;
    int batches;
    int compactions;
  }

  static final int MAX_VALUE_SIZE = 2000;
  final String name;
  final Data data;
  final boolean readOnly;
  private boolean closed;

  FakeConnection(String name, Data data, boolean readOnly) {
    this.name = name;
    this.data = data;
    this.readOnly = readOnly;
  }

  NavigableMap<byte[], KvEntry> bucket(String bucket) {
    return data.buckets.computeIfAbsent(bucket, _ -> new TreeMap<>(Arrays::compareUnsigned));
  }

  void changed(String bucket, KvUpdate update) {
    data.changedBuckets.add(bucket);
    data.changes.add(update);
  }

  WatchCursor cursor() {
    return WatchCursor.of(0, data.revision);
  }

  void checkOpen() {
    if (closed) {
      throw new KvException.Closed("the connection");
    }
  }

  @Override
  public KvStore store(String bucket) {
    checkOpen();
    return new FakeStore(this, Names.checkBucket(bucket));
  }

  @Override
  public KvStore store(String bucket, StoreConfig config) {
    return store(bucket);
  }

  @Override
  public Capabilities capabilities() {
    var builder =
        Capabilities.builder()
            .natively(
                Capability.CAS,
                Capability.TTL,
                Capability.SCAN,
                Capability.ORDERED_SCAN,
                Capability.WATCH)
            .limits(1024, MAX_VALUE_SIZE, name.equals("plain") ? 0 : 100);
    return (name.equals("plain")
            ? builder
            : builder.natively(Capability.BATCH, Capability.MAINTENANCE))
        .build();
  }

  @Override
  public Iterator<String> buckets() {
    return List.copyOf(data.buckets.keySet()).iterator();
  }

  @Override
  public boolean drop(String bucket) {
    return data.buckets.remove(bucket) != null;
  }

  @Override
  public KvBatch batch() {
    throw new KvException.Unsupported(Capability.BATCH_ACROSS_BUCKETS, "fake", "");
  }

  @Override
  public KvMaintenance maintenance() {
    return new KvMaintenance() {
      @Override
      public Verification verify() {
        List<String> damages =
            name.equals("broken") ? List.of("wal/1.log at 192: checksum") : List.of();
        return name.equals("single")
            ? new Verification(1, 1, damages)
            : new Verification(3, 2048, damages);
      }

      @Override
      public void compact() {
        data.compactions++;
      }

      @Override
      public void backup(Path directory) {
        if (directory.toFile().exists()) {
          throw new IllegalArgumentException(directory + " is not empty; give another directory");
        }
        var copy =
            new FakeBackend()
                .open(ConnectionOptions.of("fake", directory.getFileName().toString()));
        ((FakeConnection) copy).data.buckets.putAll(data.buckets);
      }
    };
  }

  @Override
  public Map<String, Long> stats() {
    return Map.of("puts", data.revision, "log.bytes", 1048576L);
  }

  @Override
  public void ping() {}

  @Override
  public void close() {
    closed = true;
  }
}

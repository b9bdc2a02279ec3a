package dev.kvist.bench.engine;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvReader;
import dev.kvist.KvStore;
import dev.kvist.KvWriter;
import dev.kvist.Kvist;
import dev.kvist.metrics.KvistMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Kvist through its public API, in one bucket, with all statistics, as {@code metrics} has them.
 */
public final class KvistEngine implements Engine {
  private static final MeterRegistry REGISTRY = new SimpleMeterRegistry();

  /** The bucket that everything is in. */
  public static final String BUCKET = "bench";

  private final Connection connection;
  private final KvStore store;
  private final KvReader reader;
  private final KvWriter writer;

  private KvistEngine(Connection connection) {
    this.connection = connection;
    store = connection.store(BUCKET);
    reader = store.reader();
    writer = store.writer();
  }

  static KvistEngine open(String name, Subject.Setup setup) {
    return new KvistEngine(
        Kvist.open(
            ConnectionOptions.parse(uri(name, setup)).withObserver(new KvistMetrics(REGISTRY))));
  }

  private static String uri(String name, Subject.Setup setup) {
    return switch (name) {
      case "kvist-memory" -> "memory:";
      case "kvist-simple" -> "simple:" + setup.directory() + "?sync_writes=" + setup.synced();
      case "kvist-rocksdb" -> rocksDb(setup.directory(), setup);
      default -> throw new IllegalArgumentException(name + " is none of Kvist's engines");
    };
  }

  /** The address of a store on RocksDB. */
  static String rocksDb(Path directory, Subject.Setup setup) {
    return "rocksdb:"
        + directory
        + "?sync_writes="
        + setup.synced()
        + (setup.cacheBytes() == 0 ? "" : "&memory_budget=" + setup.cacheBytes());
  }

  /** What is below, for workloads that only Kvist has. */
  public Connection connection() {
    return connection;
  }

  /** The one bucket. */
  public KvStore store() {
    return store;
  }

  @Override
  public void put(byte[] key, byte[] value) {
    writer.put(key, value);
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    return reader.get(key);
  }

  @Override
  public List<byte @Nullable []> getAll(List<byte[]> keys) {
    return reader.getAll(keys);
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) {
    return scan(prefix.length == 0 ? KeyRange.all() : KeyRange.prefix(prefix), visitor);
  }

  @Override
  public long scanFrom(byte[] first, int most, Visitor visitor) {
    return scan(KeyRange.all().from(first).limit(most), visitor);
  }

  private long scan(KeyRange range, Visitor visitor) {
    long entries = 0;
    try (var scan = reader.scan(range)) {
      for (KvEntry entry : scan) {
        visitor.entry(entry.key(), entry.value());
        entries++;
      }
    }
    return entries;
  }

  @Override
  public void delete(byte[] key) {
    writer.delete(key);
  }

  @Override
  public void reclaim() {
    connection.maintenance().compact();
  }

  @Override
  public @Nullable Written written() {
    Map<String, Long> stats = connection.stats();
    @Nullable Long tables = stats.get("sst.written.bytes");
    @Nullable Long blobs = stats.get("blob.written.bytes");
    @Nullable Long log = stats.get("appended.bytes");
    return tables == null || blobs == null || log == null ? null : new Written(tables + blobs, log);
  }

  @Override
  public long syncs() {
    return connection.stats().getOrDefault("syncs", -1L);
  }

  @Override
  public void close() {
    connection.close();
  }
}

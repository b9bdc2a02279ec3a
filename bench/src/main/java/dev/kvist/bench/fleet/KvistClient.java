package dev.kvist.bench.fleet;

import dev.kvist.BulkWriter;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.metrics.KvistMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Kvist through its public API, with all statistics, as {@code metrics} has them. */
final class KvistClient implements FleetClient {
  private final Connection connection;
  private KvStore store;

  KvistClient(String url) {
    var options =
        ConnectionOptions.parse(url).withObserver(new KvistMetrics(new SimpleMeterRegistry()));
    connection = Kvist.open(options);
    store = connection.store("none");
  }

  @Override
  public void make(String bucket) {
    store = connection.store(bucket);
    byte[] key = {'a'};
    store.writer().put(key, key);
    store.purger().purge(key);
  }

  @Override
  public void put(byte[] key, byte[] value) {
    store.writer().put(key, value);
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    return store.reader().get(key);
  }

  @Override
  public List<byte @Nullable []> getAll(List<byte[]> keys) {
    return store.reader().getAll(keys);
  }

  @Override
  public Swap swap(byte[] key) {
    KvEntry entry = store.reader().entry(key);
    if (entry == null) {
      throw new IllegalArgumentException("only an entry that is there is overwritten");
    }
    return new Swap() {
      private Version version = entry.version();

      @Override
      public void value(byte[] value) {
        version = store.writer().update(key, value, version);
      }
    };
  }

  @Override
  public void store(int entries, Source source) {
    try (var bulk =
        new BulkWriter<Integer>(
            store,
            connection.capabilities(),
            (number, why) -> {
              throw new IllegalStateException("entry " + number + " was refused", why);
            })) {
      for (int i = 0; i < entries; i++) {
        bulk.put(i, source.key(i), source.value(i), PutOptions.DEFAULT);
      }
      bulk.flush();
    }
  }

  @Override
  public Set<Way> ways() {
    return Set.of(Way.OWN);
  }

  @Override
  public long keys(Way way) {
    long keys = 0;
    try (var scan = store.reader().keys(KeyRange.all())) {
      for (byte[] key : scan) {
        keys += key.length > 0 ? 1 : 0;
      }
    }
    return keys;
  }

  @Override
  public long scan(Way way, Consumer<byte[]> values) {
    return scan(KeyRange.all(), values);
  }

  @Override
  public long scanPrefix(String prefix, Consumer<byte[]> values) {
    return scan(KeyRange.prefix(prefix.getBytes(StandardCharsets.US_ASCII)), values);
  }

  private long scan(KeyRange range, Consumer<byte[]> values) {
    long entries = 0;
    try (var scan = store.reader().scan(range)) {
      for (KvEntry entry : scan) {
        values.accept(entry.value());
        entries++;
      }
    }
    return entries;
  }

  @Override
  public long synchronize(Consumer<byte[]> values) {
    long entries = 0;
    try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
      KvUpdate update = watch.next();
      while (!(update instanceof KvUpdate.CaughtUp)) {
        if (update instanceof KvUpdate.Put put) {
          values.accept(put.value());
          entries++;
        }
        update = watch.next();
      }
    }
    return entries;
  }

  @Override
  public AutoCloseable watch(Consumer<byte[]> values) {
    KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow());
    Thread.ofPlatform().name("watch").daemon().start(() -> follow(watch, values));
    return watch;
  }

  private static void follow(KvWatch watch, Consumer<byte[]> values) {
    try {
      while (true) {
        if (watch.next() instanceof KvUpdate.Put put) {
          values.accept(put.value());
        }
      }
    } catch (KvException.Closed e) {
      // It was meant to end.
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}

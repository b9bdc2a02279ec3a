package dev.kvist.bench.fleet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.KeyValue;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueOperation;
import io.nats.client.api.KeyValueWatchOption;
import io.nats.client.api.KeyValueWatcher;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The client library of NATS as it comes: its own key-value API, and below it its consumers. */
final class JnatsClient implements FleetClient {
  private static final int PATIENCE_SECONDS = 60;

  private final Connection connection;
  private KeyValue bucket;

  JnatsClient(String url) throws Exception {
    // The listener that comes with it writes a line for every message of flow control.
    var quiet = new ErrorListener() {};
    connection = Nats.connect(Options.builder().server(url).errorListener(quiet).build());
    bucket = made("none");
  }

  private KeyValue made(String name) throws Exception {
    connection.keyValueManagement().create(KeyValueConfiguration.builder().name(name).build());
    return connection.keyValue(name);
  }

  @Override
  public void make(String name) throws Exception {
    bucket = made(name);
  }

  private static String text(byte[] key) {
    return new String(key, US_ASCII);
  }

  @Override
  public void put(byte[] key, byte[] value) throws Exception {
    bucket.put(text(key), value);
  }

  @Override
  public byte @Nullable [] get(byte[] key) throws Exception {
    @Nullable KeyValueEntry entry = bucket.get(text(key));
    return entry == null ? null : entry.getValue();
  }

  @Override
  public List<byte @Nullable []> getAll(List<byte[]> keys) throws Exception {
    var values = new ArrayList<byte @Nullable []>(keys.size());
    for (byte[] key : keys) {
      values.add(get(key));
    }
    return values;
  }

  @Override
  public Swap swap(byte[] key) throws Exception {
    String name = text(key);
    @Nullable KeyValueEntry entry = bucket.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("only an entry that is there is overwritten");
    }
    return new Swap() {
      private long revision = entry.getRevision();

      @Override
      public void value(byte[] value) throws Exception {
        revision = bucket.update(name, value, revision);
      }
    };
  }

  @Override
  public void store(int entries, Source source) throws Exception {
    var publisher = new Publisher(connection, bucket.getBucketName());
    for (int i = 0; i < entries; i++) {
      publisher.publish(source.key(i), source.value(i));
    }
    publisher.await();
  }

  @Override
  public Set<Way> ways() {
    return EnumSet.allOf(Way.class);
  }

  @Override
  public long keys(Way way) throws Exception {
    var raw = new RawConsumers(connection, bucket.getBucketName());
    return switch (way) {
      case OWN -> bucket.keys().size();
      case PUSH -> raw.push(true, _ -> {});
      case PULL -> raw.pull(true, _ -> {});
    };
  }

  @Override
  public long scan(Way way, Consumer<byte[]> values) throws Exception {
    var raw = new RawConsumers(connection, bucket.getBucketName());
    return switch (way) {
      case OWN -> synchronize(values);
      case PUSH -> raw.push(false, values);
      case PULL -> raw.pull(false, values);
    };
  }

  @Override
  public long scanPrefix(String prefix, Consumer<byte[]> values) throws Exception {
    var watcher = new State(values);
    try (var _ = bucket.watch(prefix + ">", watcher, KeyValueWatchOption.IGNORE_DELETE)) {
      return watcher.await();
    }
  }

  @Override
  public long synchronize(Consumer<byte[]> values) throws Exception {
    var watcher = new State(values);
    try (var _ = bucket.watchAll(watcher, KeyValueWatchOption.IGNORE_DELETE)) {
      return watcher.await();
    }
  }

  /** What is there when a watch begins. */
  private static final class State implements KeyValueWatcher {
    private final Consumer<byte[]> values;
    private final AtomicLong entries = new AtomicLong();
    private final CountDownLatch ended = new CountDownLatch(1);

    State(Consumer<byte[]> values) {
      this.values = values;
    }

    @Override
    public void watch(KeyValueEntry entry) {
      values.accept(entry.getValue());
      entries.getAndIncrement();
    }

    @Override
    public void endOfData() {
      ended.countDown();
    }

    long await() throws InterruptedException {
      if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("a watch did not catch up");
      }
      return entries.get();
    }
  }

  @Override
  public AutoCloseable watch(Consumer<byte[]> values) throws Exception {
    return bucket.watchAll(
        new KeyValueWatcher() {
          @Override
          public void watch(KeyValueEntry entry) {
            if (entry.getOperation() == KeyValueOperation.PUT) {
              values.accept(entry.getValue());
            }
          }

          @Override
          public void endOfData() {
            // It is told of what comes after.
          }
        },
        KeyValueWatchOption.UPDATES_ONLY);
  }

  @Override
  public void close() throws Exception {
    connection.close();
  }
}

package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.StoreConfig;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.tck.nats.NatsKind;
import io.nats.client.KeyValue;
import io.nats.client.MessageTtl;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueOperation;
import io.nats.client.api.KeyValueWatcher;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What we write as the key-value API of jnats reads it, and the other way round. */
final class InteroperabilityTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String bucket = "shared" + System.nanoTime();
  private @Nullable PlainClient client;
  private @Nullable NatsConnection connection;

  private NatsConnection open(NatsKind kind) {
    client = PlainClient.connect(SharedServer.of(kind).url());
    connection = NatsConnection.connect(NatsConnectionConfig.of(SharedServer.of(kind).url()));
    return connection;
  }

  private PlainClient client() {
    return Objects.requireNonNull(client);
  }

  @AfterEach
  void close() {
    if (connection != null) {
      connection.drop(bucket);
      connection.close();
    }
    client().close();
  }

  /** What their watch of everything is told. */
  private BlockingQueue<KeyValueEntry> told(KeyValue theirs) throws Exception {
    var told = new LinkedBlockingQueue<KeyValueEntry>();
    theirs.watchAll(
        new KeyValueWatcher() {
          @Override
          public void watch(KeyValueEntry entry) {
            told.add(entry);
          }

          @Override
          public void endOfData() {
            // The bucket is empty.
          }
        });
    return told;
  }

  private static KeyValueEntry next(BlockingQueue<KeyValueEntry> told) throws InterruptedException {
    KeyValueEntry entry = told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertNotNull(entry, "nothing was told");
    return entry;
  }

  private static void isTold(
      BlockingQueue<KeyValueEntry> told, KeyValueOperation operation, String key)
      throws InterruptedException {
    KeyValueEntry entry = next(told);
    assertEquals(operation, entry.getOperation(), entry::toString);
    assertEquals(key, entry.getKey());
  }

  @ParameterizedTest
  @EnumSource
  void ourChangesAreTheirs(NatsKind kind) throws Exception {
    KvStore ours = open(kind).store(bucket, StoreConfig.DEFAULT);
    KeyValue theirs = client().connection().keyValue(bucket);
    BlockingQueue<KeyValueEntry> told = told(theirs);
    long put = ours.writer().put(utf8("a.b"), utf8("1")).low();
    KeyValueEntry first = next(told);
    assertEquals(put, first.getRevision());
    assertArrayEquals(utf8("1"), first.getValue());
    long theirPut = theirs.update("a.b", utf8("2"), put);
    assertArrayEquals(utf8("2"), ours.reader().get(utf8("a.b")));
    isTold(told, KeyValueOperation.PUT, "a.b");
    var expected = Objects.requireNonNull(ours.reader().entry(utf8("a.b"))).version();
    assertEquals(theirPut, expected.low());
    ours.writer().delete(utf8("a.b"), expected);
    isTold(told, KeyValueOperation.DELETE, "a.b");
    assertNull(theirs.get("a.b"));
    assertEquals(List.of(), theirs.keys());
    theirs.create("a.b", utf8("3"));
    isTold(told, KeyValueOperation.PUT, "a.b");
    ours.purger().purge(utf8("a.b"));
    isTold(told, KeyValueOperation.PURGE, "a.b");
    assertNull(theirs.get("a.b"));
    ours.writer().create(utf8("a.b"), utf8("4"));
    isTold(told, KeyValueOperation.PUT, "a.b");
    ours.writer().delete(utf8("a.b"));
    theirs.purgeDeletes();
    assertNull(ours.reader().get(utf8("a.b")));
    ours.writer().create(utf8("a.b"), utf8("5"));
    assertArrayEquals(utf8("5"), theirs.get("a.b").getValue());
  }

  @ParameterizedTest
  @EnumSource
  void theirChangesAreOurs(NatsKind kind) throws Exception {
    NatsConnection opened = open(kind);
    client()
        .connection()
        .keyValueManagement()
        .create(KeyValueConfiguration.builder(bucket).maxHistoryPerKey(5).build());
    KeyValue theirs = client().connection().keyValue(bucket);
    KvStore ours = opened.store(bucket);
    try (KvWatch watch = ours.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
      long revision = theirs.put("k", utf8("1"));
      var put = assertInstanceOf(KvUpdate.Put.class, WatchFixture.next(watch));
      assertEquals(revision, put.entry().version().low());
      ours.writer().update(utf8("k"), utf8("2"), put.entry().version());
      assertInstanceOf(KvUpdate.Put.class, WatchFixture.next(watch));
      assertEquals(2, theirs.history("k").size());
      theirs.delete("k");
      assertInstanceOf(KvUpdate.Delete.class, WatchFixture.next(watch));
      assertEquals(KvEntry.Kind.DELETED, kind(ours, "k"));
      theirs.put("k", utf8("3"));
      assertInstanceOf(KvUpdate.Put.class, WatchFixture.next(watch));
      theirs.purge("k");
      assertInstanceOf(KvUpdate.Purge.class, WatchFixture.next(watch));
      assertEquals(KvEntry.Kind.PURGED, kind(ours, "k"));
      assertEquals(0, ours.reader().keys(KeyRange.all()).toList().size());
      ours.writer().create(utf8("k"), utf8("4"));
      assertArrayEquals(utf8("4"), theirs.get("k").getValue());
    }
  }

  private static KvEntry.Kind kind(KvStore store, String key) {
    return Objects.requireNonNull(store.reader().entry(utf8(key))).kind();
  }

  /** Buckets of others allow reads by any replica, which may be old ones. */
  @ParameterizedTest
  @EnumSource
  void theirBucketIsReadFromItsLeader(NatsKind kind) throws Exception {
    NatsConnection opened = open(kind);
    client()
        .connection()
        .keyValueManagement()
        .create(KeyValueConfiguration.builder(bucket).build());
    assertTrue(
        client().streams().getStreamInfo("KV_" + bucket).getConfiguration().getAllowDirect());
    var ofAnyReplica = new LinkedBlockingQueue<String>();
    client()
        .connection()
        .createDispatcher(request -> ofAnyReplica.add(request.getSubject()))
        .subscribe("$JS.API.DIRECT.GET.>");
    client().connection().flush(PATIENCE);
    KvStore ours = opened.store(bucket);
    Version version = ours.writer().put(utf8("k"), utf8("1"));
    ours.reader().get(utf8("k"));
    ours.reader().entry(utf8("absent"));
    ours.reader().exists(utf8("k"));
    ours.reader().getAll(List.of(utf8("k"), utf8("absent")));
    ours.reader().scan(KeyRange.all()).toList();
    assertThrows(KvException.AlreadyExists.class, () -> ours.writer().create(utf8("k"), utf8("2")));
    ours.writer().update(utf8("k"), utf8("2"), version);
    assertThrows(
        KvException.VersionMismatch.class,
        () -> ours.writer().update(utf8("k"), utf8("3"), version));
    ours.writer().delete(utf8("k"));
    ours.writer().create(utf8("k"), utf8("4"));
    ours.watcher().watch(WatchScope.all(), WatchOptions.fromState()).close();
    client().connection().flush(PATIENCE);
    assertEquals(List.of(), List.copyOf(ofAnyReplica));
  }

  @Test
  void theirTtlIsOurs() throws Exception {
    NatsConnection opened = open(NatsKind.CURRENT);
    client()
        .connection()
        .keyValueManagement()
        .create(KeyValueConfiguration.builder(bucket).limitMarker(Duration.ofSeconds(60)).build());
    KeyValue theirs = client().connection().keyValue(bucket);
    KvStore ours = opened.store(bucket);
    try (KvWatch watch = ours.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
      theirs.create("k", utf8("v"), MessageTtl.seconds(1));
      assertInstanceOf(KvUpdate.Put.class, WatchFixture.next(watch));
      var gone = assertInstanceOf(KvUpdate.Delete.class, WatchFixture.next(watch));
      assertTrue(gone.expired());
      assertNull(ours.reader().get(utf8("k")));
      assertEquals(KvEntry.Kind.DELETED, kind(ours, "k"));
      ours.ttl().put(utf8("k"), utf8("w"), Duration.ofHours(1));
      assertArrayEquals(utf8("w"), theirs.get("k").getValue());
    }
  }

  @Test
  void ourTtlAndOurBatchesAreTheirs() throws Exception {
    KvStore ours = open(NatsKind.CURRENT).store(bucket, StoreConfig.DEFAULT);
    KeyValue theirs = client().connection().keyValue(bucket);
    BlockingQueue<KeyValueEntry> told = told(theirs);
    ours.ttl().put(utf8("k"), utf8("v"), Duration.ofSeconds(1));
    isTold(told, KeyValueOperation.PUT, "k");
    isTold(told, KeyValueOperation.PURGE, "k");
    assertNull(theirs.get("k"));
    theirs.create("k", utf8("w"));
    isTold(told, KeyValueOperation.PUT, "k");
    ours.batch()
        .apply(
            new WriteBatch().put(utf8("a"), utf8("1")).delete(utf8("k")).requireAbsent(utf8("b")));
    // The check of b rides on a marker of the subject that is no key's.
    isTold(told, KeyValueOperation.DELETE, "=");
    isTold(told, KeyValueOperation.PUT, "a");
    isTold(told, KeyValueOperation.DELETE, "k");
    assertEquals(List.of("a"), theirs.keys());
  }
}

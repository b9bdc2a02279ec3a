package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.DiscardPolicy;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.Kvist;
import dev.kvist.StorageType;
import dev.kvist.StoreConfig;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How buckets are made and compared, and those that other clients made. */
final class StoresTest {
  private static NatsConnection open(NatsKind kind) {
    return open(kind, "nats://%s");
  }

  private static NatsConnection open(NatsKind kind, String uri) {
    return NatsConnection.connect(
        NatsConnectionConfig.of(uri.formatted(SharedServer.of(kind).address())));
  }

  private static StreamConfiguration config(PlainClient client, String bucket) throws Exception {
    return client.streams().getStreamInfo("KV_" + bucket).getConfiguration();
  }

  @ParameterizedTest
  @EnumSource
  void aBucketIsMadeAsAskedFor(NatsKind kind) throws Exception {
    boolean isCurrent = kind == NatsKind.CURRENT;
    try (NatsConnection connection = open(kind);
        PlainClient client = PlainClient.connect(SharedServer.of(kind).url())) {
      String bucket = "made" + System.nanoTime();
      StoreConfig asked =
          StoreConfig.DEFAULT
              .withDescription("routes of the gateway")
              .withStorage(StorageType.MEMORY)
              .withMaxHistory(5)
              .withMaxAge(Duration.ofHours(1))
              .withMaxBytes(1 << 20, DiscardPolicy.OLD);
      connection.store(bucket, asked);
      StreamConfiguration is = config(client, bucket);
      assertEquals(io.nats.client.api.StorageType.Memory, is.getStorageType());
      assertEquals(5, is.getMaxMsgsPerSubject());
      assertEquals(Duration.ofHours(1), is.getMaxAge());
      assertEquals(1 << 20, is.getMaxBytes());
      assertEquals(io.nats.client.api.DiscardPolicy.Old, is.getDiscardPolicy());
      assertFalse(is.getAllowDirect(), "reads of replicas may be old");
      assertTrue(is.getAllowRollup());
      assertEquals(isCurrent, is.getAllowMessageTtl());
      assertEquals(isCurrent, is.getAllowAtomicPublish());
      assertTrue(String.valueOf(is.getDescription()).startsWith("routes of the gateway"));
      if (isCurrent) {
        assertEquals(Duration.ofDays(7), is.getSubjectDeleteMarkerTtl());
      }
      assertEquals(List.of(), connection.differences(bucket, asked));
      String plain = "plain" + System.nanoTime();
      connection.store(plain).writer().put(utf8("k"), utf8("v"));
      assertEquals(-1, config(client, plain).getMaxBytes(), "none means none");
      assertEquals(1, config(client, plain).getMaxMsgsPerSubject());
      assertEquals(List.of(), connection.differences(plain, StoreConfig.DEFAULT));
      connection.drop(bucket);
      connection.drop(plain);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatDiffersIsReportedAndReconciledOnRequest(NatsKind kind) throws Exception {
    String bucket = "differs" + System.nanoTime();
    StoreConfig asked = StoreConfig.DEFAULT.withMaxHistory(3).withDescription("new words");
    try (NatsConnection connection = open(kind);
        Captured log = Captured.of("dev.kvist.nats")) {
      connection.store(bucket, StoreConfig.DEFAULT.withDescription("old words"));
      connection.store(bucket).writer().put(utf8("k"), utf8("v"));
      connection.store(bucket, asked);
      assertTrue(log.toString().contains("maxHistory is 1, and 3 was asked for"), log.toString());
      assertEquals(2, connection.differences(bucket, asked).size());
    }
    try (NatsConnection connection = open(kind, "nats://%s?reconcile=true")) {
      connection.store(bucket, asked);
      assertEquals(List.of(), connection.differences(bucket, asked));
      assertArrayEquals(utf8("v"), connection.store(bucket).reader().get(utf8("k")));
      var refused =
          assertThrows(
              KvException.Unsupported.class,
              () -> connection.store(bucket, asked.withStorage(StorageType.MEMORY)));
      assertTrue(String.valueOf(refused.getMessage()).contains("storage"), refused.getMessage());
      connection.drop(bucket);
    }
  }

  @Test
  void anOldServerRefusesWhatItWouldIgnore() {
    try (NatsConnection connection = open(NatsKind.OLD)) {
      String bucket = "refused" + System.nanoTime();
      assertThrows(
          KvException.Unsupported.class,
          () -> connection.store(bucket, StoreConfig.DEFAULT.withCompression()));
      assertThrows(
          KvException.Unsupported.class,
          () -> connection.store(bucket).ttl().put(utf8("k"), utf8("v"), Duration.ofSeconds(1)));
      assertThrows(
          KvException.Unsupported.class,
          () -> connection.store(bucket).batch().apply(new WriteBatch().put(utf8("k"), utf8("v"))));
    }
  }

  /** On 2.11 and later the version is not enough: the stream has to allow it. */
  @Test
  void theStreamDecidesWhatItAllows() throws Exception {
    String bucket = "foreign" + System.nanoTime();
    try (NatsConnection connection = open(NatsKind.CURRENT);
        PlainClient client = PlainClient.connect(SharedServer.of(NatsKind.CURRENT).url())) {
      client
          .connection()
          .keyValueManagement()
          .create(KeyValueConfiguration.builder(bucket).build());
      KvStore store = connection.store(bucket);
      store.writer().put(utf8("k"), utf8("v"));
      var ttl =
          assertThrows(
              KvException.Unsupported.class,
              () -> store.ttl().put(utf8("k"), utf8("w"), Duration.ofSeconds(1)));
      assertTrue(String.valueOf(ttl.getMessage()).contains("allow_msg_ttl"), ttl.getMessage());
      var batch =
          assertThrows(
              KvException.Unsupported.class,
              () ->
                  store
                      .batch()
                      .apply(new WriteBatch().put(utf8("a"), utf8("1")).put(utf8("b"), utf8("1"))));
      assertTrue(String.valueOf(batch.getMessage()).contains("allow_atomic"), batch.getMessage());
      assertNull(store.reader().get(utf8("a")), "nothing of it is written");
      connection.drop(bucket);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBucketOfAnotherClientIsReadAndWritten(NatsKind kind) throws Exception {
    String bucket = "theirs" + System.nanoTime();
    try (NatsConnection connection = open(kind);
        PlainClient client = PlainClient.connect(SharedServer.of(kind).url())) {
      client
          .connection()
          .keyValueManagement()
          .create(KeyValueConfiguration.builder(bucket).maxHistoryPerKey(3).build());
      KeyValue theirs = client.connection().keyValue(bucket);
      theirs.put("a.=20.b", utf8("theirs"));
      theirs.put("empty", new byte[0]);
      theirs.put("gone", utf8("x"));
      theirs.delete("gone");
      KvStore store = connection.store(bucket);
      assertArrayEquals(utf8("theirs"), store.reader().get(utf8("a.=20.b")));
      assertArrayEquals(new byte[0], store.reader().get(utf8("empty")));
      assertNull(store.reader().get(utf8("gone")));
      assertEquals(
          KvEntry.Kind.DELETED, Objects.requireNonNull(store.reader().entry(utf8("gone"))).kind());
      store.writer().put(utf8("ours"), utf8("1"));
      store.writer().put(utf8("ours"), utf8("2"));
      store.writer().create(utf8("gone"), utf8("back"));
      store.writer().delete(utf8("empty"));
      assertArrayEquals(utf8("2"), theirs.get("ours").getValue());
      assertArrayEquals(utf8("back"), theirs.get("gone").getValue());
      assertNull(theirs.get("empty"));
      var keys = new TreeSet<String>();
      store.reader().keys(KeyRange.all()).forEach(key -> keys.add(Kvist.utf8(key)));
      assertEquals(new TreeSet<>(theirs.keys()), keys);
      assertEquals(1, store.reader().keys(KeyRange.prefix(utf8("a.="))).toList().size());
      assertEquals(0, store.reader().keys(KeyRange.prefix(utf8("a. "))).toList().size());
      for (byte[] inexpressible : List.of(utf8("a b"), utf8(".a"), utf8("a..b"), new byte[] {0})) {
        assertThrows(
            KvException.Unsupported.class, () -> store.writer().put(inexpressible, utf8("v")));
      }
      assertTrue(names(connection).contains(bucket));
      connection.drop(bucket);
    }
  }

  private static List<String> names(NatsConnection connection) {
    var names = new java.util.ArrayList<String>();
    connection.buckets().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @EnumSource
  void ourBucketIsReadAndWrittenByAnotherClient(NatsKind kind) throws Exception {
    String bucket = "ours" + System.nanoTime();
    try (NatsConnection connection = open(kind);
        PlainClient client = PlainClient.connect(SharedServer.of(kind).url())) {
      KvStore store = connection.store(bucket);
      store.writer().put(utf8("route.a b"), utf8("1"));
      KeyValue theirs = client.connection().keyValue(bucket);
      assertArrayEquals(utf8("1"), theirs.get("route.a=20b").getValue());
      assertEquals(List.of("route.a=20b"), theirs.keys());
      theirs.put("route.c=2Fd", utf8("no key of ours"));
      theirs.put("route.c", utf8("2"));
      assertArrayEquals(utf8("2"), store.reader().get(utf8("route.c")));
      assertEquals(
          2, store.reader().keys(KeyRange.all()).toList().size(), "what is no key is left out");
      store.writer().delete(utf8("route.c"));
      assertNull(theirs.get("route.c"));
      theirs.create("route.c", utf8("3"));
      assertArrayEquals(utf8("3"), store.reader().get(utf8("route.c")));
      connection.drop(bucket);
    }
  }

  /** A deleted key's marker ends without leaving another one, which would tell of an expiry. */
  @Test
  void aMarkerThatEndsLeavesNothing() throws Exception {
    String bucket = "markers" + System.nanoTime();
    try (NatsConnection connection = open(NatsKind.CURRENT, "nats://%s?marker_retention=1s");
        PlainClient client = PlainClient.connect(SharedServer.of(NatsKind.CURRENT).url())) {
      KvStore store = connection.store(bucket);
      store.writer().put(utf8("stays"), utf8("v"));
      store.writer().put(utf8("k"), utf8("v"));
      store.writer().delete(utf8("k"));
      store.purger().purge(utf8("p"));
      long last = client.streams().getStreamInfo("KV_" + bucket).getStreamState().getLastSequence();
      Waiting.until(
          Duration.ofSeconds(20),
          "the end of the markers",
          () -> store.reader().entry(utf8("k")) == null && store.reader().entry(utf8("p")) == null);
      var state = client.streams().getStreamInfo("KV_" + bucket).getStreamState();
      assertEquals(last, state.getLastSequence(), "no other message came");
      assertEquals(1, state.getMsgCount());
      connection.drop(bucket);
    }
  }

  /** A message that ends by itself has the one before it as its key's last again. */
  @Test
  void whereOlderValuesAreKeptNoneComesBack() throws Exception {
    String bucket = "history" + System.nanoTime();
    try (NatsConnection connection = open(NatsKind.CURRENT, "nats://%s?marker_retention=1s")) {
      KvStore store = connection.store(bucket, StoreConfig.DEFAULT.withMaxHistory(5));
      for (String key : List.of("deleted", "batched", "purged")) {
        store.writer().put(utf8(key), utf8("older"));
        store.writer().put(utf8(key), utf8("old"));
      }
      store.writer().delete(utf8("deleted"));
      store.batch().apply(new WriteBatch().delete(utf8("batched")).put(utf8("k"), utf8("v")));
      store.purger().purge(utf8("purged"));
      Waiting.until(
          Duration.ofSeconds(20),
          "the end of the last marker, if the others have one",
          () -> store.reader().entry(utf8("purged")) == null);
      assertNull(store.reader().get(utf8("deleted")));
      assertNull(store.reader().get(utf8("batched")));
      assertNull(store.reader().get(utf8("purged")));
      assertEquals(1, store.reader().keys(KeyRange.all()).toList().size());
      for (Executable expiring :
          List.<Executable>of(
              () -> store.ttl().put(utf8("k"), utf8("w"), Duration.ofSeconds(1)),
              () -> store.ttl().touch(utf8("k"), Duration.ofSeconds(1)))) {
        var refused = assertThrows(KvException.Unsupported.class, expiring);
        assertTrue(String.valueOf(refused.getMessage()).contains("maxHistory"));
      }
      assertArrayEquals(utf8("v"), store.reader().get(utf8("k")));
      connection.drop(bucket);
    }
  }

  /** A bucket that was made anew has other sequences, so that no old version fits. */
  @Test
  void sequencesOfAStreamAreNeverUsedAgain() {
    String bucket = "again" + System.nanoTime();
    try (NatsConnection one = open(NatsKind.CURRENT);
        NatsConnection other = open(NatsKind.CURRENT)) {
      KvStore store = one.store(bucket);
      var version = store.writer().put(utf8("k"), utf8("v"));
      assertTrue(other.drop(bucket));
      var again = other.store(bucket).writer().put(utf8("k"), utf8("w"));
      assertNotEquals(version.low(), again.low());
      assertThrows(
          KvException.VersionMismatch.class,
          () -> store.writer().update(utf8("k"), utf8("x"), version),
          "although this connection does not know that the stream is another one");
      assertArrayEquals(utf8("w"), store.reader().get(utf8("k")));
      other.drop(bucket);
    }
  }

  /** Otherwise a version that a watch tells of would not fit before the next reconnect. */
  @ParameterizedTest
  @EnumSource
  void versionsOfABucketThatWasMadeAnewFit(NatsKind kind) {
    String bucket = "anew" + System.nanoTime();
    try (NatsConnection one = open(kind);
        NatsConnection other = open(kind)) {
      KvStore store = one.store(bucket);
      store.writer().put(utf8("k"), utf8("v"));
      other.drop(bucket);
      other.store(bucket).writer().put(utf8("k"), utf8("w"));
      other.store(bucket).writer().put(utf8("deleted"), utf8("w"));
      try (var watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
        var told = WatchFixture.untilCaughtUp(watch);
        var deleted = assertInstanceOf(KvUpdate.Put.class, told.getLast()).entry();
        var entry = assertInstanceOf(KvUpdate.Put.class, told.getFirst()).entry();
        if (one.capabilities().has(Capability.BATCH)) {
          store.batch().apply(new WriteBatch().require(utf8("k"), entry.version()));
        }
        store.writer().delete(utf8("deleted"), deleted.version());
        store.writer().update(utf8("k"), utf8("x"), entry.version());
      }
      assertArrayEquals(utf8("x"), other.store(bucket).reader().get(utf8("k")));
      other.drop(bucket);
    }
  }

  @ParameterizedTest
  @EnumSource
  void directReadsAreAnOption(NatsKind kind) throws Exception {
    String bucket = "direct" + System.nanoTime();
    try (NatsConnection connection = open(kind, "nats://%s?reads=direct");
        PlainClient client = PlainClient.connect(SharedServer.of(kind).url())) {
      KvStore store = connection.store(bucket);
      var version = store.writer().put(utf8("k"), utf8("v"));
      assertTrue(config(client, bucket).getAllowDirect());
      assertArrayEquals(utf8("v"), store.reader().get(utf8("k")));
      assertEquals(version, Objects.requireNonNull(store.reader().entry(utf8("k"))).version());
      assertNull(store.reader().get(utf8("absent")));
      List<byte[]> many = new java.util.ArrayList<>();
      for (int i = 0; i < 700; i++) {
        if (i % 2 == 0) {
          store.writer().put(utf8("many." + i), utf8("v" + i));
        }
        many.add(utf8("many." + i));
      }
      many.add(utf8("many.2"));
      List<byte @org.jspecify.annotations.Nullable []> values = store.reader().getAll(many);
      assertEquals(701, values.size());
      for (int i = 0; i < 700; i++) {
        assertArrayEquals(i % 2 == 0 ? utf8("v" + i) : null, values.get(i));
      }
      assertArrayEquals(utf8("v2"), values.getLast());
      store.writer().delete(utf8("k"));
      assertEquals(
          KvEntry.Kind.DELETED, Objects.requireNonNull(store.reader().entry(utf8("k"))).kind());
      connection.drop(bucket);
    }
  }

  /** A server ends such an answer early, and says so in its last words only. */
  @Test
  void directReadsOfMoreThanAServerSendsAtOnce() {
    try (NatsServer server = NatsServer.start(NatsKind.CURRENT, "max_pending: 4000000");
        NatsConnection connection =
            NatsConnection.connect(NatsConnectionConfig.of(server.url() + "?reads=direct"))) {
      KvStore store = connection.store("large");
      List<byte[]> keys = new java.util.ArrayList<>();
      for (int i = 0; i < 100; i++) {
        keys.add(utf8("k" + i));
        store.writer().put(keys.getLast(), new byte[200_000 + i]);
      }
      List<byte @org.jspecify.annotations.Nullable []> values = store.reader().getAll(keys);
      for (int i = 0; i < keys.size(); i++) {
        byte[] value = values.get(i);
        assertEquals(200_000 + i, value == null ? -1 : value.length, "k" + i);
      }
    }
  }

  @Test
  void theSectionMakesTheUri() {
    var options =
        new NatsBackend().section(Map.of("urls", "tls://a:1,tls://b:2", "token", "hidden"));
    assertEquals("tls", options.scheme());
    assertEquals("//a:1,b:2", options.location());
    assertFalse(options.toString().contains("hidden"), options.toString());
    assertEquals("//127.0.0.1:4222", new NatsBackend().section(Map.of()).location());
  }
}

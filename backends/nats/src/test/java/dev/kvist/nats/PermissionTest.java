package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static dev.kvist.nats.WatchFixture.next;
import static dev.kvist.nats.WatchFixture.untilCaughtUp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.StoreConfig;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Users of NATS who may not do everything: what they lack is named, and what is documented is
 * enough.
 */
final class PermissionTest {
  private static final String BUCKET = "b";

  /** More than flow control lets through without an answer. */
  private static final int MANY = 2_000;

  /** A server with a user who may do everything, and one who may not. */
  private static NatsServer server(NatsKind kind, String permissions) {
    return NatsServer.start(
        kind,
        "authorization { users = [ { user: boss, password: b },"
            + " { user: limited, password: l, permissions: { "
            + permissions
            + " } } ] }");
  }

  private static NatsServer denying(NatsKind kind, String subject) {
    return server(kind, "publish: { deny: [\"" + subject + "\"] }");
  }

  private static NatsConnectionConfig config(NatsServer server) {
    return NatsConnectionConfig.of(server.url());
  }

  private static NatsConnection boss(NatsServer server) {
    return NatsConnection.connect(config(server).withUser("boss", "b"));
  }

  private static NatsConnection limited(NatsServer server) {
    return NatsConnection.connect(config(server).withUser("limited", "l"));
  }

  private static void fill(NatsServer server) {
    byte[] value = new byte[10_000];
    try (NatsConnection boss = boss(server)) {
      for (int i = 0; i < MANY; i++) {
        boss.store(BUCKET).writer().put(utf8("k." + i), value);
      }
    }
  }

  private static void names(String subject, KvException.NotPermitted refused) {
    assertTrue(String.valueOf(refused.getMessage()).contains(subject), refused.getMessage());
    assertEquals(Effect.NONE, refused.effect());
  }

  @ParameterizedTest
  @EnumSource
  void writes(NatsKind kind) {
    try (NatsServer server = denying(kind, "$KV.>");
        NatsConnection boss = boss(server);
        NatsConnection limited = limited(server)) {
      boss.store(BUCKET).writer().put(utf8("k"), utf8("v"));
      assertArrayEquals(utf8("v"), limited.store(BUCKET).reader().get(utf8("k")));
      long begin = System.nanoTime();
      names(
          "$KV.b.k",
          assertThrows(
              KvException.NotPermitted.class,
              () -> limited.store(BUCKET).writer().put(utf8("k"), utf8("w"))));
      assertTrue(System.nanoTime() - begin < 5_000_000_000L);
      assertArrayEquals(utf8("v"), boss.store(BUCKET).reader().get(utf8("k")));
    }
  }

  /** A server tells nothing of it but that the batch is incomplete. */
  @ParameterizedTest
  @EnumSource(names = "CURRENT")
  void batches(NatsKind kind) {
    try (NatsServer server = denying(kind, "$KV.b.k3");
        NatsConnection boss = boss(server);
        NatsConnection limited = limited(server)) {
      boss.store(BUCKET).writer().put(utf8("k"), utf8("v"));
      var batch = new WriteBatch();
      for (int i = 0; i < 6; i++) {
        batch.put(utf8("k" + i), utf8("v"));
      }
      names(
          "$KV.b.k3",
          assertThrows(
              KvException.NotPermitted.class, () -> limited.store(BUCKET).batch().apply(batch)));
      assertEquals(1, boss.store(BUCKET).reader().keys(KeyRange.all()).toList().size());
    }
  }

  /** No answer can come. */
  @ParameterizedTest
  @EnumSource
  void inboxes(NatsKind kind) {
    try (NatsServer server = server(kind, "subscribe: { deny: [\"_INBOX.>\"] }");
        NatsConnection limited = limited(server)) {
      for (Consumer<NatsConnection> action :
          List.<Consumer<NatsConnection>>of(
              connection -> connection.store(BUCKET).reader().get(utf8("k")),
              connection -> connection.store(BUCKET).writer().put(utf8("k"), utf8("v")),
              connection -> watch(connection).close())) {
        names("_INBOX", assertThrows(KvException.NotPermitted.class, () -> action.accept(limited)));
      }
    }
  }

  /** What somebody does who lacks a subject. */
  private static void isNamed(NatsKind kind, String subject, Consumer<NatsConnection> action) {
    try (NatsServer server = denying(kind, subject + ".>");
        NatsConnection boss = boss(server);
        NatsConnection limited = limited(server)) {
      boss.store(BUCKET).writer().put(utf8("k"), utf8("v"));
      names(subject, assertThrows(KvException.NotPermitted.class, () -> action.accept(limited)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void consumersOfWatches(NatsKind kind) {
    isNamed(kind, "$JS.API.CONSUMER.CREATE", limited -> watch(limited).close());
  }

  @ParameterizedTest
  @EnumSource
  void pagesOfScans(NatsKind kind) {
    isNamed(
        kind,
        "$JS.API.CONSUMER.MSG.NEXT",
        limited -> limited.store(BUCKET).reader().keys(KeyRange.all()).toList());
  }

  private static KvWatch watch(NatsConnection connection) {
    return connection.store(BUCKET).watcher().watch(WatchScope.all(), WatchOptions.fromState());
  }

  /** Without it a server sends a few megabytes and waits, for ever. */
  @ParameterizedTest
  @EnumSource
  void answersToFlowControl(NatsKind kind) throws Exception {
    try (NatsServer server = denying(kind, "$JS.FC.>")) {
      fill(server);
      try (NatsConnection limited = limited(server)) {
        flowControlIsNamed(limited);
      }
      // Whose owner is told what the server does not permit, and we are not.
      var theirs =
          Nats.connect(Options.builder().server(server.url()).userInfo("limited", "l").build());
      try (NatsConnection over = NatsConnection.over(theirs, config(server))) {
        flowControlIsNamed(over);
      } finally {
        theirs.close();
      }
    }
  }

  private static void flowControlIsNamed(NatsConnection connection) {
    try (KvWatch watch = watch(connection)) {
      assertInstanceOf(KvUpdate.Put.class, next(watch));
      names("$JS.FC.", assertThrows(KvException.NotPermitted.class, () -> untilCaughtUp(watch)));
    }
  }

  /** They are asked for one by one then, and at once: waiting would take all the time there is. */
  @ParameterizedTest
  @EnumSource(names = "CURRENT")
  void directReadsOfMany(NatsKind kind) {
    try (NatsServer server = denying(kind, "$JS.API.DIRECT.GET.KV_b");
        NatsConnection boss = NatsConnection.connect(direct(config(server)).withUser("boss", "b"));
        NatsConnection limited =
            NatsConnection.connect(direct(config(server)).withUser("limited", "l"));
        Captured log = Captured.of("dev.kvist.nats.DirectReads")) {
      boss.store(BUCKET).writer().put(utf8("k"), utf8("v"));
      List<byte[]> keys = List.of(utf8("k"), utf8("absent"));
      for (int i = 0; i < 3; i++) {
        var values = limited.store(BUCKET).reader().getAll(keys);
        assertArrayEquals(utf8("v"), values.getFirst());
      }
      assertEquals(1, log.lines().size(), log.toString());
      assertTrue(log.toString().contains("$JS.API.DIRECT.GET.KV_b"), log.toString());
      assertEquals(0L, limited.stats().get("requests.pending"));
    }
  }

  private static NatsConnectionConfig direct(NatsConnectionConfig config) {
    return config.with("reads", "direct").with("operation_timeout", "4s");
  }

  /** The subjects of the table in {@code docs/backends.md}. */
  private static List<String> documented() throws IOException {
    String text = Files.readString(Path.of("..", "..", "docs", "backends.md"));
    String table = text.split("<!-- permissions -->\n", 2)[1].split("\n\n[^|]", 2)[0];
    return Pattern.compile("`(\\$[^`]+)`")
        .matcher(table)
        .results()
        .map((MatchResult subject) -> subject.group(1))
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDocumentedIsEnough(NatsKind kind) throws Exception {
    List<String> subjects = documented();
    assertFalse(subjects.isEmpty());
    String allowed = "publish: [\"" + String.join("\", \"", subjects) + "\"]";
    try (NatsServer server = server(kind, allowed + ", subscribe: [\"_INBOX.>\"]");
        NatsConnection limited = limited(server)) {
      KvStore store = limited.store(BUCKET, StoreConfig.DEFAULT);
      var version = store.writer().put(utf8("k"), utf8("v"));
      store.writer().update(utf8("k"), utf8("w"), version);
      assertArrayEquals(utf8("w"), store.reader().get(utf8("k")));
      assertEquals(1, store.reader().keys(KeyRange.all()).toList().size());
      fill(server);
      try (KvWatch watch = watch(limited)) {
        assertEquals(MANY + 1, untilCaughtUp(watch).size());
        store.writer().delete(utf8("k"));
        assertInstanceOf(KvUpdate.Delete.class, next(watch));
        store.purger().purge(utf8("k"));
        assertInstanceOf(KvUpdate.Purge.class, next(watch));
        assertEquals(BUCKET, limited.buckets().next());
        assertTrue(limited.drop(BUCKET));
      }
    }
  }
}

package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.StorageType;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.Captured;
import dev.kvist.tck.SimulatedDisk;
import dev.kvist.tck.Waiting;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Mapped pages that cannot be had, which the JVM reports by an {@link InternalError}: every caller
 * gets {@link KvException.IoFailed} (K11). A file that is cut under a store loses its pages just as
 * one on a device that fails.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LostPagesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long NOW = 1_750_000_000_000L;
  private static final byte[] KEY = utf8("k0");
  private static final int KEYS = 5;

  @TempDir Path temporary;

  private static Settings settings(String options) {
    return Settings.read(
        new MemoryBackend(), ConnectionOptions.parse("memory:?segment_size=16KiB&" + options));
  }

  /** Does nothing in the background, where nobody would see an error. */
  private Store open() throws IOException {
    return Store.open(
        DiskDirectory.open(data(), false),
        settings("retention_bytes=0"),
        KvObserver.NONE,
        () -> NOW,
        true);
  }

  private Path data() {
    return temporary.resolve("data");
  }

  private static KvStore filled(Connection connection) {
    KvStore bucket = connection.store("b");
    for (int i = 0; i < KEYS; i++) {
      bucket.writer().put(utf8("k" + i), utf8("value " + i));
    }
    return bucket;
  }

  /** Takes away all pages of the segment that everything is in; returns its name. */
  private String lose(Store store) throws IOException {
    String segment = store.engine.log.active().name();
    cut(segment);
    return segment;
  }

  private void cut(String segment) throws IOException {
    assumeTrue(File.separatorChar == '/', "only Unix cuts a file that is mapped");
    Path file = data().resolve(segment);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    }
  }

  private static KvException.IoFailed fails(Executable call) {
    return assertThrows(KvException.IoFailed.class, call);
  }

  // --- reads ------------------------------------------------------------------------------------

  @Test
  void pointReadsFail() throws IOException {
    Store store = open();
    KvStore bucket = filled(new SimpleConnection(store, StorageType.FILE));
    lose(store);
    fails(() -> bucket.reader().get(KEY));
    fails(() -> bucket.reader().exists(KEY));
    fails(() -> bucket.reader().entry(KEY));
    fails(() -> bucket.ttl().remaining(KEY));
    fails(store::close);
  }

  /** Where the keys are in order already, the first to read the log is another. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void scansFailAndDoNotSeemToEnd(boolean inOrder) throws IOException {
    Store store = open();
    var connection = new SimpleConnection(store, StorageType.FILE);
    KvStore bucket = filled(connection);
    if (inOrder) {
      assertEquals(KEYS, bucket.reader().keys(KeyRange.all()).toList().size());
    }
    lose(store);
    Iterator<byte[]> keys = bucket.reader().keys(KeyRange.all()).iterator();
    fails(keys::hasNext);
    fails(keys::hasNext);
    fails(() -> bucket.reader().scan(KeyRange.all()).toList());
    fails(() -> connection.buckets().hasNext());
    fails(store::close);
  }

  @Test
  void watchesFail() throws IOException {
    Store store = open();
    KvStore bucket = new SimpleConnection(store, StorageType.FILE).store("b");
    KvWatch live = bucket.watcher().watch(WatchScope.all(), WatchOptions.fromNow());
    bucket.writer().put(KEY, utf8("1"));
    assertInstanceOf(KvUpdate.Put.class, live.next(Duration.ZERO));
    WatchCursor seen = Objects.requireNonNull(live.cursor());
    bucket.writer().put(KEY, utf8("2"));
    lose(store);
    var failure = fails(() -> live.next(Duration.ZERO));
    assertSame(failure, fails(() -> live.next(Duration.ZERO)));
    assertEquals(seen, live.cursor());
    fails(() -> bucket.watcher().watch(WatchScope.all(), WatchOptions.from(seen)));
    fails(() -> {
      try (KvWatch state = bucket.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
        state.next(Duration.ZERO);
      }
    });
    live.close();
    fails(store::close);
  }

  // --- maintenance ------------------------------------------------------------------------------

  @Test
  void verifyNamesWhatIsLost() throws IOException {
    Store store = open();
    var connection = new SimpleConnection(store, StorageType.FILE);
    filled(connection);
    String segment = lose(store);
    List<String> damages = connection.maintenance().verify().damages();
    String place = data().resolve(segment) + " at offset ";
    assertTrue(damages.stream().anyMatch(line -> line.startsWith(place)), damages::toString);
    fails(store::close);
  }

  @Test
  void aBackupFails() throws IOException {
    Store store = open();
    var connection = new SimpleConnection(store, StorageType.FILE);
    filled(connection);
    lose(store);
    Path copy = temporary.resolve("copy");
    var failed = fails(() -> connection.maintenance().backup(copy));
    assertTrue(String.valueOf(failed.getMessage()).contains(copy.toString()), failed::toString);
    assertTrue(!copy.toFile().exists(), "half a backup");
    fails(store::close);
  }

  /** The keys cannot be put in order for the next open then; still the close frees everything. */
  @Test
  void aCompactionAndTheCloseFail() throws IOException {
    Store store = open();
    var connection = new SimpleConnection(store, StorageType.FILE);
    filled(connection);
    lose(store);
    fails(() -> connection.maintenance().compact());
    fails(store::close);
    DiskDirectory.open(data(), false).close();
  }

  /** The thread that compacts tells it, and tries again later. */
  @Test
  void aRoundOfCompactionFails() throws IOException {
    Store store = open();
    KvStore bucket = new SimpleConnection(store, StorageType.FILE).store("b");
    String oldest = store.engine.log.active().name();
    for (int i = 0; i < 200; i++) {
      bucket.writer().put(KEY, new byte[1_000]);
    }
    assertTrue(store.compaction.isWanted());
    cut(oldest);
    fails(() -> store.compaction.round(() -> false));
    fails(() -> store.compaction.round(() -> false));
    fails(store::close);
  }

  // --- writes -----------------------------------------------------------------------------------

  @Test
  void aWriteFailsAndIsTheLast() throws IOException {
    Store store = open();
    KvStore bucket = filled(new SimpleConnection(store, StorageType.FILE));
    lose(store);
    var failed = fails(() -> bucket.writer().put(utf8("another"), utf8("2")));
    assertEquals(Effect.UNKNOWN, failed.effect());
    var refused = fails(() -> bucket.writer().put(utf8("another"), utf8("3")));
    assertEquals(Effect.NONE, refused.effect());
    fails(store::close);
  }

  /** What an earlier process left unsynced is stored once more before the first sync. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSyncThatMeetsALostPageFailsThoseWhoWait(boolean virtual) {
    var killed = new SimulatedDisk(13, true);
    Store first =
        Store.open(killed, settings("sync_writes=false"), KvObserver.NONE, () -> NOW, true);
    filled(new SimpleConnection(first, StorageType.FILE));
    // A write meets the oldest segment by itself.
    first.writes.rotate();
    filled(new SimpleConnection(first, StorageType.FILE));
    SimulatedDisk disk = killed.afterKill();
    CrashSimulation.abandon(first);
    Settings synced = settings("sync_writes=true&flush_interval=1h");
    try (var log = Captured.of("dev.kvist.simple")) {
      Store store = Store.open(disk, synced, KvObserver.NONE, () -> NOW + 1, false);
      disk.failStores(store.engine.log.active().name());
      KvStore bucket = new SimpleConnection(store, StorageType.FILE).store("b");
      Thread.Builder kind = virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
      Callable<KvException.IoFailed> put = () -> fails(() -> bucket.writer().put(KEY, utf8("2")));
      var failed = Waiting.result(PATIENCE, Waiting.start(kind, put));
      assertEquals(Effect.UNKNOWN, failed.effect());
      String line =
          disk.location()
              + ": a sync failed; the store refuses writes from now on \\| java.lang.InternalError.*";
      assertTrue(log.has(Level.SEVERE, line), log::toString);
      var refused = fails(() -> bucket.writer().put(KEY, utf8("3")));
      assertEquals(Effect.NONE, refused.effect());
      fails(store::close);
    }
  }
}
